// The kind of map: a menu, what it is, its paper, and how far it agrees with Grad-CAM in each stage.

import { menu } from "./controls.js";
import { KINDS } from "./display.js";
import { html, nothing } from "./lit-html/lit-html.js";
import { formatCorrelation } from "./numbers.js";

/** The papers the kinds come from. */
export const PAPERS = {
  "grad-cam": ["Selvaraju et al. 2017", "https://arxiv.org/abs/1610.02391"],
  "grad-cam++": ["Chattopadhay et al. 2018", "https://arxiv.org/abs/1710.11063"],
  "xgrad-cam": ["Fu et al. 2020", "https://arxiv.org/abs/2008.02312"],
  layercam: ["Jiang et al. 2021", "https://doi.org/10.1109/TIP.2021.3089943"],
  hirescam: ["Draelos and Carin 2020", "https://arxiv.org/abs/2011.08891"],
};

/** What people call them. */
export const KIND_NAMES = {
  "grad-cam": "Grad-CAM",
  "grad-cam++": "Grad-CAM++",
  "xgrad-cam": "XGrad-CAM",
  layercam: "LayerCAM",
  hirescam: "HiResCAM",
};

/** The menu of the kinds that a payload holds. */
export function kindMenu(analysis, { t, display, change }) {
  const here = KINDS.filter((kind) => analysis.stages.every((stage) => kind in stage.maps));
  const options = here.map((kind) => [kind, KIND_NAMES[kind]]);
  return menu(t("kind.label"), options, display.kind, (kind) => change({ kind }));
}

/** Under Grad-CAM what it is before layer4, and the way to the map that holds place by place in every stage. */
export const besideSwitch = ({ kind, display }, t, change) =>
  kind === "grad-cam"
    ? html`<span>
        ${t("beside.before")}
        <button
          type="button"
          class="rv-link"
          aria-pressed=${String(display.beside)}
          @click=${() => change({ beside: !display.beside })}
        >
          ${t(display.beside ? "beside.hide" : "beside.show")}
        </button>
      </span>`
    : nothing;

/** What the kind of a picture is. */
export function kindNote({ kind, tiles }, t) {
  const [paper, address] = PAPERS[kind];
  const agreement = ({ name, agreement: rho }) => html`
    <span>${name} <b>${rho === null ? t("kind.constant") : formatCorrelation(rho)}</b></span>
  `;
  return html`
    <div class="rv-kind">
      <p>
        ${t(`kind.${kind}`)}
        <a href=${address} target="_blank" rel="noopener noreferrer">${paper}</a>
      </p>
      ${kind === "grad-cam"
        ? nothing
        : html`<p class="rv-agreement">${t("kind.agreement")} ${tiles.map(agreement)}</p>`}
    </div>
  `;
}
