// The tab of the receptive field: what the cell under the cross-hair could see, and what it makes use of in this photo.
import { float32, mapOf, rangeOf } from "../../viewer/arrays.js";
import { cellBox, placed, shareOf } from "../../viewer/geometry.js";
import { html, nothing, render } from "../../viewer/lit-html/lit-html.js";
import { formatProbability } from "../../viewer/numbers.js";
import { mapPicture } from "./map_picture.js";
import { facts, note, panel } from "./panels.js";
import { progressLine, Work } from "./work.js";

const PAUSE = 250; // ms the cross-hair must rest before the server is asked

export function mountReceptiveField(root, page, gradio) {
  const work = new Work(page, gradio, { done: receive, changed: show });
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
    found = { field, stage, row, column, answer, view, grid: stages.find(({ name }) => name === stage) };
  }

  function show() {
    const { say } = page;
    const due = work.running || found?.answer !== page.selected()?.answer?.id;
    render(
      html`
        <div class="rd-tab">
          ${note(say("field.about"), page)} ${progressLine(work, page)}
          ${found ? html`<div class=${due ? "rd-due" : ""}>${drawn(found)}</div>` : nothing}
          ${found || work.running ? nothing : note(say("tab.nothing"), page)}
        </div>
      `,
      root,
    );
  }

  function drawn({ field, stage, row, column, view, grid }) {
    const { say } = page;
    const { box, effective_size: used, theoretical } = field;
    const { left, top, right, bottom } = box;
    const { size } = theoretical;
    const whole = !left && !top && right === view.width && bottom === view.height;
    const drawnCell = shareOf(cellBox({ row, column }, grid.rows, grid.columns), { width: 1, height: 1 });
    const marks = html`
      <i class="rd-frame" style=${placed(shareOf(box, view))}></i>
      <i class="rd-cell" style=${placed(drawnCell)}></i>
    `;
    const middle = field.centre && placed({ left: field.centre[0] / view.width, top: field.centre[1] / view.height });
    const marksOfUse = html`${marks}${middle ? html`<i class="rd-centre" style=${middle}></i>` : nothing}`;
    const plain = html`
      <div class="rd-picture" role="img" aria-label=${say("field.theoretical")}><img src=${view.src} alt="" />${marks}</div>
    `;
    const sway = mapPicture(page, {
      src: view.src,
      map: mapOf(field.sway),
      label: say("field.effective"),
      grey: true,
      none: say("field.silent"),
      marks: marksOfUse,
    });
    const framed = (label, picture) => html`
      <figure class="rd-card"><figcaption><b>${label}</b></figcaption>${picture}</figure>
    `;
    return panel(
      say("field.title", { stage, row, column }),
      `receptive-field-${stage}-${row}-${column}`,
      page,
      facts([
        [say("field.theoretical"), say(whole ? "field.px.whole" : "field.px", { size })],
        [say("field.effective"), used === null ? "–" : say("field.px", { size: Math.round(used) })],
        ...(used === null ? [] : [[say("field.share"), formatProbability(field.share_used)]]),
      ]),
      html`<div class="rd-cards rd-large">
        ${framed(say("field.theoretical"), plain)} ${framed(say("field.effective"), sway)}
      </div>`,
      note(say("field.read"), page),
    );
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
