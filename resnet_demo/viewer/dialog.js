// A window over the page that Escape closes and that gives focus back to where it came from: the browser's own dialog.

import { element, icon, ICONS } from "./elements.js";

/** A closed dialog inside `root`. `buttons` are nodes before the close button; `closed` is told when it closes. */
export function dialogIn(root, { label, className, close, buttons = [], closed }) {
  const title = element("h2", { class: "rv-dialog-title" });
  const body = element("div", { class: "rv-dialog-body" });
  const shut = element(
    "button",
    { type: "button", class: "rv-icon-button", title: close, "aria-label": close, onclick: () => node.close() },
    icon(ICONS.close),
  );
  const node = element(
    "dialog",
    {
      class: `rv-dialog ${className}`,
      tabindex: -1,
      "aria-label": label,
      onclick: (event) => event.target === node && node.close(), // beside the window
      onclose: closed,
    },
    element("header", { class: "rv-dialog-head" }, title, ...buttons, shut),
    body,
  );
  root.append(node);
  const open = () => {
    if (node.open) return;
    node.showModal();
    node.focus(); // the window itself, not its first button
  };
  return { node, title, body, open };
}

/** A small button with a line drawing. */
export function iconButton(path, label, onclick) {
  return element("button", { type: "button", class: "rv-icon-button", title: label, "aria-label": label, onclick }, icon(path));
}
