// The steps of the tour: which control each points at, and how it is seen that the visitor has used it. Pure but for the
// page's state, which is handed in.

/**
 * In the order of the data. `at` is the control, as a selector within the part `part`; `seen(page)` is what the step
 * watches, and the step is done as soon as that is `wanted`, or, where nothing is, another than when it began.
 */
export const STEPS = [
  { name: "photo", part: "picker", at: ".rd-examples, .rd-drop", seen: ({ payload }) => payload?.photo.name },
  { name: "stem", part: "explorer", at: '.rv-tile[data-name="stem"]', seen: ({ stage }) => stage, wanted: "stem" },
  { name: "stages", part: "explorer", at: '.rv-tile[data-name="layer4"]', seen: ({ stage }) => stage, wanted: "layer4" },
  { name: "evidence", part: "explorer", at: ".rv-bars", seen: ({ payload }) => payload?.target.index },
  { name: "block", tab: "block", seen: ({ tab }) => tab, wanted: "block" },
  { name: "doubt", tab: "trust", seen: ({ tab }) => tab, wanted: "trust" },
];

/** Whether the visitor has done what a step asks; `began` is what was seen when it began. */
export function isDone({ seen, wanted }, page, began) {
  const now = seen(page) ?? null;
  return wanted === undefined ? now !== null && now !== began : now === wanted;
}

/** The step that a link asks for, 1 to 6; null for none. */
export function stepOf(query) {
  const asked = Number(new URLSearchParams(query).get("tour"));
  return Number.isInteger(asked) && asked >= 1 && asked <= STEPS.length ? asked : null;
}

/** The query with this step in it; without the tour for null. */
export function linkOf(query, step) {
  const link = new URLSearchParams(query);
  if (step === null) link.delete("tour");
  else link.set("tour", String(step));
  const text = link.toString();
  return text ? `?${text}` : "";
}
