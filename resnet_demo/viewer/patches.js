// Patches of photos that excite a channel, cut by the receptive field of its strongest cell.

import { cellBox, placed } from "./geometry.js";
import { html, nothing } from "./lit-html/lit-html.js";
import { formatValue } from "./numbers.js";

/** The patches out of `photos` photos as a row of small pictures; a sentence tells of photos without one. */
export function patchRow(patches, photos, t) {
  const words = patches.length ? [t("patches.about")] : [];
  if (patches.length < photos) words.push(t("patches.silent", { count: photos - patches.length, photos }));
  return html`
    <section class="rv-patches">
      <h3>${t("patches.title")}</h3>
      <p>${words.join(" ")}</p>
      <div class="rv-patch-row">${patches.map((patch) => patchOf(patch, t))}</div>
    </section>
  `;
}

function patchOf({ name, view, value, rows, columns, cell, box }, t) {
  const width = box.right - box.left;
  const height = box.bottom - box.top;
  const whole = {
    left: -box.left / width,
    top: -box.top / height,
    width: view.width / width,
    height: view.height / height,
  };
  const strongest = cellBox(cell, rows, columns);
  const mark = {
    left: (strongest.left * view.width - box.left) / width,
    top: (strongest.top * view.height - box.top) / height,
    width: ((strongest.right - strongest.left) * view.width) / width,
    height: ((strongest.bottom - strongest.top) * view.height) / height,
  };
  const image = () => html`
    <img src=${view.src} alt=${t("patches.alt", { name })} draggable="false" style=${placed(whole)} />
  `;
  return html`
    <figure class="rv-patch" data-value=${value}>
      <div class="rv-patch-frame" style="aspect-ratio: ${width} / ${height}">
        ${view.src ? image() : nothing}<i class="rv-cell" style=${placed(mark)}></i>
      </div>
      <figcaption title=${name}><b>${formatValue(value)}</b> ${name}</figcaption>
    </figure>
  `;
}
