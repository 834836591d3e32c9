// A tile enlarged, in a dialog: the same marks, values and keys as in the row, and steps to its neighbours.

import { ColourBar } from "./colour_bar.js";
import { dialogIn, iconButton } from "./dialog.js";
import { element, ICONS } from "./elements.js";
import { Tile } from "./tile.js";

const LONGEST = 640; // pixels of a smooth map here

export class Enlarged {
  /** `names` of all tiles, `colours` by name; `on` as for a tile, with choose(index) for the steps to its neighbours. */
  constructor(root, { t, names, colours, on }) {
    Object.assign(this, { t, names, on });
    const step = (by) => () => on.choose((this.tile.index + by + names.length) % names.length);
    const { node, title, body, open } = dialogIn(root, {
      label: t("enlarged.label"),
      className: "rv-enlarged",
      close: t("enlarged.close"),
      buttons: [
        iconButton(ICONS.previous, t("enlarged.previous"), step(-1)),
        iconButton(ICONS.next, t("enlarged.next"), step(1)),
      ],
      closed: () => {
        this.tile = null;
      },
    });
    Object.assign(this, { node, title, body, openDialog: open, tile: null });
    this.bar = new ColourBar({ t, colours });
    this.readout = element("p", { class: "rv-readout" });
  }

  get open() {
    return this.node.open;
  }

  /** Show a tile of the row large; `paint(tile)` draws into it as into the one of the row. */
  show(index, view, paint) {
    const moved = this.tile?.index !== index;
    if (moved) {
      const { hover, leave, click } = this.on;
      this.tile = new Tile({ index, name: this.names[index], t: this.t, on: { hover, leave, click }, longest: LONGEST });
      this.tile.setView(view);
      this.title.textContent = this.names[index];
      this.node.style.setProperty("--rv-wide", String(view.width / view.height));
      this.body.replaceChildren(this.tile.node, this.bar.node, this.readout);
    }
    this.openDialog();
    paint(this.tile);
    if (moved) this.tile.face.focus();
  }

  /** Repeat what stands below the row of tiles: the colour bar of a picture and the line of words. */
  repeat(picture, line) {
    this.bar.node.hidden = this.tile.index === 0;
    this.bar.show(picture);
    this.readout.replaceChildren(...[...line.childNodes].map((node) => node.cloneNode(true)));
  }
}
