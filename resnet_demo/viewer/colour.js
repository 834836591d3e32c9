// Colour maps: 256 colours each, six hexadecimal digits a colour in one string (colour_maps.json).

/**
 * For evidence one way. The first three are perceptually uniform, legible to the colour-blind and in print; turbo and
 * jet are for pictures to lay beside older ones: their lightness rises and falls, so that they show edges where the
 * map has none.
 */
export const SEQUENTIAL = ["viridis", "magma", "cividis", "turbo", "jet"];

/** For evidence both ways: as light on either side, white where there is none. */
export const DIVERGING = "blue-white-red";

/** The 256 colours of a map as 768 bytes: red, green, blue. */
export function coloursOf(hexadecimal) {
  const bytes = new Uint8Array(hexadecimal.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = parseInt(hexadecimal.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}

/** The colour at 0..1 along a map: [red, green, blue]. */
export function colourAt(colours, place) {
  const last = colours.length / 3 - 1;
  const index = 3 * Math.round(Math.min(1, Math.max(0, place)) * last);
  return [colours[index], colours[index + 1], colours[index + 2]];
}
