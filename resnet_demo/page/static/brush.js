// The tab of the brush: paint over the photo or over the cells of a stage, and labels, maps and ledger follow; and the
// map of what the answer loses when a patch covers each part in turn, to be guessed before it is looked at.
import { mapOf, pictureOf } from "../../viewer/arrays.js";
import { pointIn } from "../../viewer/geometry.js";
import { changedChannels, rowsOf } from "../../viewer/ledger_rows.js";
import { html, nothing, render } from "../../viewer/lit-html/lit-html.js";
import { formatProbability, formatSigned, formatValue } from "../../viewer/numbers.js";
import { painted } from "../../viewer/painted.js";
import { probabilityBars } from "./bars.js";
import { token } from "./charts.js";
import { mapPicture } from "./map_picture.js";
import { occlusionMap } from "./occlusion_map.js";
import { button, channelLink, note, row, section, segments } from "./panels.js";
import { coveredCells, extended, newStroke, scoreOf } from "./strokes.js";
import { table } from "./tables.js";
import { progressLine, Work } from "./work.js";

const FILLS = ["grey", "blur", "noise", "copy", "other"];
const CELL_FILLS = ["zero", "mean"];
const SIZES = { fine: 0.04, middle: 0.09, broad: 0.18 };

export function mountBrush(root, page, gradio) {
  let answer = null; // that the strokes are about
  let strokes = [];
  let states = []; // what the network says after so many strokes
  let shown = null; // the newest of them that has come
  let stroke = null; // being drawn
  let guess = []; // strokes that say where the visitor expects the drop
  let occlusion = null;
  let scored = null;
  let on = "view"; // what the brush paints on: the view, a stage, or "guess"
  let fill = "grey";
  let size = "middle";
  let source = null; // where a copy comes from: a point of the view
  let other = null; // the key of the photo that another part comes from
  let before = false; // whether the open view is held up for comparison
  let covered = "grey"; // the fill of the patch
  const work = new Work(page, gradio, { done: receive, changed: () => show() });

  const answerId = () => page.selected()?.answer?.id ?? null;
  const others = () => page.state.photos.filter(({ key, answer: its }) => its && key !== page.state.selected);
  const stages = () => page.payload?.stages ?? [];

  /** Another answer is on screen: a clean sheet. */
  function begin() {
    if (!page.payload || !page.isOpen("brush") || answer === answerId() || !answerId()) return;
    answer = answerId();
    Object.assign(work, { error: null });
    [strokes, states, guess] = [[], [], []];
    [shown, stroke, occlusion, scored, source] = [null, null, null, null, null];
    ask();
  }

  /** What the network says of the strokes so far, the one being drawn with them. */
  function ask() {
    const asked = stroke && on !== "guess" ? [...strokes, stroke] : strokes;
    const photos = others().map(({ answer: its }) => its.id);
    work.start("painted", { strokes: asked, answers: asked.some((each) => each.source) ? photos : [] });
  }

  function receive(result, { what, answer: about, strokes: asked }) {
    if (about !== answer) return;
    if (what === "occlusion") {
      occlusion = result;
      const { rows, columns, values } = drops();
      const cells = Array.from({ length: rows * columns }, () => 0);
      for (const each of guess) coveredCells(each, rows, columns).forEach((value, i) => (cells[i] ||= value));
      scored = scoreOf(cells, values);
      return;
    }
    shown = result;
    if (asked.length === strokes.length && !stroke) states[asked.length] = result;
    else if (strokes.length >= asked.length || stroke) queueMicrotask(follow);
  }

  /** The strokes have gone on while the network was at work. */
  function follow() {
    if (states[strokes.length] === undefined || (stroke && on !== "guess")) ask();
  }

  const drops = () => mapOf(occlusion.drops);

  // The brush

  const start = (event) => {
    const point = pointOf(event);
    if (!point || !shown) return;
    event.preventDefault();
    event.currentTarget.setPointerCapture(event.pointerId);
    if (on === "view" && fill === "copy" && !source) {
      source = point;
      return show();
    }
    const offset = on === "view" && fill === "copy" ? [source.x - point.x, source.y - point.y] : [0, 0];
    const from = on === "view" && fill === "other" ? 1 + Math.max(0, others().findIndex(({ key }) => key === other)) : 0;
    const kind = on === "view" ? (fill === "other" ? "copy" : fill) : fill;
    stroke = extended(newStroke({ on, fill: kind, radius: SIZES[size], offset, source: from }), point);
    follow();
    show();
  };

  const move = (event) => {
    const point = stroke && pointOf(event);
    if (!point) return;
    stroke = extended(stroke, point);
    if (!work.running && on !== "guess") ask();
    show();
  };

  const end = () => {
    if (!stroke) return;
    if (on === "guess") guess = [...guess, stroke];
    else {
      states.length = strokes.length + 1;
      strokes = [...strokes, stroke];
    }
    stroke = null;
    if (on !== "guess") ask();
    show();
  };

  const pointOf = ({ clientX, clientY, currentTarget }) =>
    pointIn(clientX, clientY, currentTarget.getBoundingClientRect());

  /** The keyboard's brush: a stroke of one point, where the pin is or in the middle. */
  function dab() {
    const pin = page.display?.pin ?? { x: 0.5, y: 0.5 };
    const kind = fill === "other" || fill === "copy" ? "grey" : fill;
    const one = extended(newStroke({ on, fill: kind, radius: SIZES[size] }), pin);
    if (on === "guess") guess = [...guess, one];
    else {
      states.length = strokes.length + 1;
      strokes = [...strokes, one];
      ask();
    }
    show();
  }

  function undo() {
    if (on === "guess") guess = guess.slice(0, -1);
    else {
      strokes = strokes.slice(0, -1);
      states.length = strokes.length + 1;
      if (states[strokes.length]) {
        work.forget();
        shown = states[strokes.length];
      } else ask();
    }
    show();
  }

  function clear() {
    [strokes, guess] = [[], []];
    states.length = Math.min(states.length, 1);
    if (states[0]) {
      work.forget();
      shown = states[0];
    } else ask();
    show();
  }

  // Drawing

  /** Paint on stages and guesses, which no picture of the view holds, and the stroke that is being drawn. */
  function drawMarks(canvas) {
    const side = 224;
    Object.assign(canvas, { width: side, height: side });
    const context = canvas.getContext("2d");
    const cells = (each, { rows, columns }, colour) => {
      context.fillStyle = colour;
      coveredCells(each, rows, columns).forEach((isCovered, i) => {
        const [row, column] = [Math.floor(i / columns), i % columns];
        if (isCovered) context.fillRect((column * side) / columns, (row * side) / rows, side / columns - 1, side / rows - 1);
      });
    };
    const discs = (each, colour) => {
      context.fillStyle = colour;
      context.beginPath();
      for (let i = 0; i < each.points.length; i += 2) {
        const [x, y] = [side * each.points[i], side * each.points[i + 1]];
        context.moveTo(x, y);
        context.arc(x, y, side * each.radius, 0, 2 * Math.PI);
      }
      context.fill();
    };
    const grid = (stage) => stages().find(({ name }) => name === stage);
    for (const each of before ? [] : strokes.filter((each) => each.on !== "view")) cells(each, grid(each.on), "#14181dcc");
    for (const each of guess) discs(each, "#ffd84a99");
    if (stroke?.on === "view") discs(stroke, `${token("accent")}88`);
    else if (stroke?.on === "guess") discs(stroke, "#ffd84a99");
    else if (stroke) cells(stroke, grid(stroke.on), "#14181dcc");
    if (source && on === "view" && fill === "copy") {
      context.strokeStyle = "#ffffff";
      context.lineWidth = 2;
      context.strokeRect(side * source.x - 5, side * source.y - 5, 10, 10);
    }
  }

  function sheet() {
    const { say } = page;
    const state = before ? states[0] : shown;
    return html`
      <div
        class="rd-picture rd-sheet"
        role="img"
        tabindex="0"
        aria-label=${say("brush.sheet", { count: strokes.length })}
        @pointerdown=${start}
        @pointermove=${move}
        @pointerup=${end}
        @pointercancel=${end}
        @keydown=${(event) => event.key === "Enter" && dab()}
      >
        ${state ? html`<img src=${pictureOf(state.picture)} alt="" draggable="false" />` : nothing}
        <canvas
          class="rd-map"
          width="1"
          height="1"
          ${painted(drawMarks, strokes, guess, stroke, source, on, fill, before, answer)}
        ></canvas>
      </div>
    `;
  }

  function tools() {
    const { say } = page;
    const pick = (change) => {
      change();
      show();
    };
    const places = ["view", ...page.stages, "guess"].map((key) => [key, page.stages.includes(key) ? key : say(`brush.on.${key}`)]);
    const fills = on === "view" ? FILLS.filter((key) => key !== "other" || others().length) : CELL_FILLS;
    const choosePlace = (key) =>
      pick(() => {
        on = key;
        fill = key === "view" ? "grey" : "zero";
      });
    const chooseFill = (key) =>
      pick(() => {
        [fill, source] = [key, null];
        other ??= others()[0]?.key ?? null;
      });
    const photo = fill === "other" && on === "view"
      ? html`<label class="rd-note">${say("brush.other.which")}
          <select class="rd-select" @change=${({ target }) => pick(() => (other = target.value))}>
            ${others().map(({ key, name }) => html`<option value=${key} .selected=${key === other}>${name}</option>`)}
          </select></label>`
      : nothing;
    const hint = on === "guess" ? "brush.hint.guess" : fill === "copy" && on === "view" ? (source ? "brush.hint.copy" : "brush.hint.source") : `brush.hint.${fill}`;
    const hold = (held) => () => pick(() => (before = held));
    const some = on === "guess" ? guess.length : strokes.length;
    return html`
      ${row(segments(say("brush.on"), places, on, choosePlace))}
      ${row(
        on === "guess" ? nothing : segments(say("brush.fill"), fills.map((key) => [key, say(`brush.fill.${key}`)]), fill, chooseFill),
        segments(say("brush.size"), Object.keys(SIZES).map((key) => [key, say(`brush.size.${key}`)]), size, (key) => pick(() => (size = key))),
      )}
      ${photo} ${note(say(hint), page)}
      ${row(
        button(say("brush.undo"), some > 0, undo),
        button(say("brush.clear"), strokes.length + guess.length > 0, clear),
        html`<button
          type="button"
          class="rd-quiet"
          aria-pressed=${String(before)}
          aria-disabled=${strokes.length ? nothing : "true"}
          @pointerdown=${hold(true)}
          @pointerup=${hold(false)}
          @pointerleave=${hold(false)}
          @keydown=${(event) => [" ", "Enter"].includes(event.key) && hold(true)()}
          @keyup=${hold(false)}
        >
          ${say("brush.before")}
        </button>`,
      )}
    `;
  }

  /** The answer now, each stage's map and what each stage wrote, beside those of the open view. */
  function answers() {
    const { say } = page;
    const state = before ? states[0] : shown;
    if (!state || !states[0]) return nothing;
    const label = page.payload.target.label;
    const [first, now] = [states[0], state].map(({ ledger }) => rowsOf(ledger, "stage"));
    const written = first.map(({ name, value }, place) => [
      name === "fc" ? say("brush.bias") : name,
      formatSigned(value),
      formatSigned(now[place].value),
      formatSigned(now[place].value - value),
    ]);
    const logits = [states[0], state].map(({ ledger }) => ledger.logit);
    written.push([say("brush.sum"), ...logits.map((value) => formatValue(value)), formatSigned(logits[1] - logits[0])]);
    const heads = ["brush.stage", "brush.open", "brush.now", "brush.change"].map((key) => say(key));
    const card = (stage) => html`
      <figure class="rd-card">
        <figcaption class="rd-fine rd-muted">${stage}</figcaption>
        ${mapPicture(page, { src: pictureOf(state.picture), map: mapOf(state.cams[stage]), label: stage, none: say("map.none", { label }) })}
      </figure>
    `;
    return html`
      <div class="rd-two">
        <div><p class="rd-fine rd-muted">${say("brush.open")}</p>${probabilityBars(states[0].outcome.predictions)}</div>
        <div><p class="rd-fine rd-muted">${say("brush.now")}</p>${probabilityBars(state.outcome.predictions)}</div>
      </div>
      <p class="rd-note" role="status">
        ${say("brush.told", { label, from: formatProbability(states[0].outcome.probability), to: formatProbability(state.outcome.probability) })}
      </p>
      <div class="rd-cards rd-seven">${page.stages.map(card)}</div>
      ${table(say("brush.ledger"), heads, written)} ${strokes.length || stroke ? changed() : nothing}
    `;
  }

  /** The channels of each stage in whose name most more, or less, is written than before. */
  function changed() {
    const { say } = page;
    const state = before ? states[0] : shown;
    const rows = page.stages.map((stage) => [
      stage,
      changedChannels(states[0].ledger, state.ledger, stage).map(
        ({ channel, value }) => html`${channelLink(page, { stage, channel })} ${formatSigned(value)}&ensp;`,
      ),
    ]);
    return table(say("brush.channels"), [say("brush.stage"), say("brush.channels")], rows, 2);
  }

  function occlusionPart() {
    const { say } = page;
    const ready = Boolean(shown) && !work.running;
    const fills = ["grey", "blur", "noise"].map((key) => [key, say(`brush.fill.${key}`)]);
    const pick = (key) => {
      covered = key;
      show();
    };
    const go = () => {
      occlusion = scored = null;
      work.start("occlusion", { fill: covered });
    };
    const drawn = html`<canvas class="rd-map" width="1" height="1" ${painted(drawMarks, guess, occlusion)}></canvas>`;
    const marks = guess.length ? drawn : nothing;
    return section(
      say("occlusion.title"),
      note(say("occlusion.read", { label: page.payload?.target.label ?? "" }), page),
      row(
        segments(say("brush.fill"), fills, covered, pick),
        button(say(guess.length ? "occlusion.look" : "occlusion.go"), ready, go, "rd-primary"),
      ),
      progressLine(work, page, (asked) => asked?.what === "occlusion"),
      occlusion ? occlusionMap(page, { occlusion, scored, marks }) : nothing,
    );
  }

  function show() {
    const { say } = page;
    const here = answerId() && answer === answerId();
    render(
      html`
        <div class="rd-tab">
          ${note(say("brush.about"), page)} ${answerId() ? nothing : note(say("tab.nothing"), page)}
          ${answer
            ? html`
                <div class="rd-brush${here ? "" : " rd-due"}">
                  <div class="rd-easel">${sheet()} ${progressLine(work, page, (asked) => asked?.what === "painted" && Boolean(work.error))}</div>
                  <div class="rd-tab">${tools()} ${answers()}</div>
                </div>
                ${occlusionPart()}
              `
            : nothing}
        </div>
      `,
      root,
    );
  }

  return {
    show,
    answered: begin,
    opened: begin,
    looked: () => show(),
    request: () => work.request(),
    failed: () => work.failed(),
    read: () => ({ strokes, guess, shown, states, occlusion, scored }),
  };
}
