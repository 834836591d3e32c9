// The page's head: its name and what it asks, the switch of languages, of themes, and the help.
import { ICONS, el, icon } from "./dom.js";

export function mountHeader(element, page) {
  const client = [
    "from gradio_client import Client, handle_file",
    "",
    `client = Client("${page.url("")}")`,
    'answer = client.predict(photo=handle_file("cat.jpg"), depth=18, api_name="/analyze")',
    "client.view_api()  # every endpoint with its parameters",
  ].join("\n");
  const title = el("h1", { textContent: "ResNet stages" });
  const tagline = el("p");
  const languages = el("div", { class: "rd-languages", role: "group" });
  const theme = el(
    "button",
    { type: "button", class: "rd-icon-button", on: { click: () => page.switchTheme() } },
    icon(ICONS.theme),
  );
  const help = el(
    "button",
    { type: "button", class: "rd-icon-button", on: { click: () => dialog.showModal() } },
    icon(ICONS.help),
  );
  const dialog = el("dialog", {
    class: "rd-dialog",
    on: { click: (event) => event.target === dialog && dialog.close() },
  });
  element.replaceChildren(
    el(
      "header",
      { class: "rd-header" },
      title,
      tagline,
      el("nav", { "aria-label": "ResNet stages" }, languages, theme, help),
    ),
    dialog,
  );

  function show() {
    const { say } = page;
    tagline.textContent = say("header.tagline");
    languages.setAttribute("aria-label", say("header.language"));
    languages.replaceChildren(
      ...[
        ["en", "EN", "English"],
        ["zh", "中文", "简体中文"],
      ].map(([language, short, name]) =>
        el("button", {
          type: "button",
          textContent: short,
          title: name,
          lang: language === "zh" ? "zh-CN" : "en",
          "aria-pressed": String(page.language === language),
          on: { click: () => page.speak(language) },
        }),
      ),
    );
    for (const [button, key] of [
      [theme, "header.theme"],
      [help, "header.help"],
    ]) {
      button.title = say(key);
      button.setAttribute("aria-label", say(key));
    }
    const section = (key) => [
      el("h3", { textContent: say(`${key}.title`) }),
      el("p", { textContent: say(`${key}.text`, page.limits) }),
    ];
    dialog.setAttribute("aria-label", say("header.help"));
    dialog.replaceChildren(
      el(
        "div",
        { class: "rd-dialog-head" },
        el("h2", { textContent: say("header.help") }),
        el(
          "button",
          { type: "button", class: "rd-icon-button", "aria-label": say("close"), on: { click: () => dialog.close() } },
          icon(ICONS.close),
        ),
      ),
      ...["help.what", "help.read", "help.keys", "help.privacy", "help.api"].flatMap(section),
      el("pre", { class: "rd-code", tabIndex: 0, textContent: client }),
    );
  }
  return { show };
}
