// Words: sentences by key, with {places} for what is filled in.

/** A sentence with its places filled in; {megapixels*100} is a number times another, as Chinese counts in ten thousands. */
export function fill(template, values = {}) {
  return template.replace(/\{(\w+)(?:\*(\d+))?\}/g, (whole, name, times) => {
    if (!(name in values)) return whole;
    return String(times ? Math.round(values[name] * times * 1e6) / 1e6 : values[name]);
  });
}

/** A sentence in pieces, so that a place can be a DOM node: texts and the nodes in order. */
export function pieces(template, nodes) {
  return template
    .split(/(\{\w+\})/)
    .filter((piece) => piece !== "")
    .map((piece) => nodes[piece.match(/^\{(\w+)\}$/)?.[1]] ?? piece);
}

/** The reader of a table of texts: (key, values) to a sentence. A key without a text is a mistake and raised as one. */
export function readerOf(texts) {
  return (key, values) => {
    if (!(key in texts)) throw new Error(`there is no text ${key}`);
    return fill(texts[key], values);
  };
}
