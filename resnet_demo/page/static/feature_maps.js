// The tab of feature maps: a stage's channels, best first, and more of them from the server on demand.
import { mount as mountBrowser } from "../../viewer/channel_browser.js";
import { html, render } from "../../viewer/lit-html/lit-html.js";
import { ChannelFindings } from "./channel_findings.js";
import { ChannelLab } from "./channel_lab.js";
import { SingleChannel } from "./single_channel.js";
import { Work } from "./work.js";

export function mountFeatureMaps(root, page, gradio) {
  let language = page.language;
  let stage = page.stage && page.stage !== "view" ? page.stage : "layer4";
  let order = "evidence";
  let wanted = null; // id of the answer whose maps are shown, or are on their way
  let network = null; // that answered, {depth, weights}
  let turn = 0;
  let photos = ""; // the answers that there are
  let failure = null; // why the channels can't be shown
  let early = null; // {path, payload}: the first channels of an answer that is about to be on screen

  const work = new Work(page, gradio, { done: receive, changed: showWork });
  const findings = new ChannelFindings(page);
  const single = new SingleChannel(page, work, findings, root.adoptedStyleSheets);
  const lab = new ChannelLab(page, work, findings, { draw: () => gradio.trigger("draw"), show: drawWords });
  drawWords();
  const browser = mountBrowser(root.querySelector(".rd-browser"), {
    texts: page.viewerTexts(),
    colours: page.colours,
    part: single.node,
    on: {
      stage: (name) => {
        stage = name;
        fetchFirst();
      },
      rank: (ranked) => {
        order = ranked;
        fetchFirst();
      },
      more: (first) => work.start("feature-maps", { ...question(), first_rank: first }),
      open: (channel) => {
        single.choose(channel);
        lab.draw(); // the chosen channel stands out in the chart
        fetchPatches();
      },
    },
  });

  function drawWords() {
    const wrong = failure ?? (work.request()?.what === "feature-maps" ? work.error : null);
    render(
      html`
        <div class="rd-browser"></div>
        <p class="rd-problem" role="alert" ?hidden=${!wrong}>${wrong ? page.sentence(wrong) : ""}</p>
        ${lab.words()}
      `,
      root,
    );
  }

  const question = () => ({ answer: wanted, network, stage, ranked_by: order });

  /** The first channels came with the answer; another order is the server's work. */
  async function fetchFirst() {
    const mine = ++turn;
    failure = null;
    if (order !== "evidence") return work.start("feature-maps", { ...question(), first_rank: 0 });
    if (work.running) work.stop(); // it was about channels that are on their way out
    const asked = question();
    try {
      const payload = await firstOf(wanted);
      if (mine === turn) put(payload, asked);
    } catch (error) {
      early = null;
      if (mine !== turn) return;
      failure = { code: error.status === 404 ? "result-gone" : "connection", details: {} };
    }
    showWork();
  }

  /** A promise of the first channels of an answer; its whole, which the viewer waits for, is fetched beside them. */
  function firstOf(id) {
    const path = `ui/results/${id}/${stage}`;
    if (early?.path !== path) early = { path, payload: page.json(path) };
    return early.payload;
  }

  /** Channels arrive: the first ones, or more of those that are there. */
  function put(payload, asked) {
    browser.update(payload);
    lab.look({ answer: asked.answer, stage: asked.stage, channels: browser.read().channels.map(({ id }) => id) });
    single.look({ answer: asked.answer, network: asked.network });
  }

  function receive(found, asked) {
    if (asked.what === "feature-maps") return put(found, asked);
    if (asked.what === "channel-image") findings.keepImage(found, asked.network);
    else findings.keepChanges(found, asked.answer);
    lab.draw();
  }

  /** Where the channel whose card is open is strongest in each of the visitor's photos. */
  async function fetchPatches() {
    const { stage: its, channel } = single.chosen;
    try {
      const found = await findings.strongest(its, channel);
      if (single.chosen.stage === its && single.chosen.channel === channel)
        browser.setPatches({ stage: its, channel, photos: found });
      single.problem = null;
    } catch {
      single.problem = { code: "connection", details: {} };
    }
    single.show();
  }

  function showWork() {
    browser.setBusy(work.running && work.request().what === "feature-maps" ? page.say("maps.loading") : null);
    drawWords();
    single.show();
  }

  /** Another answer is on screen, or the tab that shows its channels. */
  function answered() {
    const id = page.selected()?.answer?.id;
    if (!id || id === wanted || !page.isOpen("maps") || !page.payload) return;
    wanted = id;
    network = page.selected().answer.network;
    fetchFirst();
  }

  function show() {
    const coming = page.selected()?.answer?.id;
    if (coming && coming !== wanted && order === "evidence" && page.isOpen("maps")) firstOf(coming).catch(() => {});
    if (language !== page.language) {
      language = page.language;
      browser.setTexts(page.viewerTexts());
    }
    // Answers for other photos come one after another: what stands photo by photo takes them in.
    const known = page.state.photos.map(({ answer }) => answer?.id ?? "").join();
    if (known !== photos && wanted && page.isOpen("maps")) {
      photos = known;
      lab.compare();
      if (browser.read().card) fetchPatches();
    }
    drawWords();
    single.show();
  }

  answered();
  addEventListener("rd-theme", () => setTimeout(lab.draw));
  return {
    show,
    answered,
    opened: () => {
      answered();
      show();
    },
    spoken: lab.draw,
    looked: ({ pin }) => browser.setPin(pin),
    request: () => work.request(),
    failed: () => work.failed(),
    figures: () => lab.figures(single.chosen?.channel),
    browser,
  };
}
