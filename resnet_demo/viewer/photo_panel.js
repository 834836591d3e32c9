// The whole photo with what the network saw of it framed: the pin and its receptive field are shown here too, so that
// maps of the view and the photo can't be taken for one another.

import { boxOnPhoto, placed, pointIn, pointOnView, shareOf } from "./geometry.js";
import { html, nothing } from "./lit-html/lit-html.js";
import { fieldMarks } from "./marks.js";

/**
 * The photo of an analysis with the pin of a picture. `on.hover(point)`, `on.leave()` and `on.click(point)` get points of
 * the view.
 */
export function photoPanel(analysis, picture, { t, on }) {
  const { photo, box, view } = analysis;
  const { place } = picture;
  const told = (event, report) => {
    const share = pointIn(event.clientX, event.clientY, event.currentTarget.getBoundingClientRect());
    const point = share && pointOnView(share, photo, box);
    if (point) report(point);
    else on.leave();
  };
  const fields = () => {
    const shown = picture.tile === 0 ? picture.tiles : [picture.tiles[picture.tile - 1]];
    return fieldMarks(shown, photo, (field) => boxOnPhoto(field.box, view, box));
  };
  return html`
    <figure class="rv-photo-panel" style="--rv-wide: ${photo.width / photo.height}">
      <div
        class="rv-whole"
        style="aspect-ratio: ${photo.width} / ${photo.height}"
        @pointermove=${(event) => event.pointerType !== "touch" && told(event, on.hover)}
        @pointerleave=${() => on.leave()}
        @click=${(event) => told(event, on.click)}
      >
        ${photo.src
          ? html`<img class="rv-photo" src=${photo.src} alt=${t("photo.alt", { name: photo.name })} draggable="false" />`
          : html`<p class="rv-none">${t("photo.missing")}</p>`}
        <div class="rv-marks" aria-hidden="true">
          <i class="rv-crop" style=${placed(shareOf(box, photo))}></i>
          ${place
            ? html`<div class="rv-fields">${fields()}</div>
                <i class="rv-dot" style=${placed({ left: place.onPhoto.x, top: place.onPhoto.y })}></i>`
            : nothing}
        </div>
      </div>
      <figcaption>${t("photo.caption", { share: Math.round(100 * shownShare(photo, box)) })}</figcaption>
    </figure>
  `;
}

/** How much of the photo's area the network saw, 0 to 1. */
export function shownShare(photo, box) {
  const { width, height } = shareOf(box, photo);
  return width * height;
}
