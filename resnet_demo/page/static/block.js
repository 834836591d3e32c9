// The tab inside the residual block: what F(x) adds in every block, what the answer loses without it, and maps from
// inside one block.
import { blockMaps, lesionDetail, lesionTable, number, profileTable } from "./block_views.js";
import { bars, onBar, savePlot } from "./charts.js";
import { el } from "./dom.js";
import { button, folded, keepingFocus, link, note, row, segments } from "./panels.js";
import { progressLine, Work } from "./work.js";
import { formatPoints, formatSigned } from "../../viewer/numbers.js";

const PROFILE = "rd-profile-plot";
const LESIONS = "rd-lesion-plot";
const CHARTS = ["profile", "lesions"];

export function mountBlock(root, page, gradio) {
  document.getElementById(PROFILE).slot = "profile";
  document.getElementById(LESIONS).slot = "lesions";

  const found = { profile: null, lesions: null, cut: null, maps: null }; // each with the answer that it is about
  let begun = null; // the answer that was last asked about
  let measure = "ratio";
  let change = "probability";
  let over = "one"; // one photo, or the mean over all
  let chosen = new Set();
  let queue = []; // what is still to be asked, piece after piece

  const work = new Work(page, gradio, { done: receive, changed: () => show() });
  const line = progressLine(work, page);
  const parts = Object.fromEntries(
    ["about", "profile", "lesions", "detail"].map((name) => [name, el("section", { class: "rd-panel-part" })]),
  );
  root.replaceChildren(
    el("div", { class: "rd-tab" }, parts.about, line.node, parts.profile, parts.lesions, parts.detail),
  );
  const slots = { profile: el("slot", { name: "profile" }), lesions: el("slot", { name: "lesions" }) };
  const attachBars = onBar(LESIONS, (name) => choose(new Set([name])));
  const answerId = () => page.selected()?.answer?.id ?? null;
  const current = (what) => found[what]?.answer === answerId();

  /** Ask for everything about the answer in view. */
  function begin() {
    if (!answerId() || !page.isOpen("block") || begun === answerId()) return;
    begun = answerId();
    queue = [["profile"], ["lesions"]];
    next();
  }

  /** Ask for something more. What the charts are made of comes first. */
  function ask(...pieces) {
    const isChart = ([what]) => CHARTS.includes(what);
    if (work.running && isChart([work.request().what])) queue = [...queue.filter(isChart), ...pieces];
    else {
      queue = pieces;
      next();
    }
  }

  function next() {
    const piece = queue.shift();
    if (!piece) return;
    const [what, fields = {}] = piece;
    const answers = over === "all" ? page.state.photos.map(({ answer }) => answer?.id).filter(Boolean) : null;
    work.start(what, what === "profile" ? { answers } : fields);
  }

  function receive(result, { what, answer }) {
    if (answer !== answerId()) return;
    const { view, target } = page.payload;
    found[what] = { ...result, answer, view, label: target.label };
    if (what === "lesions") {
      // The block whose loss costs the class most is looked at first.
      const worst = result.lesions.reduce((a, b) => ((b.probability ?? 0) < (a.probability ?? 0) ? b : a));
      chosen = new Set(worst.blocks);
      found.cut = { ...worst, answer };
      queue.push(["maps", { block: worst.blocks[0] }]);
    }
    if (CHARTS.includes(what)) draw();
    next();
  }

  /** One block alone is known from the board; several are cut together on the server. */
  function choose(blocks) {
    if (!current("lesions")) return;
    chosen = blocks;
    found.cut = found.maps = null;
    const [only] = blocks;
    if (blocks.size === 1) {
      const alone = found.lesions.lesions.find((each) => each.blocks[0] === only);
      found.cut = { ...alone, answer: found.lesions.answer };
      ask(["maps", { block: only }]);
    } else if (blocks.size) ask(["cut", { blocks: [...blocks], cut: "branch" }]);
    draw();
    show();
  }

  function cutAll(part) {
    chosen = part === "branch" ? new Set(found.lesions.lesions.flatMap((each) => each.blocks)) : new Set();
    found.cut = found.maps = null;
    ask(["cut", { blocks: null, cut: part }]);
    draw();
  }

  // Drawing

  function draw() {
    gradio.trigger("draw");
    setTimeout(attachBars, 200);
  }

  /** The figures of both charts; called by Gradio's event. */
  function figures() {
    const { say } = page;
    const { profile, lesions } = found;
    return [
      profile
        ? bars({
            names: profile.blocks.map((block) => block.name),
            values: profile.blocks.map((block) => block[measure]),
            marked: new Set(profile.blocks.filter((block) => !block.projection).map((block) => block.name)),
            texts: profile.blocks.map(
              (block) =>
                `${block.name}: ${number(block[measure])}${block.projection ? `, ${say("block.projection")}` : ""}`,
            ),
            title: say(`block.measure.${measure}`),
          })
        : undefined,
      lesions
        ? bars({
            names: lesions.lesions.map((each) => each.blocks[0]),
            values: lesions.lesions.map((each) => (change === "probability" && each[change] !== null ? 100 * each[change] : each[change])),
            marked: chosen,
            texts: lesions.lesions.map((each) => `${each.blocks[0]}: ${changed(each[change])}`),
            title: say(`block.change.${change}`),
          })
        : undefined,
    ];
  }

  const changed = (value) => (value === null ? "–" : change === "probability" ? formatPoints(value) : formatSigned(value));

  const show = () => keepingFocus(root, drawWords);

  function drawWords() {
    const { say } = page;
    line.show();
    const missing = answerId() && !work.running && CHARTS.some((what) => !current(what));
    parts.about.replaceChildren(
      note(say("block.about"), page),
      ...(answerId() ? [] : [note(say("tab.nothing"), page)]),
      ...(missing ? [row(button(say("block.go"), true, again))] : []),
    );
    parts.profile.hidden = !found.profile;
    parts.profile.classList.toggle("rd-due", !current("profile"));
    if (found.profile) showProfile();
    parts.lesions.hidden = !found.lesions;
    parts.lesions.classList.toggle("rd-due", !current("lesions"));
    if (found.lesions) showLesions();
    const details = [
      ...(found.cut ? [lesionDetail(found.cut, found.lesions, page)] : []),
      ...(found.maps ? [blockMaps(found.maps, page)] : []),
    ];
    parts.detail.hidden = !details.length;
    parts.detail.classList.toggle("rd-due", !current(found.cut ? "cut" : "maps"));
    parts.detail.replaceChildren(...details);
  }

  /** What was stopped, or failed, is asked for again. */
  function again() {
    begun = null;
    begin();
  }

  const heading = (key) => el("h3", { class: "rd-title3", textContent: page.say(key) });

  function showProfile() {
    const { say } = page;
    const { photos } = found.profile;
    const several = page.state.photos.filter((photo) => photo.answer).length > 1;
    const redraw = (key) => {
      measure = key;
      draw();
      show();
    };
    const widen = (key) => {
      over = key;
      ask(["profile"]);
    };
    const measures = ["ratio", "cosine", "zeros"].map((key) => [key, say(`block.measure.${key}.short`)]);
    const photosOver = [
      ["one", say("block.over.one")],
      ["all", say("block.over.all", { count: page.state.photos.length })],
    ];
    const mean = photos > 1 ? ` ${say("block.mean", { count: photos })}` : "";
    parts.profile.replaceChildren(
      heading("block.profile"),
      row(
        segments(say("block.measure"), measures, measure, redraw),
        several ? segments(say("block.over"), photosOver, over, widen) : null,
      ),
      note(say(`block.measure.${measure}.read`) + mean, page),
      slots.profile,
      under(PROFILE, "residual-profile", profileTable(found.profile, say)),
    );
  }

  function showLesions() {
    const { say } = page;
    const ready = !work.running && current("lesions");
    const redraw = (key) => {
      change = key;
      draw();
      show();
    };
    const changes = ["probability", "logit"].map((key) => [key, say(`block.change.${key}.short`)]);
    parts.lesions.replaceChildren(
      heading("block.lesions"),
      row(
        segments(say("block.change"), changes, change, redraw),
        button(say("block.cut_all"), ready, () => cutAll("branch")),
        button(say("block.plain"), ready, () => cutAll("shortcut")),
      ),
      note(say("block.lesions.read", { label: found.lesions.label }), page),
      slots.lesions,
      under(LESIONS, "lesion-board", lesionTable(found.lesions, chosen, choose, say)),
    );
  }

  function under(id, name, table) {
    const { say } = page;
    const label = say("chart.numbers");
    const framed = el("div", { class: "rd-scroll", tabIndex: 0, role: "region", "aria-label": label }, table);
    return el(
      "div",
      { class: "rd-under" },
      folded(name, label, framed),
      link(say("chart.save"), () => savePlot(id, name)),
    );
  }

  addEventListener("rd-theme", () => setTimeout(draw));
  return {
    show,
    answered: begin,
    opened: begin,
    spoken: draw,
    request: () => work.request(),
    failed: () => work.failed(),
    figures,
  };
}
