// A tile enlarged, in a dialog: the same marks, values and keys as in the row, and steps to its neighbours.

import { colourBar } from "./colour_bar.js";
import { dialog, iconButton } from "./dialog.js";
import { html, nothing } from "./lit-html/lit-html.js";

/**
 * The dialog, empty while `index`, the tile's, is null. `tile` is the tile, and `line` the words for its place; `step(by)`
 * asks for a neighbour, `closed` is told when the dialog closes.
 */
export const enlarged = ({ index, names, tile, line, picture, analysis, t, colours, step, closed }) =>
  dialog({
    label: t("enlarged.label"),
    style: "rv-enlarged",
    title: index ? names[index] : t("tile.view"),
    close: t("enlarged.close"),
    buttons: [
      iconButton("previous", t("enlarged.previous"), () => step(-1)),
      iconButton("next", t("enlarged.next"), () => step(1)),
    ],
    closed,
    wide: analysis.view.width / analysis.view.height,
    content: index === null ? nothing : html`${tile} ${index ? colourBar(picture, analysis, { t, colours }) : nothing} ${line}`,
  });
