// What the page fetches once: its settings, texts, style sheets and colour tables; and how anything is fetched.

const ROOT = `${(window.gradio_config?.root ?? location.origin).replace(/\/$/, "")}/`;

/** The address of a path of this server, also where it is served below another one's. */
export const url = (path) => new URL(path, ROOT).href;

/** The JSON at a path. An answer that is none is raised as an error with its `status`. */
export async function json(path) {
  const answer = await fetch(url(path));
  if (!answer.ok) throw Object.assign(new Error(`${path}: ${answer.status}`), { status: answer.status });
  return answer.json();
}

/** A style sheet, with its text as `source`: its rules, written out again by the browser, would lose some values. */
async function sheet(path) {
  const source = await (await fetch(url(path))).text();
  return Object.assign(await new CSSStyleSheet().replace(source), { source });
}

/** {config, texts, viewerTexts, colours, sheets}: the texts by language. */
export async function loadResources() {
  const [config, en, zh, viewerEn, viewerZh, colours, ...sheets] = await Promise.all([
    json("ui/config.json"),
    json("ui/texts/en.json"),
    json("ui/texts/zh.json"),
    json("ui/viewer/texts.en.json"),
    json("ui/viewer/texts.zh.json"),
    json("ui/viewer/colour_maps.json"),
    sheet("ui/viewer/viewer.css"),
    sheet("ui/page/static/parts.css"),
  ]);
  return { config, texts: { en, zh }, viewerTexts: { en: viewerEn, zh: viewerZh }, colours, sheets };
}

/** What was kept of a choice; null where nothing was. */
export function recall(name) {
  try {
    return JSON.parse(localStorage.getItem(`resnet-demo-${name}`));
  } catch {
    return null;
  }
}

/** Keep a choice for the next visit. A framed page may have no storage; the choice then holds until it is closed. */
export function remember(name, value) {
  try {
    localStorage.setItem(`resnet-demo-${name}`, value);
  } catch {
    return;
  }
}
