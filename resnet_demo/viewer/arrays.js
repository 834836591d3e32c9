// Arrays as they come from Python: base64 of row-major little-endian numbers, which is how every browser keeps them too.

/** The bytes of a base64 text. */
function bytesOf(base64) {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

function checked(bytes, length, width) {
  if (bytes.length !== length * width) {
    throw new Error(`an array of ${length} numbers has ${length * width} bytes, but ${bytes.length} came`);
  }
  return bytes;
}

/** `length` float32 numbers, exactly as Python sent them. */
export function float32(base64, length) {
  return new Float32Array(checked(bytesOf(base64), length, 4).buffer);
}

const KINDS = { uint8: Uint8Array, float32: Float32Array, float64: Float64Array, int32: Int32Array };

const decoded = new WeakMap(); // arrays of documents to their numbers: a picture asks for them whenever it is drawn

/** The numbers of an array as a document writes it (results/json.py): {dtype, shape, base64}, in row order. */
export function numbersOf(array) {
  if (!decoded.has(array)) {
    const { dtype, shape, base64 } = array;
    const kind = KINDS[dtype];
    const length = shape.reduce((product, size) => product * size, 1);
    decoded.set(array, new kind(checked(bytesOf(base64), length, kind.BYTES_PER_ELEMENT).buffer));
  }
  return decoded.get(array);
}

/** A document's array of two axes as a map: {values, rows, columns}. */
export const mapOf = (array) => ({ values: numbersOf(array), rows: array.shape[0], columns: array.shape[1] });

/** A document's array of three axes as a list of maps. */
export function mapsOf(array) {
  const [count, rows, columns] = array.shape;
  const values = numbersOf(array);
  const size = rows * columns;
  return Array.from({ length: count }, (_, i) => ({ values: values.subarray(i * size, (i + 1) * size), rows, columns }));
}

/** The address of a picture as a document writes it: {png}. */
export const pictureOf = ({ png }) => `data:image/png;base64,${png}`;

/** One IEEE 754 half: sign, 5 bits of exponent, 10 of fraction. */
export function halfToNumber(half) {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 31;
  const fraction = half & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

let halves = null; // all 65,536 of them, made when the first array comes: a look-up is ten times as quick as the sum

/** `length` float16 numbers, each times `scale`. */
export function float16(base64, length, scale = 1) {
  halves ??= Float32Array.from({ length: 65536 }, (_, half) => halfToNumber(half));
  const codes = new Uint16Array(checked(bytesOf(base64), length, 2).buffer);
  const values = new Float32Array(length);
  for (let i = 0; i < length; i++) values[i] = halves[codes[i]] * scale;
  return values;
}

/**
 * The smallest and largest finite value and where the first of each lies (its index); of an array without one, zeros
 * and an index of -1.
 */
export function rangeOf(values) {
  let min = Infinity;
  let max = -Infinity;
  let argmin = -1;
  let argmax = -1;
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (!Number.isFinite(value)) continue;
    if (value < min) [min, argmin] = [value, i];
    if (value > max) [max, argmax] = [value, i];
  }
  return argmax < 0 ? { min: 0, max: 0, argmin, argmax } : { min, max, argmin, argmax };
}
