// The tab of feature maps: a stage's channels, best first, and more of them from the server on demand.
import { mount as mountBrowser } from "../../viewer/channel_browser.js";
import { ChannelLab } from "./channel_lab.js";
import { el, follow } from "./dom.js";
import { Work } from "./work.js";

const MOST_PATCHES = 8; // photos that a channel's card cuts patches from

export function mountFeatureMaps(root, page, gradio) {
  const host = el("div");
  const problem = el("p", { class: "rd-problem", role: "alert", hidden: true });
  follow(host);

  let language = page.language;
  let stage = page.stage && page.stage !== "view" ? page.stage : "layer4";
  let order = "evidence";
  let result = null; // id of the answer whose maps are shown
  let turn = 0;
  let first = null; // {id, payload}: the first channels of an answer, in the order of evidence
  let photos = ""; // the answers that there are
  let patched = ""; // what patches were last cut for

  const browser = mountBrowser(host, {
    texts: page.viewerTexts(),
    colours: page.colours,
    on: {
      stage: (name) => {
        stage = name;
        fetchFirst();
      },
      rank: (ranked) => {
        order = ranked;
        fetchFirst();
      },
      more: (first) => ask(first),
      open: (channel) => {
        lab.choose(channel);
        fetchPatches(turn);
      },
    },
  });
  const work = new Work(page, gradio, {
    done: (found, asked) => {
      if (asked.what !== "more") return lab.receive(found, asked);
      browser.update(found);
      lab.renewed();
    },
    changed: () => {
      browser.setBusy(work.running && work.request().what === "more" ? page.say("maps.loading") : null);
      lab.show();
    },
  });
  const lab = new ChannelLab(page, work, browser, () => gradio.trigger("draw"));
  root.replaceChildren(host, problem, lab.node);

  /** The first channels came with the answer; another order is the server's work. */
  async function fetchFirst() {
    const mine = ++turn;
    work.forget();
    problem.hidden = true;
    if (order !== "evidence") return ask(0);
    try {
      const payload = await page.json(`ui/results/${result}/${stage}`);
      if (mine !== turn) return;
      browser.update(payload);
      lab.renewed();
      first = { id: result, payload };
    } catch (error) {
      if (mine === turn) fail({ code: error.status === 404 ? "result-gone" : "connection", details: {} });
    }
  }

  /** The same stage of the visitor's photos, for the patches that excite a channel most: its card asks for them. */
  async function fetchPatches(mine) {
    const question = [mine, photos, stage].join();
    if (question === patched) return;
    patched = question;
    const { depth, weights } = page.payload.network;
    const others = page.state.photos
      .filter(({ answer }) => answer && answer.network.depth === depth && answer.network.weights === weights)
      .slice(0, MOST_PATCHES);
    const found = await Promise.allSettled(others.map(({ answer }) => mapsOf(answer.id)));
    if (mine === turn) browser.setPhotos(found.filter((each) => each.status === "fulfilled").map((each) => each.value));
  }

  const mapsOf = (id) =>
    first?.id === id && first.payload.stage === stage ? first.payload : page.json(`ui/results/${id}/${stage}`);

  const ask = (first) => work.start("more", { stage, ranked_by: order, first_rank: first });

  function fail(error) {
    problem.hidden = false;
    problem.textContent = page.sentence(error);
  }

  /** Another answer is on screen. */
  function answered() {
    const id = page.selected()?.answer?.id;
    if (!id || id === result) return;
    result = id;
    problem.hidden = true;
    fetchFirst();
  }

  function show() {
    if (language !== page.language) {
      language = page.language;
      browser.setTexts(page.viewerTexts());
    }
    // Answers for other photos come one after another: the table of photos by channels takes them in.
    const known = page.state.photos.map(({ answer }) => answer?.id ?? "").join();
    if (known !== photos && result) {
      photos = known;
      lab.renewed();
    }
    lab.show();
  }

  if (page.payload) answered();
  addEventListener("rd-theme", () => setTimeout(() => gradio.trigger("draw")));
  return {
    show,
    answered,
    spoken: () => gradio.trigger("draw"),
    request: () => work.request(),
    failed: () => work.failed(),
    figures: () => lab.figures(),
    browser,
  };
}
