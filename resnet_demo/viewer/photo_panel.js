// The whole photo with what the network saw of it framed: the pin and its receptive field are shown here too, so that
// maps of the view and the photo can't be taken for one another.

import { element, placeAt } from "./elements.js";
import { boxOnPhoto, pointIn, pointOnView, shareOf } from "./geometry.js";
import { fieldMarks } from "./tile.js";

export class PhotoPanel {
  /** `on.hover(point)`, `on.leave()` and `on.click(point)` get points of the view. */
  constructor({ t, on }) {
    this.t = t;
    this.image = element("img", { class: "rv-photo", draggable: "false" });
    this.crop = element("i", { class: "rv-crop" });
    this.fields = element("div", { class: "rv-fields" });
    this.dot = element("i", { class: "rv-dot" });
    this.missing = element("p", { class: "rv-none" }, t("photo.missing"));
    const told = (event, report) => {
      const point = this.pointOf(event);
      if (point) report(point);
      else on.leave();
    };
    this.face = element(
      "div",
      {
        class: "rv-whole",
        onpointermove: (event) => event.pointerType !== "touch" && told(event, on.hover),
        onpointerleave: () => on.leave(),
        onclick: (event) => told(event, on.click),
      },
      this.image,
      this.missing,
      element("div", { class: "rv-marks", "aria-hidden": "true" }, this.crop, this.fields, this.dot),
    );
    this.caption = element("figcaption", {});
    this.node = element("figure", { class: "rv-photo-panel" }, this.face, this.caption);
  }

  pointOf(event) {
    const share = pointIn(event.clientX, event.clientY, this.face.getBoundingClientRect());
    return share && pointOnView(share, this.analysis.photo, this.analysis.box);
  }

  /** Show the photo of an analysis and the frame of its view. */
  show(analysis) {
    this.analysis = analysis;
    const { photo, box } = analysis;
    this.face.style.aspectRatio = `${photo.width} / ${photo.height}`;
    this.node.style.setProperty("--rv-wide", String(photo.width / photo.height));
    this.image.hidden = !photo.src;
    this.missing.hidden = Boolean(photo.src);
    if (photo.src) this.image.src = photo.src;
    this.image.alt = this.t("photo.alt", { name: photo.name });
    placeAt(this.crop, shareOf(box, photo));
    this.caption.textContent = this.t("photo.caption", { share: Math.round(100 * shownShare(photo, box)) });
  }

  /** Show the pin of a picture. */
  markPin(picture) {
    const { view, photo, box } = this.analysis;
    const { place } = picture;
    this.dot.hidden = this.fields.hidden = place === null;
    if (!place) return;
    placeAt(this.dot, { left: place.onPhoto.x, top: place.onPhoto.y });
    const shown = picture.tile === 0 ? picture.tiles : [picture.tiles[picture.tile - 1]];
    this.fields.replaceChildren(...fieldMarks(shown, photo, (field) => boxOnPhoto(field.box, view, box)));
  }
}

/** How much of the photo's area the network saw, 0 to 1. */
export function shownShare(photo, box) {
  const { width, height } = shareOf(box, photo);
  return width * height;
}
