// The tour: six steps that each point at a real control and wait until it was used. Loaded when it begins.
import { html, render } from "../../viewer/lit-html/lit-html.js";
import { remember } from "./resources.js";
import { isDone, linkOf, STEPS } from "./tour_steps.js";

/** Begins the tour at a step, 1 to 6. Returns {show, end}: `show` is called whenever the page has changed. */
export function beginTour(page, sheets, first, ended) {
  const host = document.body.appendChild(document.createElement("div"));
  host.id = "rd-tour";
  const root = host.attachShadow({ mode: "open" });
  root.adoptedStyleSheets = sheets;
  let step = first;
  let began = null;
  let done = false;
  let control = null; // the element that is pointed at
  let frame = null;

  const current = () => STEPS[step - 1];

  function find() {
    const { part, at, tab } = current();
    if (!part) return document.querySelector(`#rd-tabs [role=tab][data-tab-id="${tab}"]`);
    return at
      .split(", ")
      .map((selector) => page.parts.rootOf(part)?.querySelector(selector))
      .find((element) => element?.getClientRects().length);
  }

  function go(to) {
    step = to;
    began = current().seen(page) ?? null;
    done = current().wanted !== undefined && isDone(current(), page, began);
    control = find();
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    control?.scrollIntoView({ block: "center", behavior: calm ? "auto" : "smooth" });
    history.replaceState(history.state, "", (linkOf(location.search, step) || location.pathname) + location.hash);
    draw();
    root.querySelector(".rd-tour-card").focus({ preventScroll: true });
  }

  function show() {
    if (!done && isDone(current(), page, began)) done = true;
    draw();
  }

  function end() {
    cancelAnimationFrame(frame);
    host.remove();
    remember("tour", "true");
    history.replaceState(history.state, "", (linkOf(location.search, null) || location.pathname) + location.hash);
    ended();
  }

  /** In the card alone: elsewhere Escape lets go of the pin. */
  const onKey = (event) => {
    if (event.key === "Escape") end();
  };

  /** The ring stays on the control while the page scrolls and grows. */
  function follow() {
    if (!control?.isConnected) control = find();
    const ring = root.querySelector(".rd-tour-ring");
    const box = control?.getBoundingClientRect();
    ring.hidden = !box?.width;
    if (box) {
      ring.style.cssText = `left: ${box.left - 4}px; top: ${box.top - 4}px; width: ${box.width + 8}px; height: ${box.height + 8}px`;
    }
    frame = requestAnimationFrame(follow);
  }

  function draw() {
    const { say } = page;
    const { name } = current();
    const last = step === STEPS.length;
    const onward = () => (last ? end() : go(step + 1));
    render(
      html`
        <div class="rd-tour-ring" aria-hidden="true"></div>
        <section class="rd-tour-card" role="dialog" aria-modal="false" aria-labelledby="rd-tour-title" tabindex="-1" @keydown=${onKey}>
          <p class="rd-fine rd-muted">${say("tour.step", { step, count: STEPS.length })}</p>
          <h2 id="rd-tour-title">${say(`tour.${name}.title`)}</h2>
          <p>${say(`tour.${name}.text`)}</p>
          <p class="rd-tour-do" role="status">${say(done ? `tour.${name}.done` : `tour.${name}.do`)}</p>
          <div class="rd-row">
            <button type="button" class=${done ? "rd-primary" : "rd-quiet"} @click=${onward}>
              ${say(last ? "tour.finish" : done ? "tour.next" : "tour.skip")}
            </button>
            ${step > 1 ? html`<button type="button" class="rd-quiet" @click=${() => go(step - 1)}>${say("tour.back")}</button>` : ""}
            ${last ? "" : html`<button type="button" class="rd-link" @click=${end}>${say("tour.end")}</button>`}
          </div>
        </section>
      `,
      root,
    );
  }

  draw();
  follow();
  go(step);
  return { show, end };
}
