// What Gradio's own components show. Each is told only what has changed: a field that is told its choices again forgets
// what is being typed into it.
import { weightsTitle } from "./words.js";
import { formatCount, formatSize } from "../../viewer/numbers.js";

/** The choice "no other class" of the second search field. */
export const NONE = "none";

/** The places of the components in the list that `build.py` hands on. */
export const PLACES = { depth: 0, weights: 1, target: 2, contrast: 3, run: 4, stop: 5 };

export class Controls {
  #told = [];

  /** Updates for the depth, the weights, both classes, Run, Stop and the `tabs`, in this order. */
  updates(page, tabs) {
    const { say, state, networks } = page;
    const { target, contrast } = page.explained();
    const classes = networks.classes.map((each) => [bothNames(each), each.key]);
    const choices = networks.byDepth?.[state.depth]?.choices ?? [];
    const wanted = [
      { label: say("depth.title"), value: String(state.depth) },
      {
        label: say("weights.title"),
        choices: choices.map((each) => [weightsLabel(each, say), each.name]),
        value: page.chosenWeights()?.name ?? null,
      },
      { label: say("class.target"), choices: classes, value: target },
      {
        label: say("class.contrast"),
        choices: [[say("class.none"), NONE], ...classes],
        value: contrast ?? NONE,
      },
      { value: say("run") },
      { value: say("stop"), interactive: state.running },
      ...tabs.map((tab) => ({ label: say(`tab.${tab}`) })),
    ];
    return wanted.map((fields, place) => {
      const text = JSON.stringify(fields);
      if (text === this.#told[place]) return undefined;
      this.#told[place] = text;
      return { __type__: "update", ...fields };
    });
  }

  /** The visitor has changed a control: it no longer shows what it was told. */
  touched(...places) {
    for (const place of places) this.#told[place] = null;
  }
}

/** A class as it is searched for: by its name in the visitor's language, and by its label. */
export const bothNames = ({ label, english }) => (label === english ? label : `${label} ${english}`);

/** Two lines: what it is, and how much it knows and where it is. */
function weightsLabel(choice, say) {
  const { classes, available, downloadable, size_bytes } = choice;
  const far = downloadable ? say("weights.far", { size: formatSize(size_bytes) }) : say("weights.none");
  const known = classes === null ? [] : [say("weights.classes", { classes: formatCount(classes) })];
  return `${weightsTitle(choice, say)}\n${[...known, available ? say("weights.here") : far].join(" · ")}`;
}

/** Which way arrow keys go in a row of choices. */
export const STEPS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

/** What people expect of such fields, and Gradio's do not do by themselves. */
export function finishFields(page) {
  for (const id of ["rd-target", "rd-contrast"]) {
    // Gradio narrows its list when a key goes down; what is pasted, or comes from an input method, comes without one.
    document.getElementById(id).addEventListener("input", ({ target }) =>
      setTimeout(() => target.dispatchEvent(new KeyboardEvent("keydown", { key: "Unidentified", bubbles: true }))),
    );
    document.getElementById(id).addEventListener("focusin", ({ target }) =>
      setTimeout(() => {
        target.select?.(); // what is typed takes the place of what stands there
        showChosen(document.getElementById(target.getAttribute("aria-controls")), placeIn(page, id));
      }),
    );
  }
  // Each of Gradio's radio buttons is a group of its own: here arrow keys go from one to the next, and Tab passes all.
  for (const id of ["rd-depth", "rd-weights"]) {
    const group = document.getElementById(id);
    group.setAttribute("role", "radiogroup");
    const rove = () => oneTabStop([...group.querySelectorAll("input[type=radio]")]);
    new MutationObserver(rove).observe(group, { subtree: true, childList: true, attributeFilter: ["class"] });
    rove();
    group.addEventListener("keydown", (event) => {
      const buttons = [...group.querySelectorAll("input[type=radio]")];
      const at = buttons.indexOf(event.target);
      if (at < 0 || !STEPS[event.key]) return;
      event.preventDefault();
      const next = buttons.at((at + STEPS[event.key]) % buttons.length);
      next.focus();
      next.click();
    });
  }
}

/** The place of what is chosen in the list of a class field, counted from 0; -1 where it is none of them. */
function placeIn(page, id) {
  const place = (key) => page.networks.classes.findIndex((each) => each.key === key);
  const { target, contrast } = page.explained();
  return id === "rd-target" ? place(target) : 1 + place(contrast); // "no other class" comes first
}

/** Of a group of radio buttons only the chosen one, or the first, is reached with Tab. */
function oneTabStop(buttons) {
  const reached = buttons.find((button) => button.checked) ?? buttons[0];
  for (const button of buttons) button.tabIndex = button === reached ? 0 : -1;
}

/** Scroll a list to its choice number `place`; Gradio makes choices as they come into view, so this takes some steps. */
function showChosen(list, place, steps = 40) {
  const height = list?.querySelector("[role=option]")?.offsetHeight;
  if (!height || place < 0) return;
  const wanted = height * place - list.clientHeight / 3;
  list.scrollTop = wanted;
  if (list.scrollTop < wanted - 1 && steps > 0) requestAnimationFrame(() => showChosen(list, place, steps - 1));
}

/** The name of each group, for those who do not see it. */
export function nameFields(say) {
  document.documentElement.style.setProperty("--rd-no-class", JSON.stringify(say("class.no_such")));
  document.getElementById("rd-depth").setAttribute("aria-label", say("depth.title"));
  document.getElementById("rd-weights").setAttribute("aria-label", say("weights.title"));
}
