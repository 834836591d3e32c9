// The tab of what can be taken away: files of the answer on screen, of all answers, code, a link; and deletion.
import { DEFAULTS, displayFor } from "../../viewer/display.js";
import { icon } from "../../viewer/icons.js";
import { html, render } from "../../viewer/lit-html/lit-html.js";
import { button, row } from "./panels.js";
import { url } from "./resources.js";

const LOOK = ["kind", "opacity", "threshold", "colours", "smooth", "shared", "signed"];

export function mountTakeAway(root, page, gradio) {
  let snippet = "";
  let copied = null;
  let deleted = false;

  /** The display of the viewer as the server's pictures take it. */
  function look() {
    const display = displayFor(page.payload, page.display ?? DEFAULTS);
    return LOOK.map((name) => [name, String(display[name])]);
  }

  /** The address of a file as the maps are looked at now. */
  const address = (path, fields = {}) => page.url(`${path}?${new URLSearchParams([...Object.entries(fields), ...look()])}`);

  const fileLink = (key, href) => html`
    <a class="rd-file-link" href=${href} download>
      ${icon("down")}
      <span><b>${page.say(`take.${key}`)}</b><small>${page.say(`take.${key}.what`)}</small></span>
    </a>
  `;

  const part = (key, content) => html`
    <section><h3 class="rd-heading">${page.say(`take.${key}`)}</h3>${content}</section>
  `;

  const links = (files) => html`<div class="rd-links">${files.map(([key, href]) => fileLink(key, href))}</div>`;

  function show() {
    const id = page.selected()?.answer?.id ?? null;
    if (id) deleted = false;
    const nothingYet = () => html`<p class="rd-note">${page.say(deleted ? "take.deleted" : "take.nothing")}</p>`;
    render(html`<div class="rd-take">${id ? everything(id) : nothingYet()}</div>`, root);
  }

  function everything(id) {
    const { say, state } = page;
    const ids = state.photos
      .map(({ answer }) => answer?.id)
      .filter(Boolean)
      .join();
    const stage = page.stages.includes(page.stage) ? page.stage : page.stages.at(-1);
    const file = (name) => address(`ui/results/${id}/files/${name}`);
    const many = (name) => address(`ui/collections/${name}`, { ids, language: page.language });
    return html`
      <p class="rd-note">${say("take.about")}</p>
      ${part(
        "this",
        links([
          ["figure", file("figure.png")],
          ["overlay", file(`overlay-${stage}.png`)],
          ["sheet", file(`feature-maps-${stage}.png`)],
          ["json", file("result.json")],
          ["labels", file("labels.csv")],
          ["stages", file("stages.csv")],
        ]),
      )}
      ${part(
        "all",
        links([
          ["report", many("resnet-stages.html")],
          ["zip", many("resnet-stages.zip")],
          ["summary", many("resnet-stages.csv")],
        ]),
      )}
      ${part(
        "code",
        html`<pre class="rd-code" tabindex="0">${snippet}</pre>
          ${row(
            copyButton("snippet", () => snippet),
            copyButton("link", () => location.href),
          )}
          <p class="rd-note">${say(page.selected().example ? "take.link.about" : "take.link.upload")}</p>
          <p class="rd-note">
            ${say("take.api")} <a href=${url("gradio_api/openapi.json")} target="_blank">${say("take.api.link")}</a>
          </p>`,
      )}
      ${part(
        "delete",
        html`<p class="rd-note">${say("take.delete.about", page.limits)}</p>
          ${row(button(say("take.delete.now"), true, forget))}`,
      )}
    `;
  }

  const copyButton = (name, text) =>
    button(page.say(copied === name ? "take.copied" : `take.copy.${name}`), true, () => copy(name, text()));

  async function copy(name, text) {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      // Pages without a secure address have no clipboard: the text is selected instead, for the keyboard.
      if (name === "snippet") getSelection().selectAllChildren(root.querySelector(".rd-code"));
      return;
    }
    copied = name;
    show();
    setTimeout(() => {
      copied = null;
      show();
    }, 1500);
  }

  function forget() {
    deleted = true;
    gradio.trigger("forget");
    page.forgetPhotos();
  }

  async function answered() {
    const id = page.selected()?.answer?.id;
    if (!id || !page.isOpen("take")) return;
    const answer = await fetch(address(`ui/results/${id}/files/explain.py`));
    if (answer.ok && id === page.selected()?.answer?.id) {
      snippet = await answer.text();
      show();
    }
  }

  return { show, answered, opened: answered, looked: show };
}
