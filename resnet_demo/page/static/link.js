// The address bar: depth, weights, class, contrast, stage, example and channel; never an upload. Pure.

/** What a query asks for, unknown or malformed parts left out. `networks`, `stages` and `examples` say what there is. */
export function parseLink(query, { networks, stages, examples }) {
  const asked = new URLSearchParams(query);
  const depth = Number(asked.get("depth"));
  const found = {
    depth: networks[depth] ? depth : null,
    weights: null,
    target: null,
    contrast: null,
    stage: null,
    example: null,
    channel: null,
  };
  const choices = networks[found.depth]?.choices ?? [];
  if (choices.some((choice) => choice.name === asked.get("weights"))) found.weights = asked.get("weights");
  if (examples.includes(asked.get("example"))) found.example = asked.get("example");
  for (const part of ["target", "contrast"]) {
    const key = asked.get(part === "target" ? "class" : part);
    if (/^(n\d{8}|\d{1,4})$/.test(key ?? "")) found[part] = key;
  }
  if (stages.includes(asked.get("stage"))) found.stage = asked.get("stage");
  const [, stage, channel] = (asked.get("channel") ?? "").match(/^(\w+)\.(\d{1,4})$/) ?? [];
  if (stages.includes(stage)) found.channel = { stage, channel: Number(channel) };
  return found;
}

/** The query for what is on screen, keeping parameters that belong to others (a theme, a language). */
export function linkFor({ depth, weights, target, contrast, stage, example, channel }, query = "") {
  const link = new URLSearchParams(query);
  const parts = { depth, weights, class: target, contrast, stage, example };
  if (channel) parts.channel = `${channel.stage}.${channel.channel}`;
  else link.delete("channel");
  for (const [name, value] of Object.entries(parts)) {
    if (value === null || value === undefined) link.delete(name);
    else link.set(name, String(value));
  }
  return `?${link}`;
}
