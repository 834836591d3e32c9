// A window over the page that Escape closes and that gives focus back to where it came from: the browser's own dialog.

import { icon } from "./icons.js";
import { html, nothing } from "./lit-html/lit-html.js";

/**
 * A closed dialog; show() opens it. `buttons` stand before the close button; `closed` is told when it closes; `wide` is
 * how many times as wide as high what it shows is, where that decides its size.
 */
export const dialog = ({ label, style, title, close, buttons = nothing, closed, wide = null, content }) => html`
  <dialog
    class="rv-dialog ${style}"
    style=${wide === null ? nothing : `--rv-wide: ${wide}`}
    tabindex="-1"
    aria-label=${label}
    @click=${(event) => event.target === event.currentTarget && event.currentTarget.close()}
    @close=${closed}
  >
    <header class="rv-dialog-head">
      <h2 class="rv-dialog-title">${title}</h2>
      ${buttons} ${iconButton("close", close, ({ currentTarget }) => currentTarget.closest("dialog").close())}
    </header>
    <div class="rv-dialog-body">${content}</div>
  </dialog>
`;

/** Open a dialog, unless it is; returns whether it was closed. The focus is on the window, not on its first button. */
export function show(node) {
  if (node.open) return false;
  node.showModal();
  node.focus();
  return true;
}

/** A small button with a line drawing. */
export const iconButton = (name, label, click) => html`
  <button type="button" class="rv-icon-button" title=${label} aria-label=${label} @click=${click}>${icon(name)}</button>
`;
