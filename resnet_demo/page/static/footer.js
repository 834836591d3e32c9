// The page's foot: the way to the API, to the source and to the licences.
import { html, nothing, render } from "../../viewer/lit-html/lit-html.js";

const MIT = "https://opensource.org/license/mit";

export function mountFooter(root, page) {
  /** Gradio's own description of the API, beside the page; its address, ?view=api, opens it too. */
  function openApi(event) {
    const button = document.querySelector("footer .show-api");
    if (!button) return;
    event.preventDefault();
    button.click();
  }

  // Gradio remembers that ?view=api asks for it, and does not load it: closed and opened once it does.
  if (new URLSearchParams(location.search).get("view") === "api") {
    for (const _ of ["close", "open"]) document.querySelector("footer .show-api")?.click();
  }

  const away = (href, text) => html`<a href=${href} target="_blank" rel="noopener">${text}</a>`;

  function show() {
    const { say, source } = page;
    const query = new URLSearchParams(location.search);
    query.set("view", "api");
    render(
      html`
        <div class="rd-footer" role="contentinfo">
          <a href="?${query}" @click=${openApi}>${say("footer.api")}</a>
          ${source ? away(source, say("footer.source")) : nothing} ${away(MIT, say("footer.licence"))}
          ${away(page.url("ui/licences.txt"), say("footer.photos"))}
        </div>
      `,
      root,
    );
  }
  return { show };
}
