// The address bar: what is on screen but for an upload, and which of its changes Back undoes. Pure.
import { KINDS } from "../../viewer/display.js";

const SCALES = ["own", "one"];
const OURS = ["depth", "weights", "class", "contrast", "stage", "example", "tab", "kind", "scale", "pin", "channel"];
const LONGEST = 40; // letters of a value that are repeated to the visitor

/**
 * What a query asks for: `depth`, `weights`, the class keys `target` and `contrast`, `stage`, `example`, `tab`, the `kind`
 * of map, whether all have one scale (`shared`), the `pin` ({x, y} of the view, 0 to 1) and the `channel` ({stage, channel})
 * whose card is open, null for what it does not ask for. `networks`, `stages`, `examples` and `tabs` say what there is; `unknown` lists what of the query is none of it.
 */
export function parseLink(query, { networks, stages, examples, tabs }) {
  const asked = new URLSearchParams(query);
  const oneOf = (name, known) => (known.includes(asked.get(name)) ? asked.get(name) : null);
  const key = (name) => (/^(n\d{8}|\d{1,4})$/.test(asked.get(name) ?? "") ? asked.get(name) : null);
  const depth = Object.hasOwn(networks, asked.get("depth")) ? Number(asked.get("depth")) : null;
  const choices = networks[depth]?.choices ?? [];
  const scale = oneOf("scale", SCALES);
  const found = {
    depth,
    weights: oneOf(
      "weights",
      choices.map(({ name }) => name),
    ),
    target: key("class"),
    contrast: key("contrast"),
    stage: oneOf("stage", ["view", ...stages]),
    example: oneOf("example", examples),
    tab: oneOf("tab", tabs),
    kind: oneOf("kind", KINDS),
    shared: scale && scale === "one",
    pin: pointOf(asked.get("pin")),
    channel: channelOf(asked.get("channel"), stages),
  };
  const taken = { ...found, class: found.target, scale };
  const unknown = OURS.filter((name) => asked.has(name) && taken[name] === null);
  return { ...found, unknown: unknown.map((name) => `${name}=${asked.get(name).slice(0, LONGEST)}`) };
}

function pointOf(text) {
  const [x, y, ...more] = (text ?? "").split(",").map((each) => (/^[01](\.\d{1,6})?$/.test(each) ? Number(each) : NaN));
  return more.length === 0 && x <= 1 && y <= 1 ? { x, y } : null;
}

function channelOf(text, stages) {
  const [, stage, channel] = (text ?? "").match(/^(\w+)\.(\d{1,4})$/) ?? [];
  return stages.includes(stage) ? { stage, channel: Number(channel) } : null;
}

/**
 * The query for what is on screen, keeping parameters that belong to others (a theme, a language). `display` is how maps
 * are looked at, null where no viewer has told it yet: then those parts stay as they are.
 */
export function linkFor({ depth, weights, target, contrast, stage, example, channel, tab, display }, query = "") {
  const link = new URLSearchParams(query);
  const parts = { depth, weights, class: target, contrast, stage, example, tab };
  parts.channel = channel && `${channel.stage}.${channel.channel}`;
  if (display) {
    const { kind, shared, pin } = display;
    Object.assign(parts, { kind, scale: SCALES[Number(shared)], pin: pin && `${rounded(pin.x)},${rounded(pin.y)}` });
  }
  for (const [name, value] of Object.entries(parts)) {
    if (value === null || value === undefined) link.delete(name);
    else link.set(name, String(value));
  }
  return `?${link.toString().replaceAll("%2C", ",")}`;
}

/** A query in which a parameter of others, where it is there, has the value that was chosen since. */
export function withChoice(query, name, value) {
  const link = new URLSearchParams(query);
  if (!link.has(name)) return query;
  link.set(name, value);
  return `?${link}`;
}

/** A query in which the card of a channel, {stage, channel}, is open. */
export function withChannel(query, { stage, channel }) {
  const link = new URLSearchParams(query);
  link.set("channel", `${stage}.${channel}`);
  return `?${link}`;
}

const rounded = (share) => Math.round(1e4 * share) / 1e4;

/**
 * Whether a visitor who comes from one place to another expects Back to lead there again. A place is {photo, example,
 * depth, weights, tab}: another photo, network or tab is a step; classes and looks are not, nor is a photo that is gone.
 */
export function isStep(before, now, photos) {
  if (!before || ["photo", "depth", "weights", "tab"].every((name) => before[name] === now[name])) return false;
  return before.example !== null || photos.some(({ key }) => key === before.photo);
}
