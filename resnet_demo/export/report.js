// The report's own script, behind the viewer's in one element: each photo's viewer is made when it comes near the
// screen, so that a report on many photos opens at once.

const { texts, colours, look } = JSON.parse(document.getElementById("resources").textContent);

function show(section) {
  const read = (name) => JSON.parse(section.querySelector(`script.${name}`).textContent);
  const payload = read("payload");
  const common = { texts, colours, state: look };
  resnetViewer.mountStageViewer(section.querySelector(".viewer"), { ...common, payload });
  for (const [name, mount] of [["ledger", resnetViewer.mountLedger], ["occlusion", resnetViewer.mountOcclusion]]) {
    const host = section.querySelector(`.${name}`);
    const channel = (named) => channelName(section, named);
    if (host) showFinding(host, mount, payload, { [name]: read(`found-${name}`) }, channel);
  }
  showChannels(section.querySelector(".channels"), payload, read("maps"), common);
}

/** Which stage wrote the answer, and what each part of the photo is worth to it. */
function showFinding(host, mount, { view, target, contrast }, found, channel) {
  const payload = { ...found, src: view.src, label: target.label, contrast: contrast?.label ?? null, profile: null };
  mount(host, { texts, colours, smooth: look.smooth, titled: true, payload, channel });
}

/** The name of a channel, which leads to its row of the table below, where it has one. */
function channelName(section, { stage, channel }) {
  const row = section.querySelector(`tr[data-channel="${stage}.${channel}"]`);
  if (!row) return `#${channel}`;
  const link = document.createElement("a");
  Object.assign(link, { href: `#${section.id}`, textContent: `#${channel}` });
  link.addEventListener("click", (event) => {
    event.preventDefault();
    row.closest("details").open = true;
    row.scrollIntoView({ block: "center" });
    row.focus();
  });
  return link;
}

/** Feature maps, the last stage's first, where the report holds any. */
function showChannels(host, { view }, maps, common) {
  const of = (stage) => ({ ...maps[stage], view });
  const stages = Object.keys(maps);
  if (stages.length === 0) return host.remove();
  const only = (payload) => ({ ...payload, stages: payload.stages.filter(({ name }) => name in maps) });
  const browser = resnetViewer.mountChannelBrowser(host, {
    ...common,
    state: { colours: common.state.colours, smooth: common.state.smooth },
    payload: only(of(stages.at(-1))),
    on: { stage: (stage) => browser.update(only(of(stage))) },
  });
}

const near = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) {
      if (!isIntersecting) continue;
      near.unobserve(target);
      show(target);
    }
  },
  { rootMargin: "800px" },
);
for (const section of document.querySelectorAll("section.photo")) near.observe(section);
