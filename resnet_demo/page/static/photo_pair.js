// Two photos of the visitor's side by side, stage by stage: their answers are there already.
import { float32 } from "../../viewer/arrays.js";
import { html, nothing } from "../../viewer/lit-html/lit-html.js";
import { Matrix } from "./matrix.js";
import { note, panel, problem, row } from "./panels.js";

export class PhotoPair {
  #matrix;
  #chosen = [null, null]; // keys of photos
  #known = new Map(); // rows of the matrix by the id of their answer, null while they are on their way
  #failed = false;

  constructor(page, changed) {
    this.#matrix = new Matrix(page, changed);
    Object.assign(this, { page, changed });
  }

  draw() {
    const { page } = this;
    const { say, state } = page;
    const there = state.photos.filter(({ answer }) => answer);
    if (there.length < 2) return note(say("pair.few"), page);
    const pair = this.#pair(there);
    const rows = pair.map(({ answer }) => this.#row(answer.id));
    const choice = (photo, place) => html`
      <label class="rd-check">
        ${say("pair.photo", { number: place + 1 })}
        <select class="rd-select" @change=${({ target }) => this.#choose(place, target.value)}>
          ${there.map(({ key, name }) => html`<option value=${key} .selected=${key === photo.key}>${name}</option>`)}
        </select>
      </label>
    `;
    return html`
      ${note(say("pair.about"), page)} ${row(pair.map(choice))}
      ${this.#failed ? problem(page.sentence({ code: "connection", details: {} })) : nothing}
      ${rows.every(Boolean)
        ? panel(say("pair.title"), "photos-compared", page, this.#matrix.draw(rows, page.display?.pin ?? null))
        : nothing}
    `;
  }

  /** The two photos: as chosen where they are still there, else the one in view and the next. */
  #pair(there) {
    const first = there.find(({ key }) => key === this.#chosen[0]) ?? there.find(({ key }) => key === this.page.state.selected) ?? there[0];
    const others = there.filter(({ key }) => key !== first.key);
    return [first, others.find(({ key }) => key === this.#chosen[1]) ?? others[0]];
  }

  #choose(place, key) {
    const pair = this.#pair(this.page.state.photos.filter(({ answer }) => answer)).map((photo) => photo.key);
    // The photo of the other place, chosen here too, changes places with this one.
    if (pair[1 - place] === key) pair[1 - place] = pair[place];
    pair[place] = key;
    this.#chosen = pair;
    if (this.#failed) this.#known.clear(); // asked for once more
    this.#failed = false;
    this.changed();
  }

  #row(id) {
    if (!this.#known.has(id)) {
      this.#known.set(id, null);
      this.page.result(id).then(
        (payload) => {
          this.#known.set(id, rowOf(payload));
          this.changed();
        },
        () => {
          this.#failed = true;
          this.changed();
        },
      );
    }
    return this.#known.get(id);
  }
}

const same = (point) => point;

/** A row of the matrix for the payload of an answer: the same place of the view in both photos. */
function rowOf({ photo, view, network, predictions: [best], target, stages }) {
  const mapOf = ({ cams, rows, columns }) => ({ values: float32(cams["grad-cam"], rows * columns), rows, columns });
  return {
    name: photo.name,
    note: `ResNet-${network.depth}`,
    label: best.label,
    probability: best.probability,
    explained: target.label,
    src: view.src,
    maps: Object.fromEntries(stages.map((stage) => [stage.name, mapOf(stage)])),
    at: same,
    from: same,
  };
}
