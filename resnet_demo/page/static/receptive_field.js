// The tab of the receptive field: what the cell under the cross-hair could see, and what it makes use of in this photo.
import { float32, mapOf, rangeOf } from "../../viewer/arrays.js";
import { el } from "./dom.js";
import { mapPicture } from "./map_picture.js";
import { keepingFocus, note, panel } from "./panels.js";
import { progressLine, Work } from "./work.js";
import { formatProbability } from "../../viewer/numbers.js";

const PAUSE = 250; // ms the cross-hair must rest before the server is asked

export function mountReceptiveField(root, page, gradio) {
  const work = new Work(page, gradio, { done: receive, changed: show });
  const line = progressLine(work, page);
  const out = el("div", { class: "rd-tab" });
  root.replaceChildren(out);
  let found = null; // {field, stage, row, column, answer}
  let timer = null;
  let asked = "";

  /** The cell that is meant: under the pinned cross-hair, else where the chosen stage has most evidence. */
  function cell() {
    const { payload, display } = page;
    const stage = payload.stages.find(({ name }) => name === page.stage) ?? payload.stages.at(-1);
    const { rows, columns } = stage;
    if (display?.pin) {
      const place = (share, count) => Math.min(count - 1, Math.floor(share * count));
      return {
        stage: stage.name,
        row: place(display.pin.y, rows),
        column: place(display.pin.x, columns),
        pinned: true,
      };
    }
    const { argmax } = rangeOf(float32(stage.cams["grad-cam"], rows * columns));
    return { stage: stage.name, row: Math.floor(argmax / columns), column: argmax % columns, pinned: false };
  }

  function follow() {
    clearTimeout(timer);
    if (!page.isOpen("field") || !page.payload) return;
    timer = setTimeout(() => {
      const { stage, row, column } = cell();
      const question = [page.selected()?.answer?.id, stage, row, column].join();
      if (question === asked) return;
      asked = question;
      work.start("effective-field", { stage, row, column });
    }, PAUSE);
  }

  function receive(field, { stage, row, column, answer }) {
    if (answer !== page.selected()?.answer?.id) return;
    const { view, stages } = page.payload;
    const { rows, columns } = stages.find(({ name }) => name === stage);
    found = { field, stage, row, column, answer, view, rows, columns };
  }

  function show() {
    const { say } = page;
    line.show();
    const current = found?.answer === page.selected()?.answer?.id;
    const picture = found ? drawn(found) : null;
    picture?.classList.toggle("rd-due", !current || work.running);
    keepingFocus(root, () =>
      out.replaceChildren(
        note(say("field.about"), page),
        line.node,
        ...(picture ? [picture] : work.running ? [] : [note(say("tab.nothing"), page)]),
      ),
    );
  }

  function drawn({ field, stage, row, column, view, rows, columns }) {
    const { say } = page;
    const framed = (label, picture) => {
      const { left, top, right, bottom } = field.box;
      const frame = mark("rd-frame", left / view.width, top / view.height, (right - left) / view.width, (bottom - top) / view.height);
      picture.append(frame, mark("rd-cell", column / columns, row / rows, 1 / columns, 1 / rows));
      return el("figure", { class: "rd-card" }, el("figcaption", {}, el("b", { textContent: label })), picture);
    };
    const plain = el(
      "div",
      { class: "rd-picture", role: "img", "aria-label": say("field.theoretical") },
      el("img", { src: view.src, alt: "" }),
    );
    const sway = mapPicture(page, {
      src: view.src,
      map: mapOf(field.sway),
      label: say("field.effective"),
      grey: true,
      none: say("field.silent"),
    }).node;
    const { size } = field.theoretical;
    const { box } = field;
    const whole = !box.left && !box.top && box.right === view.width && box.bottom === view.height;
    const used = field.effective_size;
    const facts = [
      [say("field.theoretical"), say(whole ? "field.px.whole" : "field.px", { size })],
      [say("field.effective"), used === null ? "–" : say("field.px", { size: Math.round(used) })],
      ...(used === null ? [] : [[say("field.share"), formatProbability((used / size) ** 2)]]),
    ];
    return panel(
      say("field.title", { stage, row, column }),
      `receptive-field-${stage}-${row}-${column}`,
      page,
      el(
        "dl",
        { class: "rd-inline" },
        ...facts.map(([term, value]) =>
          el("div", {}, el("dt", { textContent: term }), el("dd", { textContent: value })),
        ),
      ),
      el(
        "div",
        { class: "rd-cards rd-large" },
        framed(say("field.theoretical"), plain),
        framed(say("field.effective"), sway),
      ),
      note(say("field.read"), page),
    );
  }

  function mark(kind, left, top, width, height) {
    const made = el("i", { class: kind });
    for (const [side, share] of Object.entries({ left, top, width, height })) made.style[side] = `${100 * share}%`;
    return made;
  }

  return {
    show,
    answered: follow,
    opened: follow,
    looked: follow,
    request: () => work.request(),
    failed: () => work.failed(),
  };
}
