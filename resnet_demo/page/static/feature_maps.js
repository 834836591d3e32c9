// The tab of feature maps: a stage's channels, best first, and more of them from the server on demand.
import { mount as mountBrowser } from "../../viewer/channel_browser.js";
import { el, follow } from "./dom.js";

const MOST_PATCHES = 8; // photos that a channel's card cuts patches from

export function mountFeatureMaps(root, page, gradio) {
  const host = el("div");
  const problem = el("p", { class: "rd-problem", role: "alert", hidden: true });
  root.replaceChildren(host, problem);
  follow(host);

  let language = page.language;
  let stage = page.stage && page.stage !== "view" ? page.stage : "layer4";
  let order = "evidence";
  let result = null; // id of the answer whose maps are shown
  let number = 0;
  let asked = null;

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
    },
  });
  gradio.watch("value", receive);

  /** The first channels came with the answer; another order is the server's work. */
  async function fetchFirst() {
    if (order !== "evidence") return ask(0);
    number += 1;
    const mine = number;
    try {
      const payload = await page.json(`ui/results/${result}/${stage}`);
      if (mine !== number) return;
      browser.setBusy(null);
      browser.update(payload);
      fetchPatches(mine);
    } catch (error) {
      if (mine === number) fail({ code: error.status === 404 ? "result-gone" : "connection", details: {} });
    }
  }

  /** The same stage of the visitor's other photos, for the patches that excite a channel most. */
  async function fetchPatches(mine) {
    const { depth, weights } = page.payload.network;
    const others = page.state.photos
      .filter(({ answer }) => answer && answer.network.depth === depth && answer.network.weights === weights)
      .slice(0, MOST_PATCHES);
    const found = await Promise.allSettled(others.map(({ answer }) => page.json(`ui/results/${answer.id}/${stage}`)));
    if (mine === number) browser.setPhotos(found.filter((each) => each.status === "fulfilled").map((each) => each.value));
  }

  function ask(first) {
    number += 1;
    asked = { number, result, stage, ranked_by: order, first_rank: first };
    browser.setBusy(page.say("maps.loading"));
    gradio.trigger("channels");
  }

  async function receive() {
    const told = gradio.props.value;
    if (told?.number !== number) return;
    if (told.error) return fail(told.error);
    const payload = await page.json(`ui/results/${told.id}`);
    if (told.number !== number) return;
    browser.setBusy(null);
    browser.update(payload);
    problem.hidden = true;
  }

  function fail(error) {
    browser.setBusy(null);
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
  }

  if (page.payload) answered();
  return { show, answered, request: () => asked, browser };
}
