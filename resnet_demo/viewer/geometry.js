// Where things lie. A point is {x, y} in 0..1 of the view, from its top left corner; a box is {left, top, right,
// bottom}, right and bottom excluded. Cell (row, column) of a grid covers an equal share of the view, so a place is at
// the same spot in every stage whatever the stage's resolution.

const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

/** The point under the pointer, or null beside the rectangle (a DOMRect). */
export function pointIn(clientX, clientY, rect) {
  const x = (clientX - rect.left) / rect.width;
  const y = (clientY - rect.top) / rect.height;
  return x >= 0 && x <= 1 && y >= 0 && y <= 1 ? { x, y } : null;
}

/** The cell that holds a point; the right and bottom edge belong to the last cell. */
export function cellAt(point, rows, columns) {
  return {
    row: clamp(Math.floor(point.y * rows), 0, rows - 1),
    column: clamp(Math.floor(point.x * columns), 0, columns - 1),
  };
}

/** The point in the middle of a cell. */
export function cellCentre(cell, rows, columns) {
  return { x: (cell.column + 0.5) / columns, y: (cell.row + 0.5) / rows };
}

/** What a cell covers, as a box in 0..1 of the view. */
export function cellBox(cell, rows, columns) {
  return {
    left: cell.column / columns,
    top: cell.row / rows,
    right: (cell.column + 1) / columns,
    bottom: (cell.row + 1) / rows,
  };
}

/**
 * The theoretical receptive field of a cell, in view pixels: `box` is what of it lies on the view (the rest is
 * padding), `whole` says that this is all of the view, `clipped` that some of it lies outside.
 */
export function receptiveField(cell, field, view) {
  const left = field.start + field.step * cell.column;
  const top = field.start + field.step * cell.row;
  const box = {
    left: clamp(left, 0, view.width),
    top: clamp(top, 0, view.height),
    right: clamp(left + field.size, 0, view.width),
    bottom: clamp(top + field.size, 0, view.height),
  };
  const whole = box.left === 0 && box.top === 0 && box.right === view.width && box.bottom === view.height;
  const clipped = left < 0 || top < 0 || left + field.size > view.width || top + field.size > view.height;
  return { box, whole, clipped, size: field.size };
}

/** A box in view pixels as a box in pixels of the photo; `crop` is where the view lies in the photo. */
export function boxOnPhoto(box, view, crop) {
  const x = (value) => crop.left + (value / view.width) * (crop.right - crop.left);
  const y = (value) => crop.top + (value / view.height) * (crop.bottom - crop.top);
  return { left: x(box.left), top: y(box.top), right: x(box.right), bottom: y(box.bottom) };
}

/** A box in pixels of a picture as {left, top, width, height} in 0..1 of it, clipped to it. */
export function shareOf(box, picture) {
  const left = clamp(box.left / picture.width, 0, 1);
  const top = clamp(box.top / picture.height, 0, 1);
  return {
    left,
    top,
    width: clamp(box.right / picture.width, 0, 1) - left,
    height: clamp(box.bottom / picture.height, 0, 1) - top,
  };
}

/** The pixel of a picture that holds a share of it, counted from 0. */
export function pixelAt(point, picture) {
  return {
    x: clamp(Math.floor(point.x * picture.width), 0, picture.width - 1),
    y: clamp(Math.floor(point.y * picture.height), 0, picture.height - 1),
  };
}

/** A point of the view as a share of the photo. */
export function pointOnPhoto(point, photo, crop) {
  return {
    x: (crop.left + point.x * (crop.right - crop.left)) / photo.width,
    y: (crop.top + point.y * (crop.bottom - crop.top)) / photo.height,
  };
}

/** A share of the photo as a point of the view, or null where the network did not look. */
export function pointOnView(share, photo, crop) {
  const x = (share.x * photo.width - crop.left) / (crop.right - crop.left);
  const y = (share.y * photo.height - crop.top) / (crop.bottom - crop.top);
  return x >= 0 && x <= 1 && y >= 0 && y <= 1 ? { x, y } : null;
}

/** A share of a picture, such as shareOf() makes, as a style that places an element there. */
export function placed(share) {
  return Object.entries(share)
    .map(([side, part]) => `${side}: ${100 * part}%`)
    .join("; ");
}
