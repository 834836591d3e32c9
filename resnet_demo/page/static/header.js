// The page's head: its name and what it asks, the switch of languages, of themes, and the help.
import { switchTheme } from "./choices.js";
import { icon } from "../../viewer/icons.js";
import { html, nothing, render } from "../../viewer/lit-html/lit-html.js";
import { dropAll } from "./kept_photos.js";
import { recall } from "./resources.js";

const LANGUAGES = [
  ["en", "EN", "English"],
  ["zh", "中文", "简体中文"],
];
const HELP = ["help.what", "help.read", "help.limits", "help.keys", "help.privacy", "help.api"];

export function mountHeader(root, page) {
  const client = [
    "from gradio_client import Client, handle_file",
    "",
    `client = Client("${page.url("")}")`,
    'answer = client.predict(photo=handle_file("cat.jpg"), depth=18, api_name="/analyze")',
    "client.view_api()  # every endpoint with its parameters",
  ].join("\n");
  const dialog = () => root.querySelector("dialog");

  const iconButton = (name, label, click) => html`
    <button type="button" class="rd-icon-button" title=${label} aria-label=${label} @click=${click}>${icon(name)}</button>
  `;
  const language = ([code, short, name]) => html`
    <button
      type="button"
      title=${name}
      lang=${code === "zh" ? "zh-CN" : "en"}
      aria-pressed=${String(page.language === code)}
      @click=${() => page.speak(code)}
    >
      ${short}
    </button>
  `;
  const chapter = (key, { say, limits }) => html`
    <h3>${say(`${key}.title`)}</h3>
    <p>${say(`${key}.text`, limits)}</p>
  `;

  /** The photos go too: whoever comes to this browser next may be somebody else. */
  async function signOut() {
    page.forgetPhotos();
    await dropAll();
    await fetch(page.url("logout"), { redirect: "manual" }).catch(() => null); // the form says what became of it
    location.assign(page.url(""));
  }

  const signOutButton = (say) => html`
    <button
      type="button"
      class="rd-link rd-sign-out"
      title=${say("header.sign_out.meaning")}
      aria-label=${say("header.sign_out")}
      @click=${signOut}
    >
      <span class="rd-wide-only">${say("header.sign_out")}</span>
      <span class="rd-narrow-only">${icon("leave")}</span>
    </button>
  `;

  function show() {
    const { say } = page;
    render(
      html`
        <header class="rd-header">
          <h1>ResNet stages</h1>
          <p>${say("header.tagline")}</p>
          <nav aria-label="ResNet stages">
            <button type="button" class="rd-link" @click=${() => page.tour()}>
              ${recall("tour") ? nothing : html`<span class="rd-wide-only">${say("tour.begin")}</span>`}
              <span class=${recall("tour") ? "" : "rd-narrow-only"}>${say("tour.again")}</span>
            </button>
            <div class="rd-languages" role="group" aria-label=${say("header.language")}>${LANGUAGES.map(language)}</div>
            ${iconButton("theme", say("header.theme"), switchTheme)}
            ${iconButton("help", say("header.help"), () => dialog().showModal())}
          </nav>
          ${page.accounts ? signOutButton(say) : nothing}
        </header>
        <dialog
          class="rd-dialog"
          aria-label=${say("header.help")}
          @click=${(event) => event.target === dialog() && dialog().close()}
        >
          <div class="rd-dialog-head">
            <h2>${say("header.help")}</h2>
            ${iconButton("close", say("close"), () => dialog().close())}
          </div>
          ${HELP.map((key) => chapter(key, page))} ${page.mcp ? html`<p>${say("help.api.mcp")}</p>` : nothing}
          <pre class="rd-code" tabindex="0">${client}</pre>
        </dialog>
      `,
      root,
    );
  }
  return { show };
}
