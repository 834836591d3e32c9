// From the payload, the display and the pin to what stands on the screen, tile by tile: everything that is drawn or
// said is decided here, and the drawing parts only draw it. `read()` of the viewer hands this out.

import { float32, rangeOf } from "./arrays.js";
import * as geometry from "./geometry.js";
import { evidenceIn, placeOnScale, scaleOf, shareOfLargest } from "./scale.js";

/** The payload with its arrays unpacked: each stage gets `maps`, {kind: {values, range}}. */
export function unpack(payload) {
  const stages = payload.stages.map((stage) => {
    const maps = {};
    for (const [kind, base64] of Object.entries(stage.cams)) {
      const values = float32(base64, stage.rows * stage.columns);
      maps[kind] = { values, range: rangeOf(values) };
    }
    return { ...stage, maps };
  });
  return { ...payload, stages };
}

/** The grids of the tiles, for the keys of the pin. The view's own is the finest of the stages'. */
export function gridsOf(analysis) {
  const finest = analysis.stages.reduce((a, b) => (b.rows * b.columns > a.rows * a.columns ? b : a));
  return [finest, ...analysis.stages].map(({ rows, columns }) => ({ rows, columns }));
}

/**
 * What to draw. `tiles` holds one entry a stage: its scale, whether there is evidence to show, its largest and smallest
 * value, and with a pin the cell that holds it, its value and its receptive field. `bar` is the colour bar: that of
 * the chosen stage, or of the last one while the view is chosen, with a mark where the pin's value lies. `place` is the
 * pin in pixels of view and photo. `trust` has by stage and kind the rank correlation of a map with what single cells were
 * measured to be worth, as far as that is known; a tile has its own, undefined where it is not.
 */
export function pictureOf(analysis, display, pin, trust = {}) {
  const maps = analysis.stages.map((stage) => stage.maps[display.kind]);
  const ranges = maps.map((map) => map.range);
  const tiles = analysis.stages.map((stage, i) => tileOf(stage, maps[i], ranges, display, pin, analysis.view, trust));
  for (const tile of tiles) tile.wrote = analysis.split?.find(({ name }) => name === tile.name)?.value ?? null;
  // The network's own last layer is the linear classifier that reads the last stage.
  if (tiles.at(-1).guess) tiles.at(-1).guess = ownGuess(analysis.predictions[0], display);
  const chosen = tiles[pin.tile > 0 ? pin.tile - 1 : tiles.length - 1];
  const mark = chosen.evidence === "shown" && chosen.value !== null ? placeOnScale(chosen.value, chosen.scale) : null;
  return {
    kind: display.kind,
    display,
    tile: pin.tile,
    pinned: pin.pinned,
    tiles,
    bar: { name: chosen.name, scale: chosen.scale, evidence: chosen.evidence, shared: display.shared, mark },
    place: pin.point ? placeOf(pin.point, analysis) : null,
  };
}

function tileOf(stage, map, ranges, display, pin, view, trust) {
  const { rows, columns } = stage;
  const cellOf = (index) => (index < 0 ? null : { row: Math.floor(index / columns), column: index % columns });
  const tile = {
    name: stage.name,
    rows,
    columns,
    channels: stage.channels,
    max: map.range.max,
    min: map.range.min,
    maxAt: cellOf(map.range.argmax),
    minAt: cellOf(map.range.argmin),
    scale: scaleOf(map.range, display, ranges),
    evidence: evidenceIn(map.range, display.signed),
    share: shareOfLargest(map.range, ranges, display),
    guess: stage.guess,
    wrote: null,
    agreement: display.kind === "grad-cam" ? null : stage.agreement[display.kind],
    trust: trust[stage.name]?.[display.kind],
    cell: null,
    value: null,
    field: null,
  };
  if (!pin.point) return tile;
  tile.cell = geometry.cellAt(pin.point, rows, columns);
  tile.value = map.values[tile.cell.row * columns + tile.cell.column];
  tile.field = geometry.receptiveField(tile.cell, stage.receptive_field, view);
  return tile;
}

const ownGuess = (best, { untempered }) => ({ ...best, probability: untempered ? best.untempered : best.probability, own: true });

function placeOf(point, { photo, view, box }) {
  const onPhoto = geometry.pointOnPhoto(point, photo, box);
  return { point, onPhoto, view: geometry.pixelAt(point, view), photo: geometry.pixelAt(onPhoto, photo) };
}
