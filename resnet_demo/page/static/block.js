// The tab inside the residual block: what F(x) adds in every block, what the answer loses without it, and maps from
// inside one block.
import { bars, onBar, savePlot } from "./charts.js";
import { el } from "./dom.js";
import { mapPicture, peakOf } from "./map_picture.js";
import { progressLine, Work } from "./work.js";
import { percent } from "./words.js";

const MAPS = ["branch", "shortcut", "total", "output"];
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

  const number = (value) => (value === null ? "–" : value.toFixed(3));
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
        under(PROFILE, "residual-profile", profileTable()),
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
        under(LESIONS, "lesion-board", lesionTable()),
      );
    }
    parts.detail.hidden = !found.cut && !found.maps;
    parts.detail.replaceChildren(...detail());
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

  const columns = (...keys) =>
    el(
      "thead",
      {},
      el(
        "tr",
        {},
        ...keys.map((key) =>
          el("th", { scope: "col", class: key.endsWith(".short") ? "rd-number" : "", textContent: page.say(key) }),
        ),
      ),
    );

  function profileTable() {
    return el(
      "table",
      { class: "rd-table" },
      columns(
        "block.name",
        "block.measure.ratio.short",
        "block.measure.cosine.short",
        "block.measure.zeros.short",
        "block.shortcut",
      ),
      el(
        "tbody",
        {},
        ...found.profile.blocks.map((block) =>
          el(
            "tr",
            {},
            el("th", { scope: "row", textContent: block.name }),
            ...["ratio", "cosine", "zeros"].map((key) =>
              el("td", { class: "rd-number", textContent: number(block[key]) }),
            ),
            el("td", { textContent: page.say(block.projection ? "block.projection" : "block.identity") }),
          ),
        ),
      ),
    );
  }

  /** The board as a table, with a box for each block: the way to cut several together. */
  function lesionTable() {
    return el(
      "table",
      { class: "rd-table" },
      columns("block.cut", "block.name", "block.change.probability.short", "block.change.logit.short", "block.after"),
      el(
        "tbody",
        {},
        ...found.lesions.lesions.map(({ blocks: [name], probability, logit, after }) => {
          const box = el("input", {
            type: "checkbox",
            id: `rd-cut-${name}`,
            checked: chosen.has(name),
            "aria-label": page.say("block.cut_one", { block: name }),
          });
          box.addEventListener("change", () => {
            const next = new Set(chosen);
            if (box.checked) next.add(name);
            else next.delete(name);
            choose(next);
          });
          return el(
            "tr",
            { "aria-selected": String(chosen.has(name)) },
            el("td", {}, box),
            el("th", { scope: "row", textContent: name }),
            el("td", { class: "rd-number", textContent: probability === null ? "–" : percent(probability) }),
            el("td", { class: "rd-number", textContent: logit === null ? "–" : logit.toFixed(2) }),
            el("td", { textContent: after.predictions[0]?.label ?? "–" }),
          );
        }),
      ),
    );
  }

  function detail() {
    const { say } = page;
    const made = [];
    const { cut, maps } = found;
    if (cut) {
      const names = cut.blocks.length === found.lesions?.lesions.length ? say("block.every") : cut.blocks.join(", ");
      made.push(
        el("h3", {
          class: "rd-title3",
          textContent: say(cut.cut === "shortcut" ? "block.without_shortcuts" : "block.without", { blocks: names }),
        }),
        el("div", { class: "rd-two" }, outcome("block.before", cut.before), outcome("block.after_cut", cut.after)),
      );
    }
    if (maps) {
      const view = page.payload.view.src;
      const all = MAPS.map((kind) => ({ map: maps[kind], rows: maps.rows, columns: maps.columns }));
      const peak = peakOf(all, true);
      made.push(
        el("h3", { class: "rd-title3", textContent: say("block.maps", { block: maps.block }) }),
        el("p", { class: "rd-note", textContent: say("block.maps.read") }),
        el(
          "div",
          { class: "rd-cards rd-pictures" },
          ...MAPS.map((kind, place) => {
            const label = say(`block.map.${kind}`);
            const { node, range } = mapPicture(page, {
              src: view,
              ...all[place],
              label,
              signed: true,
              peak,
              none: say("map.empty"),
            });
            return el(
              "figure",
              { class: "rd-card" },
              el("figcaption", {}, el("b", { textContent: label })),
              node,
              el("small", {
                class: "rd-fine rd-muted",
                textContent: say("map.range", { min: range.min.toPrecision(2), max: range.max.toPrecision(2) }),
              }),
            );
          }),
        ),
      );
    }
    return made;
  }

  function outcome(key, { probability, predictions }) {
    const { say } = page;
    return el(
      "div",
      {},
      el("p", { class: "rd-heading", textContent: say(key) }),
      probability === null
        ? el("p", { class: "rd-note", textContent: say("block.overflow") })
        : el("ol", { class: "rd-bars" }, ...predictions.map((each) => bar(each))),
    );
  }

  function bar({ label, probability }) {
    const filled = el("i");
    filled.style.width = `${100 * probability}%`;
    return el(
      "li",
      {},
      el("span", { textContent: label, title: label }),
      el("span", { textContent: percent(probability) }),
      el("span", { class: "rd-track" }, filled),
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
