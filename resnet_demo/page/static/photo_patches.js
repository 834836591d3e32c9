// The patches of photos that excite a channel most, as its card shows them and, on pointing, the atlas's wall.
import { numbersOf } from "../../viewer/arrays.js";
import { cellBox, placed, receptiveField } from "../../viewer/geometry.js";
import { html, nothing } from "../../viewer/lit-html/lit-html.js";
import { formatProbability, formatValue } from "../../viewer/numbers.js";
import { link } from "./panels.js";

const LARGE = 0.25; // of a patch's side: a cell that is more is hardly less than the patch

/**
 * Those of one channel, best first: {photo, value, relative, cell, box}; `box` is the cell's receptive field in pixels of
 * the view and `cell` where the cell lies there, both {left, top, right, bottom}.
 */
export function patchesOfChannel({ photos, view_size: side, stages }, stage, channel) {
  const { photos: places, cells, values, rows, columns, field } = stages[stage];
  const count = places.shape[1];
  const of = (array) => numbersOf(array).subarray(channel * count, (channel + 1) * count);
  const [best] = of(values);
  return [...of(places)]
    .map((place, i) => {
      const cell = { row: Math.floor(of(cells)[i] / columns), column: of(cells)[i] % columns };
      const { left, top, right, bottom } = cellBox(cell, rows, columns);
      return {
        photo: photos[place],
        value: of(values)[i],
        relative: of(values)[i] / best,
        cell: { left: left * side, top: top * side, right: right * side, bottom: bottom * side },
        box: receptiveField(cell, field, { width: side, height: side }).box,
      };
    })
    .filter(({ photo }) => photo !== undefined);
}

/** Where a patch, its photo and its cell stand in a square, as {left, top, width, height} in parts of what they lie in. */
export function patchPlaces({ box, cell }, { view_size: side, seen }) {
  const width = box.right - box.left;
  const height = box.bottom - box.top;
  const longest = Math.max(width, height);
  const whole = side / (seen.right - seen.left); // of the photo, in pixels of the view
  const within = (left, top, right, bottom) => ({
    left: (left - box.left) / width,
    top: (top - box.top) / height,
    width: (right - left) / width,
    height: (bottom - top) / height,
  });
  const [left, top] = [-seen.left * whole, -seen.top * whole];
  return {
    patch: {
      left: (1 - width / longest) / 2,
      top: (1 - height / longest) / 2,
      width: width / longest,
      height: height / longest,
    },
    photo: within(left, top, left + whole, top + whole),
    cell: within(cell.left, cell.top, cell.right, cell.bottom),
  };
}

const addressOf = (photo, page) => page.url(`ui/photos/${encodeURIComponent(photo)}`);

function picture(patch, patches, page) {
  const places = patchPlaces(patch, patches);
  return html`<span class="rd-patch" aria-hidden="true">
    <span style=${placed(places.patch)}>
      <img src=${addressOf(patch.photo, page)} alt="" draggable="false" style=${placed(places.photo)} />
      ${places.cell.width <= LARGE ? html`<i class="rd-cell" style=${placed(places.cell)}></i>` : nothing}
    </span>
  </span>`;
}

/** The picture of the patch that excites a channel most; nothing for a channel that none excites. */
export function bestPatch(patches, stage, channel, page) {
  const [best] = patchesOfChannel(patches, stage, channel);
  return best ? picture(best, patches, page) : nothing;
}

/** The pictures alone, three a row. */
export const patchMosaic = (patches, stage, channel, page) => html`
  <span class="rd-mosaic">
    ${patchesOfChannel(patches, stage, channel).map((patch) => picture(patch, patches, page))}
  </span>
`;

/** All with what they are cut from, `told` by photo; a click takes the whole photo into the run. */
export function patchList(patches, stage, channel, told, page) {
  const { say } = page;
  const titleOf = (photo) => told?.[photo]?.title[page.language] ?? photo;
  const by = (photo) => (told?.[photo] ? say("patches.by", told[photo]) : "");
  const take = async (photo) => {
    const response = await fetch(addressOf(photo, page));
    if (response.ok) page.addFiles([new File([await response.blob()], photo, { type: "image/webp" })]);
  };
  const item = (patch) => {
    const title = titleOf(patch.photo);
    return html`<li data-photo=${patch.photo}>
      ${picture(patch, patches, page)}
      <b>${formatValue(patch.value)}</b> <span>${formatProbability(patch.relative)}</span>
      <span class="rd-patch-name" title=${by(patch.photo)}>${title}</span>
      ${link(say("patches.open"), () => take(patch.photo))}
    </li>`;
  };
  return html`<ol class="rd-patches">${patchesOfChannel(patches, stage, channel).map(item)}</ol>`;
}
