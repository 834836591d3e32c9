// One tile of the row: the view, a stage's map over it, and the marks of the pin.

import { drawMap } from "./draw_map.js";
import { pointIn } from "./geometry.js";
import { icon } from "./icons.js";
import { KIND_NAMES } from "./kind_note.js";
import { arrowInto, endOfLine, foundAt } from "./line.js";
import { html, nothing } from "./lit-html/lit-html.js";
import { crossHair, fieldMarks } from "./marks.js";
import { formatCorrelation, formatCount, formatShort, formatSigned, formatValue } from "./numbers.js";
import { painted } from "./painted.js";

/**
 * The tile at `index` of a picture, 0 for the view. `words` holds className, what the maps are for, and share, how much
 * of the photo the view is. `on` holds hover(index, point), leave(), click(index, point), focus(index) and
 * enlarge(index); without the last it is the enlarged one. `longest` is the longer side of smooth maps in pixels. With
 * `stop` false Tab passes it by.
 */
export function tileOf(index, { analysis, picture, lookup, t, words, on, longest, stop = true }) {
  const { view } = analysis;
  const { place } = picture;
  const drawn = index ? picture.tiles[index - 1] : null;
  const name = drawn ? drawn.name : t("tile.view");
  const silent = drawn && drawn.evidence !== "shown";
  const pointed = place ? ` rv-pointed${picture.pinned ? " rv-pinned" : ""}` : "";
  const pointOf = ({ clientX, clientY, currentTarget }) =>
    pointIn(clientX, clientY, currentTarget.getBoundingClientRect()) ?? { x: 0.5, y: 0.5 };
  return html`
    <figure
      class="rv-tile${picture.tile === index ? " rv-chosen" : ""}${silent ? " rv-silent" : ""}"
      data-tile=${index}
      data-name=${drawn ? name : "view"}
    >
      <figcaption title=${t(drawn ? `stage.${name}.meaning` : "tile.view.meaning")}>
        <b>${name}</b><small>${factsOf(drawn, view, t)}</small>
      </figcaption>
      <div class="rv-frame">
        ${drawn && on.enlarge ? arrowInto(index, picture, view, t) : nothing}
        ${index === picture.tiles.length && on.enlarge ? endOfLine(analysis, picture, t) : nothing}
        <div
          class="rv-face${pointed}"
          style="aspect-ratio: ${view.width} / ${view.height}"
          tabindex=${stop ? 0 : -1}
          role="application"
          aria-roledescription=${t("tile.role")}
          aria-label=${labelOf(drawn, picture, view, t, words)}
          @pointermove=${(event) => event.pointerType !== "touch" && on.hover(index, pointOf(event))}
          @pointerleave=${() => on.leave()}
          @click=${(event) => on.click(index, pointOf(event))}
          @focus=${() => on.focus?.(index)}
        >
          ${view.src ? html`<img class="rv-photo" src=${view.src} alt="" draggable="false" />` : nothing}
          ${drawn ? mapOf(drawn, { analysis, picture, lookup, longest }) : nothing}
          <p class="rv-none">${noneOf(drawn, t, words)}</p>
          <div class="rv-marks" aria-hidden="true">${place ? marks(drawn, picture, view) : nothing}</div>
        </div>
        ${on.enlarge
          ? html`<button
              type="button"
              class="rv-enlarge"
              tabindex="-1"
              title=${t("tile.enlarge")}
              aria-label=${t("tile.enlarge_named", { name })}
              @click=${() => on.enlarge(index)}
            >
              ${icon("enlarge")}
            </button>`
          : nothing}
      </div>
      <div class="rv-tile-foot">${footOf(drawn, picture, t, words, on.enlarge ? formatShort : formatValue)}</div>
      ${drawn && on.enlarge ? foundAt(drawn, t) : nothing}
      ${drawn?.trust === undefined ? nothing : trustOf(drawn.trust, t)}
      <div class="rv-tile-value">${place ? valueOf(drawn, place, t) : nothing}</div>
    </figure>
  `;
}

const trustOf = (rho, t) => html`
  <div class="rv-tile-trust" title=${t("trust.meaning")}>
    ${t("trust.of", { rho: rho === null ? t("kind.constant") : formatCorrelation(rho) })}
  </div>
`;

const factsOf = (drawn, view, t) =>
  drawn
    ? t("tile.facts", { rows: drawn.rows, columns: drawn.columns, channels: formatCount(drawn.channels) })
    : t("tile.pixels", view);

/** Why a stage's tile has no map, in words; "" where it has one. */
export const noneOf = (drawn, t, { className }) =>
  drawn && drawn.evidence !== "shown" ? t(`none.${drawn.evidence}`, { class: className }) : "";

function labelOf(drawn, { kind }, view, t, words) {
  if (!drawn) return t("tile.label_view", view);
  const { name, rows, columns } = drawn;
  const told = { name, kind: KIND_NAMES[kind], class: words.className, rows, columns };
  const none = noneOf(drawn, t, words);
  if (none) return t("tile.label_none", { ...told, none });
  return t("tile.label", { ...told, max: formatValue(drawn.max), ...drawn.maxAt });
}

function mapOf(drawn, { analysis, picture, lookup, longest: side }) {
  const { kind, display } = picture;
  const { low, high } = drawn.scale;
  const { threshold, smooth } = display;
  const { values } = analysis.stages.find(({ name }) => name === drawn.name).maps[kind];
  const longest = smooth ? side : 0;
  const draw = (canvas) => drawMap(canvas, { ...drawn, values }, { scale: drawn.scale, threshold, lookup, longest });
  return html`<canvas
    class="rv-map"
    width="1"
    height="1"
    aria-hidden="true"
    ?hidden=${drawn.evidence !== "shown"}
    ${painted(draw, values, low, high, threshold, lookup, longest)}
  ></canvas>`;
}

/**
 * The marks of the pin: cross-hair, and cell of a stage; on the view the receptive fields of the chosen stage, or of all
 * stages while the view itself is chosen.
 */
function marks(drawn, picture, view) {
  const { x, y } = picture.place.point;
  const shown = picture.tile === 0 ? picture.tiles : [picture.tiles[picture.tile - 1]];
  return html`
    ${drawn ? nothing : html`<div class="rv-fields">${fieldMarks(shown, view, ({ box }) => box)}</div>`}
    ${crossHair({ x, y }, drawn?.cell, drawn)}
  `;
}

/** The largest value, or from the smallest to it where both are drawn. */
function footOf(drawn, { display }, t, { share }, format) {
  if (!drawn) return html`<span title=${t("tile.share.meaning", { share })}>${t("tile.share", { share })}</span>`;
  const [min, max] = [format(drawn.min), format(drawn.max)];
  return html`<span>${display.signed ? t("tile.range", { min, max }) : t("tile.max", { value: max })}</span>`;
}

const valueOf = (drawn, place, t) =>
  drawn
    ? html`<b>${formatSigned(drawn.value)}</b><span>${t("tile.cell", drawn.cell)}</span>`
    : html`<span>${t("tile.pixel", place.view)}</span>`;
