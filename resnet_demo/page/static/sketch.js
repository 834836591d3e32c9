// A sheet to draw on with pointer or finger, for a network that has never seen the drawing.
import { html } from "../../viewer/lit-html/lit-html.js";
import { painted } from "../../viewer/painted.js";
import { button, row } from "./panels.js";

const SIDE = 256; // pixels of the drawing

/** `take(file)` gets the drawing as a PNG. */
export class Sketch {
  #last = null;

  constructor(page, take) {
    Object.assign(this, { page, take });
  }

  /** An empty sheet: mid-grey, so that both bright and dark strokes show. */
  #wipe(canvas) {
    const context = canvas.getContext("2d");
    context.fillStyle = "#808080";
    context.fillRect(0, 0, SIDE, SIDE);
  }

  #draw(event, begins) {
    const canvas = event.currentTarget;
    if (begins) canvas.setPointerCapture(event.pointerId);
    else if (!this.#last) return;
    const box = canvas.getBoundingClientRect();
    const at = [((event.clientX - box.left) * SIDE) / box.width, ((event.clientY - box.top) * SIDE) / box.height];
    const context = canvas.getContext("2d");
    const { colour, width } = this.brush(canvas);
    Object.assign(context, { strokeStyle: colour, lineWidth: width, lineCap: "round", lineJoin: "round" });
    context.beginPath();
    context.moveTo(...(begins ? at : this.#last));
    context.lineTo(...at);
    context.stroke();
    this.#last = at;
    event.preventDefault();
  }

  /** What is chosen beside the sheet. */
  brush(canvas) {
    const tools = canvas.parentElement.querySelectorAll("input");
    return { colour: tools[0].value, width: Number(tools[1].value) };
  }

  #send(canvas) {
    canvas.toBlob((blob) => this.take(new File([blob], "drawing.png", { type: "image/png" })), "image/png");
  }

  view() {
    const { say } = this.page;
    const canvasOf = (event) => event.currentTarget.closest(".rd-sketch").querySelector("canvas");
    return html`
      <div class="rd-sketch">
        <canvas
          width=${SIDE}
          height=${SIDE}
          aria-label=${say("sketch.sheet")}
          @pointerdown=${(event) => this.#draw(event, true)}
          @pointermove=${(event) => this.#draw(event, false)}
          @pointerup=${() => (this.#last = null)}
          @pointercancel=${() => (this.#last = null)}
          ${painted((canvas) => this.#wipe(canvas))}
        ></canvas>
        <label>${say("sketch.colour")} <input type="color" value="#ffffff" /></label>
        <label>${say("sketch.width")} <input type="range" min="2" max="40" value="8" /></label>
        ${row(
          button(say("sketch.ask"), true, (event) => this.#send(canvasOf(event)), "rd-primary"),
          button(say("sketch.clear"), true, (event) => this.#wipe(canvasOf(event))),
        )}
      </div>
    `;
  }
}
