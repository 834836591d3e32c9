// The tab of what can be taken away: files of the answer on screen, of all answers, code, a link; and deletion.
import { ICONS, el, icon } from "./dom.js";

const STAGES = ["stem", "layer1", "layer2", "layer3", "layer4"];

export function mountTakeAway(root, page, gradio) {
  const whole = el("div", { class: "rd-take" });
  root.replaceChildren(whole);
  let snippet = "";
  let copied = null;
  let deleted = false;

  /** The display of the viewer as the server's pictures take it. */
  function look() {
    const { kind, opacity, threshold, colours, smooth, shared, signed } = page.display ?? {};
    const given = Object.entries({ kind, opacity, threshold, colours, smooth, shared, signed }).filter(
      ([, value]) => value !== undefined,
    );
    return new URLSearchParams(given.map(([name, value]) => [name, String(value)]));
  }

  function link(key, path, name) {
    return el(
      "a",
      {
        class: "rd-file-link",
        href: page.url(path),
        download: name ?? "",
        on: { pointerdown: refresh, focus: refresh, click: refresh },
      },
      icon(ICONS.down),
      el(
        "span",
        {},
        el("b", { textContent: page.say(`take.${key}`) }),
        el("small", { textContent: page.say(`take.${key}.what`) }),
      ),
    );
    /** The look may have changed since the link was drawn. */
    function refresh(event) {
      const { href } = event.currentTarget;
      const address = new URL(href);
      const kept = ["ids", "language"]
        .map((each) => [each, address.searchParams.get(each)])
        .filter(([, value]) => value);
      address.search = new URLSearchParams([...kept, ...look()]);
      event.currentTarget.href = address.href;
    }
  }

  function show() {
    const { say, state } = page;
    const id = page.selected()?.answer?.id ?? null;
    const all = state.photos.map(({ answer }) => answer?.id).filter(Boolean);
    if (!id) {
      whole.replaceChildren(
        el("p", { class: "rd-note", textContent: deleted ? say("take.deleted") : say("take.nothing") }),
        ...(deleted ? [] : []),
      );
      return;
    }
    deleted = false;
    const file = (name) => `ui/results/${id}/files/${name}`;
    const many = (name) => `ui/collections/${name}?ids=${all.join(",")}&language=${page.language}`;
    const stage = STAGES.includes(page.stage) ? page.stage : "layer4";
    const section = (key, ...children) =>
      el("section", {}, el("h3", { class: "rd-heading", textContent: say(`take.${key}`) }), ...children);
    const focused = root.activeElement?.getAttribute("data-focus");
    whole.replaceChildren(
      el("p", { class: "rd-note", textContent: say("take.about") }),
      section(
        "this",
        el(
          "div",
          { class: "rd-links" },
          link("figure", file("figure.png")),
          link("overlay", file(`overlay-${stage}.png`)),
          link("sheet", file(`feature-maps-${stage}.png`)),
          link("json", file("result.json")),
          link("labels", file("labels.csv")),
          link("stages", file("stages.csv")),
        ),
      ),
      section(
        "all",
        el(
          "div",
          { class: "rd-links" },
          link("report", many("resnet-stages.html")),
          link("zip", many("resnet-stages.zip")),
          link("summary", many("resnet-stages.csv")),
        ),
      ),
      section(
        "code",
        el("pre", { class: "rd-code", tabIndex: 0, textContent: snippet }),
        el(
          "div",
          { class: "rd-row" },
          copyButton("snippet", () => snippet),
          copyButton("link", () => location.href),
        ),
        el("p", {
          class: "rd-note",
          textContent: say(page.selected().example ? "take.link.about" : "take.link.upload"),
        }),
      ),
      section(
        "delete",
        el("p", { class: "rd-note", textContent: say("take.delete.about", page.limits) }),
        el(
          "div",
          { class: "rd-row" },
          el("button", {
            type: "button",
            class: "rd-quiet",
            textContent: say("take.delete.now"),
            on: { click: forget },
          }),
        ),
      ),
    );
    if (focused) root.querySelector(`[data-focus="${focused}"]`)?.focus();
  }

  function copyButton(name, text) {
    return el("button", {
      type: "button",
      class: "rd-quiet",
      "data-focus": name,
      textContent: page.say(copied === name ? "take.copied" : `take.copy.${name}`),
      on: {
        click: async (event) => {
          const button = event.currentTarget;
          const selection = getSelection();
          try {
            await navigator.clipboard.writeText(text());
          } catch {
            // Pages without a secure address have no clipboard: the text is selected instead, for the keyboard.
            if (name === "snippet") selection.selectAllChildren(root.querySelector(".rd-code"));
            return;
          }
          copied = name;
          button.textContent = page.say("take.copied");
          setTimeout(() => {
            copied = null;
            button.textContent = page.say(`take.copy.${name}`);
          }, 1500);
        },
      },
    });
  }

  function forget() {
    deleted = true;
    gradio.trigger("forget");
    page.forgetPhotos();
  }

  async function answered() {
    const id = page.selected()?.answer?.id;
    if (!id || !page.isOpen("take")) return;
    const answer = await fetch(page.url(`ui/results/${id}/files/explain.py?${look()}`));
    if (answer.ok && id === page.selected()?.answer?.id) {
      snippet = await answer.text();
      show();
    }
  }

  return { show, answered, opened: answered, looked: show };
}
