// The tab inside the residual block: what F(x) adds in every block, what the answer loses without it, and maps from
// inside one block.
import { blockMaps, lesionDetail, lesionTable, number, profileTable } from "./block_views.js";
import { bars, onBar, savePlot } from "./charts.js";
import { el } from "./dom.js";
import { progressLine, Work } from "./work.js";
import { percent } from "./words.js";

const PROFILE = "rd-profile-plot";
const LESIONS = "rd-lesion-plot";

export function mountBlock(root, page, gradio) {
  for (const [id, slot] of [
    [PROFILE, "profile"],
    [LESIONS, "lesions"],
  ])
    document.getElementById(id).slot = slot;

  const found = { profile: null, lesions: null, cut: null, maps: null, answer: null };
  let measure = "ratio";
  let change = "probability";
  let over = "one"; // one photo, or the mean over all
  let chosen = new Set();
  let queue = []; // what is still to be asked for the answer in view

  const work = new Work(page, gradio, { done: receive, changed: () => (work.running || !next() ? show() : null) });
  const line = progressLine(work, page);
  const parts = Object.fromEntries(
    ["about", "profile", "lesions", "detail"].map((name) => [name, el("section", { class: "rd-panel-part" })]),
  );
  root.replaceChildren(
    el("div", { class: "rd-tab" }, parts.about, line.node, parts.profile, parts.lesions, parts.detail),
  );
  const slots = { profile: el("slot", { name: "profile" }), lesions: el("slot", { name: "lesions" }) };
  const attachBars = onBar(LESIONS, (name) => choose(new Set([name])));

  /** Ask for everything about the answer in view, piece after piece. */
  function begin() {
    const id = page.selected()?.answer?.id;
    if (!id || !page.isOpen("block") || found.answer === id) return;
    Object.assign(found, { answer: id, cut: null, maps: null });
    chosen = new Set();
    ask(["profile"], ["lesions"]);
  }

  function ask(...pieces) {
    queue = [];
    work.forget();
    queue = pieces;
    next();
  }

  function next() {
    const piece = queue.shift();
    if (!piece) return false;
    const [what, fields = {}] = piece;
    const answers = over === "all" ? page.state.photos.map(({ answer }) => answer?.id).filter(Boolean) : null;
    work.start(what, what === "profile" ? { answers } : fields);
    return true;
  }

  function receive(result, asked) {
    found[asked.what] = result;
    if (asked.what === "lesions" && !chosen.size) {
      // The block whose loss costs the class most is looked at first.
      const worst = result.lesions.reduce((a, b) => ((b.probability ?? 0) < (a.probability ?? 0) ? b : a));
      chosen = new Set(worst.blocks);
      found.cut = worst;
      queue.push(["maps", { block: worst.blocks[0] }]);
    }
    if (asked.what === "profile" || asked.what === "lesions") draw();
  }

  /** One block alone is known from the board; several are cut together on the server. */
  function choose(blocks) {
    chosen = blocks;
    found.cut = null;
    found.maps = null;
    if (!blocks.size) return show();
    const [only] = blocks;
    if (blocks.size === 1) {
      found.cut = found.lesions.lesions.find((each) => each.blocks[0] === only);
      ask(["maps", { block: only }]);
    } else ask(["cut", { blocks: [...blocks], cut: "branch" }]);
  }

  function cutAll(part) {
    chosen = part === "branch" ? new Set(found.lesions.lesions.flatMap((each) => each.blocks)) : new Set();
    found.cut = found.maps = null;
    ask(["cut", { blocks: null, cut: part }]);
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
            values: lesions.lesions.map((each) => each[change]),
            marked: chosen,
            texts: lesions.lesions.map((each) => `${each.blocks[0]}: ${signed(each[change])}`),
            title: say(`block.change.${change}`),
          })
        : undefined,
    ];
  }

  const signed = (value) =>
    value === null
      ? "–"
      : change === "probability"
        ? `${value >= 0 ? "+" : "−"}${percent(Math.abs(value))}`
        : `${value >= 0 ? "+" : "−"}${Math.abs(value).toFixed(2)}`;

  function segments(label, choices, value, pick) {
    return el(
      "div",
      { class: "rd-segments", role: "group", "aria-label": label },
      ...choices.map(([key, text]) =>
        el("button", {
          type: "button",
          textContent: text,
          "aria-pressed": String(key === value),
          on: { click: () => pick(key) },
        }),
      ),
    );
  }

  function show() {
    const { say } = page;
    const answer = page.selected()?.answer;
    const due = work.running || (found.answer !== null && found.answer !== answer?.id);
    line.show();
    const focused = focusKey(root.activeElement);
    parts.about.replaceChildren(
      el("p", { class: "rd-note", textContent: say("block.about") }),
      ...(answer ? [] : [el("p", { class: "rd-note", textContent: say("tab.nothing") })]),
    );
    const several = page.state.photos.filter((photo) => photo.answer).length > 1;
    parts.profile.hidden = !found.profile;
    if (found.profile) {
      parts.profile.replaceChildren(
        heading("block.profile"),
        el(
          "div",
          { class: "rd-row" },
          segments(
            say("block.measure"),
            ["ratio", "cosine", "zeros"].map((key) => [key, say(`block.measure.${key}.short`)]),
            measure,
            (key) => {
              measure = key;
              draw();
              show();
            },
          ),
          several
            ? segments(
                say("block.over"),
                [
                  ["one", say("block.over.one")],
                  ["all", say("block.over.all", { count: page.state.photos.length })],
                ],
                over,
                (key) => {
                  over = key;
                  ask(["profile"]);
                },
              )
            : null,
        ),
        el("p", {
          class: "rd-note",
          textContent:
            say(`block.measure.${measure}.read`) +
            (found.profile.photos > 1 ? ` ${say("block.mean", { count: found.profile.photos })}` : ""),
        }),
        slots.profile,
        under(PROFILE, "residual-profile", profileTable(found.profile, page.say)),
      );
    }
    parts.lesions.hidden = !found.lesions;
    if (found.lesions) {
      parts.lesions.replaceChildren(
        heading("block.lesions"),
        el(
          "div",
          { class: "rd-row rd-middle" },
          segments(
            say("block.change"),
            ["probability", "logit"].map((key) => [key, say(`block.change.${key}.short`)]),
            change,
            (key) => {
              change = key;
              draw();
              show();
            },
          ),
          el("button", {
            type: "button",
            class: "rd-quiet rd-small",
            textContent: say("block.cut_all"),
            disabled: work.running,
            on: { click: () => cutAll("branch") },
          }),
          el("button", {
            type: "button",
            class: "rd-quiet rd-small",
            textContent: say("block.plain"),
            disabled: work.running,
            on: { click: () => cutAll("shortcut") },
          }),
        ),
        el("p", { class: "rd-note", textContent: say("block.lesions.read", { label: answer?.target.label ?? "" }) }),
        slots.lesions,
        under(LESIONS, "lesion-board", lesionTable(found.lesions, chosen, choose, page.say)),
      );
    }
    parts.detail.hidden = !found.cut && !found.maps;
    parts.detail.replaceChildren(
      ...(found.cut ? lesionDetail(found.cut, found.lesions, say) : []),
      ...(found.maps ? blockMaps(found.maps, page) : []),
    );
    parts.profile.classList.toggle("rd-due", due && !work.running);
    parts.lesions.classList.toggle("rd-due", due && !work.running);
    if (focused) root.querySelector(focused)?.focus();
  }

  const heading = (key) => el("h3", { class: "rd-title3", textContent: page.say(key) });

  /** Where the focus was, to find it again in what replaces it. */
  function focusKey(element) {
    return element?.id ? `#${CSS.escape(element.id)}` : null;
  }

  function under(id, name, table) {
    return el(
      "div",
      { class: "rd-under" },
      el(
        "details",
        { class: "rd-details" },
        el("summary", { textContent: page.say("chart.numbers") }),
        el("div", { class: "rd-scroll", tabIndex: 0, role: "region", "aria-label": page.say("chart.numbers") }, table),
      ),
      el("button", {
        type: "button",
        class: "rd-link",
        textContent: page.say("chart.save"),
        on: { click: () => savePlot(id, name) },
      }),
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
