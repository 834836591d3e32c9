// The visitor's photos: a strip to choose from, what could not be read, and all answers as a table.
import { ICONS, el, icon } from "./dom.js";
import { formatProbability } from "../../viewer/numbers.js";
import { rows } from "./state.js";

export function mountStrip(element, page) {
  const strip = el("div", { class: "rd-strip", role: "group" });
  const problems = el("div", { class: "rd-problems", role: "alert" });
  const summary = el("summary");
  const table = el("table", { class: "rd-table" });
  const details = el(
    "details",
    { class: "rd-details" },
    summary,
    el("div", { class: "rd-scroll", tabIndex: 0, role: "region" }, table),
  );
  const live = el("div", { class: "rd-hidden", role: "status" });
  element.replaceChildren(el("div", { class: "rd-photos" }, strip, problems, details, live));

  function tile(photo) {
    const { say } = page;
    const condition = photo.error
      ? "failed"
      : photo.uploading
        ? "uploading"
        : photo.wanted && page.state.running
          ? "waiting"
          : photo.answer
            ? "done"
            : "stopped";
    const label = photo.answer?.top[0]?.label;
    const picture = photo.thumb
      ? el("img", { src: photo.thumb, alt: "", on: { error: (event) => event.target.replaceWith(blank(photo)) } })
      : blank(photo);
    return el(
      "div",
      { class: `rd-photo rd-${condition}` },
      el(
        "button",
        {
          type: "button",
          class: "rd-thumb",
          "aria-pressed": String(photo.key === page.state.selected),
          title: photo.name,
          "aria-label": say(`photo.${condition}`, { name: photo.name, label: label ?? "" }),
          on: { click: () => page.select(photo.key) },
        },
        picture,
      ),
      el(
        "button",
        {
          type: "button",
          class: "rd-remove",
          "aria-label": say("photo.remove", { name: photo.name }),
          on: { click: () => page.remove(photo.key) },
        },
        icon(ICONS.close),
      ),
    );
  }

  const blank = (photo) =>
    el("span", { class: "rd-blank", textContent: photo.name.split(".").pop().slice(0, 4).toUpperCase() });

  function problem(photo) {
    return el(
      "p",
      { class: "rd-problem" },
      el("span", { textContent: page.sentence(photo.error) }),
      el(
        "button",
        {
          type: "button",
          class: "rd-icon-button",
          "aria-label": page.say("photo.remove", { name: photo.name }),
          on: { click: () => page.remove(photo.key) },
        },
        icon(ICONS.close),
      ),
    );
  }

  function show() {
    const { say, state } = page;
    const several = state.photos.length > 1;
    strip.hidden = !several;
    strip.setAttribute("aria-label", say("photos.title"));
    const focused = [...strip.querySelectorAll(".rd-thumb")].indexOf(document.activeElement);
    strip.replaceChildren(...(several ? state.photos.map(tile) : []));
    if (focused >= 0) strip.querySelectorAll(".rd-thumb")[focused]?.focus();

    const failed = state.photos.filter((photo) => photo.error);
    const wrong = [
      ...failed.map(problem),
      ...page.refused.map((text) => el("p", { class: "rd-problem", textContent: text })),
    ];
    problems.hidden = !wrong.length;
    problems.replaceChildren(...wrong);

    details.hidden = !several;
    summary.textContent = say("table.title", { count: state.photos.length });
    details.lastElementChild.setAttribute("aria-label", say("table.title", { count: state.photos.length }));
    table.replaceChildren(
      el(
        "thead",
        {},
        el(
          "tr",
          {},
          ...["table.file", "table.label", "table.probability", "table.margin", "table.network"].map((key, place) =>
            el("th", {
              scope: "col",
              class: place === 2 || place === 3 ? "rd-number" : "",
              textContent: say(key),
              title: say(`${key}.meaning`),
            }),
          ),
        ),
      ),
      el("tbody", {}, ...rows(state).map(row)),
    );
  }

  function row({ key, name, label, probability, margin, depth, due, error }) {
    const cells = error
      ? [el("td", { colSpan: 4, class: "rd-bad", textContent: page.sentence(error) })]
      : label === null
        ? [el("td", { colSpan: 4, textContent: due ? page.say("table.waiting") : page.say("table.stopped") })]
        : [
            el("td", { textContent: label }),
            el("td", { class: "rd-number", textContent: formatProbability(probability) }),
            el("td", { class: "rd-number", textContent: margin === null ? "" : formatProbability(margin) }),
            el("td", { textContent: `ResNet-${depth}` }),
          ];
    return el(
      "tr",
      { "aria-selected": String(key === page.state.selected), class: due ? "rd-due" : "" },
      el(
        "td",
        {},
        el("button", { type: "button", class: "rd-link", textContent: name, on: { click: () => page.select(key) } }),
      ),
      ...cells,
    );
  }

  /** Tell a screen reader of a new answer. */
  function announce(sentence) {
    live.textContent = sentence;
  }
  return { show, announce };
}
