// A canvas in a template: drawn when what it shows has changed, and only then.

import { Directive, directive } from "./lit-html/directive.js";

class Painted extends Directive {
  #shown = null;

  update({ element }, [draw, ...shown]) {
    if (this.#shown && shown.every((value, i) => value === this.#shown[i])) return;
    this.#shown = shown;
    draw(element);
  }
}

/** `<canvas ${painted(draw, ...shown)}>`: draw(canvas) whenever one of `shown` is another. */
export const painted = directive(Painted);
