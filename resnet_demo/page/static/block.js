// The tab inside the residual block: what F(x) adds in every block, what the answer loses without it, and maps from
// inside one block.
import { numbersOf } from "../../viewer/arrays.js";
import { html, nothing, render } from "../../viewer/lit-html/lit-html.js";
import { blockMaps, CHANGES, lesionDetail, lesionTable, MEASURES, number, profileTable } from "./block_views.js";
import { bars, onBar, savePlot } from "./charts.js";
import { button, fineNote, folded, link, note, row, segments } from "./panels.js";
import { scrolled } from "./tables.js";
import { progressLine, Work } from "./work.js";
import { kinOf } from "./words.js";

const PROFILE = "rd-profile-plot";
const LESIONS = "rd-lesion-plot";
const CHARTS = ["residual-profile", "lesion-board"];

export function mountBlock(root, page, gradio) {
  document.getElementById(PROFILE).slot = "profile";
  document.getElementById(LESIONS).slot = "lesions";

  // By the type of the document, each with the answer that it is about.
  let kind = "grad-cam"; // of the maps inside a block
  const found = { "residual-profile": null, "lesion-board": null, lesion: null, "block-maps": null };
  let begun = null; // the answer that was last asked about
  let measure = "ratio";
  let change = "probability";
  let over = "one"; // one photo, or the mean over all
  let chosen = new Set();
  let queue = []; // what is still to be asked, piece after piece

  const work = new Work(page, gradio, { done: receive, changed: () => show() });
  const attachBars = onBar(LESIONS, (name) => choose(new Set([name])));
  const answerId = () => page.selected()?.answer?.id ?? null;
  const current = (what) => found[what]?.answer === answerId();

  /** Ask for everything about the answer in view. */
  function begin() {
    if (!answerId() || !page.isOpen("block") || begun === answerId()) return;
    begun = answerId();
    queue = CHARTS.map((what) => [what]);
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
    work.start(what, what === "residual-profile" ? { answers } : fields);
  }

  function receive(result, { what, answer }) {
    if (answer !== answerId()) return;
    const { view, target } = page.payload;
    found[what] = { ...result, answer, view, target };
    if (what === "lesion-board") {
      // The block whose loss costs the class most is looked at first, unless another was asked for.
      const worst = result.lesions.reduce((a, b) => ((b.probability_change ?? 0) < (a.probability_change ?? 0) ? b : a));
      const first = result.lesions.find((each) => each.blocks[0] === page.block) ?? worst;
      page.block = null;
      chosen = new Set(first.blocks);
      found.lesion = { ...first, answer };
      queue.push(["block-maps", { block: first.blocks[0], kind }]);
    }
    if (CHARTS.includes(what)) draw();
    next();
  }

  /** One block alone is known from the board; several are cut together on the server. */
  function choose(blocks) {
    if (!current("lesion-board")) return;
    chosen = blocks;
    found.lesion = found["block-maps"] = null;
    const [only] = blocks;
    if (blocks.size === 1) {
      const alone = found["lesion-board"].lesions.find((each) => each.blocks[0] === only);
      found.lesion = { ...alone, answer: found["lesion-board"].answer };
      ask(["block-maps", { block: only, kind }]);
    } else if (blocks.size) ask(["lesion", { blocks: [...blocks], cut: "branch" }]);
    draw();
    show();
  }

  /** The maps inside the same block again, of another kind. */
  function mapKind(other) {
    kind = other;
    ask(["block-maps", { block: found["block-maps"].name, kind }]);
  }

  function cutAll(part) {
    chosen = part === "branch" ? new Set(found["lesion-board"].lesions.flatMap((each) => each.blocks)) : new Set();
    found.lesion = found["block-maps"] = null;
    ask(["lesion", { blocks: null, cut: part }]);
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
    const { "residual-profile": profile, "lesion-board": lesions } = found;
    const changed = `${change}_change`;
    const identity = new Set(profile?.blocks.filter((block) => !block.projection).map((block) => block.name));
    const unit = change === "probability" ? 100 : 1; // of a probability, in percentage points
    return [
      profile
        ? bars({
            names: profile.blocks.map((block) => block.name),
            values: profile.blocks.map((block) => block[measure]),
            marked: identity,
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
            values: lesions.lesions.map((each) => each[changed] && unit * each[changed]),
            marked: identity,
            chosen,
            texts: lesions.lesions.map((each) => `${each.blocks[0]}: ${CHANGES[change](each[changed])}`),
            title: say(`block.change.${change}`),
          })
        : undefined,
    ];
  }

  function show() {
    const { say } = page;
    const choice = page.chosenWeights();
    const kin = choice ? kinOf(choice, say) : "";
    const missing = answerId() && !work.running && CHARTS.some((what) => !current(what));
    const { "residual-profile": profile, "lesion-board": lesions, lesion, "block-maps": maps } = found;
    render(
      html`
        <div class="rd-tab">
          <section class="rd-panel-part">
            ${note(say("block.about"), page)} ${kin ? fineNote(kin) : nothing}
            ${answerId() ? nothing : note(say("tab.nothing"), page)}
            ${missing ? row(button(say("block.go"), true, again)) : nothing}
          </section>
          ${progressLine(work, page)} ${profile ? part("residual-profile", profilePart()) : nothing}
          ${lesions ? part("lesion-board", lesionsPart()) : nothing}
          ${lesion || maps
            ? part(
                lesion ? "lesion" : "block-maps",
                html`${lesion ? lesionDetail(lesion, lesions, page) : nothing} ${maps ? blockMaps(maps, page, mapKind) : nothing}`,
              )
            : nothing}
        </div>
      `,
      root,
    );
  }

  /** What is about another answer than the one in view is dimmed. */
  const part = (what, content) => html`
    <section class="rd-panel-part${current(what) ? "" : " rd-due"}">${content}</section>
  `;

  /** What was stopped, or failed, is asked for again. */
  function again() {
    begun = null;
    begin();
  }

  function profilePart() {
    const { say } = page;
    const photos = numbersOf(found["residual-profile"].blocks[0].ratios).length;
    const several = page.state.photos.filter((photo) => photo.answer).length > 1;
    const redraw = (key) => {
      measure = key;
      draw();
      show();
    };
    const widen = (key) => {
      over = key;
      ask(["residual-profile"]);
    };
    const measures = MEASURES.map((key) => [key, say(`block.measure.${key}.short`)]);
    const photosOver = [
      ["one", say("block.over.one")],
      ["all", say("block.over.all", { count: page.state.photos.length })],
    ];
    const mean = photos > 1 ? ` ${say("block.mean", { count: photos })}` : "";
    return html`
      <h3 class="rd-title3">${say("block.profile")}</h3>
      ${row(
        segments(say("block.measure"), measures, measure, redraw),
        several ? segments(say("block.over"), photosOver, over, widen) : nothing,
      )}
      ${note(say(`block.measure.${measure}.read`) + mean, page)}
      <slot name="profile"></slot>
      ${under(PROFILE, "residual-profile", profileTable(found["residual-profile"], say))}
    `;
  }

  function lesionsPart() {
    const { say } = page;
    const ready = !work.running && current("lesion-board");
    const redraw = (key) => {
      change = key;
      draw();
      show();
    };
    const changes = Object.keys(CHANGES).map((key) => [key, say(`block.change.${key}.short`)]);
    return html`
      <h3 class="rd-title3">${say("block.lesions")}</h3>
      ${row(
        segments(say("block.change"), changes, change, redraw),
        button(say("block.cut_all"), ready, () => cutAll("branch")),
        button(say("block.plain"), ready, () => cutAll("shortcut")),
      )}
      ${note(say("block.lesions.read", { label: found["lesion-board"].target.label }), page)}
      <slot name="lesions"></slot>
      ${under(LESIONS, "lesion-board", lesionTable(found["lesion-board"], chosen, choose, say))}
    `;
  }

  function under(id, name, table) {
    const { say } = page;
    const label = say("chart.numbers");
    return html`
      <div class="rd-under">
        ${folded(name, label, scrolled(label, table))} ${link(say("chart.save"), () => savePlot(id, name))}
      </div>
    `;
  }

  addEventListener("rd-theme", () => setTimeout(draw));
  return {
    show,
    answered: begin,
    opened: () => {
      if (page.block && current("lesion-board")) {
        choose(new Set([page.block]));
        page.block = null;
      }
      begin();
    },
    spoken: draw,
    request: () => work.request(),
    failed: () => work.failed(),
    figures,
  };
}
