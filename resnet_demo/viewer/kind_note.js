// The kind of map: a menu, what it is, its paper, and how far it agrees with Grad-CAM in each stage.

import { menu } from "./controls.js";
import { KINDS } from "./display.js";
import { element } from "./elements.js";
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

export class KindNote {
  constructor({ t }) {
    this.t = t;
    this.node = element("div", { class: "rv-kind" });
  }

  /** Describe the kind of a picture. */
  show({ kind, tiles }) {
    const { t } = this;
    const [paper, address] = PAPERS[kind];
    const words = element("p", {}, t(`kind.${kind}`), " ", link(paper, address));
    if (kind === "grad-cam") return this.node.replaceChildren(words);
    const agreements = tiles.map(({ name, agreement }) =>
      element(
        "span",
        {},
        `${name} `,
        element("b", {}, agreement === null ? t("kind.constant") : formatCorrelation(agreement)),
      ),
    );
    const correlation = element("p", { class: "rv-agreement" }, t("kind.agreement"), ...agreements);
    return this.node.replaceChildren(words, correlation);
  }
}

/** A link to a paper, opened beside the page. */
export function link(text, address) {
  return element("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, text);
}
