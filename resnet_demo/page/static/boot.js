// Runs before the first paint, from <head>: where the page lies, and the visitor's language and theme, so that nothing
// flashes.
(() => {
  const kept = (name) => {
    try {
      return localStorage.getItem(`resnet-demo-${name}`);
    } catch {
      return null; // storage can be closed to a framed page
    }
  };
  const asked = new URLSearchParams(location.search);
  const wishes = [asked.get("lang"), kept("language"), ...(navigator.languages ?? [navigator.language])];
  const wish = wishes.find((tag) => /^(zh|en)\b/i.test(tag ?? "")) ?? "en";
  const language = /^zh/i.test(wish) ? "zh" : "en";
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  document.documentElement.dataset.language = language;
  // Gradio's own words follow navigator.language, which knows nothing of a choice made here.
  Object.defineProperty(navigator, "language", { get: () => document.documentElement.lang, configurable: true });

  // A proxy in between may have changed protocol, host or path without a word: the page is where the browser found it.
  if (window.gradio_config) window.gradio_config.root = new URL(".", location.href).href.replace(/\/$/, "");

  // After a lost connection Gradio asks for this until the server is back, and then loads the page anew, with the
  // visitor's photos gone. Here the visitor decides (kept_photos.js): Gradio hears that
  // nobody is there.
  const ask = window.fetch;
  window.fetch = (what, ...how) =>
    /\/gradio_api\/app_id$/.test(what?.url ?? String(what)) ? Promise.reject(new TypeError("not asked")) : ask(what, ...how);

  const themed = asked.get("__theme") ?? kept("theme");
  const system = matchMedia("(prefers-color-scheme: dark)");
  const dark = () => {
    const choice = document.documentElement.dataset.theme;
    return choice ? choice === "dark" : system.matches;
  };
  if (themed === "dark" || themed === "light") document.documentElement.dataset.theme = themed;
  const apply = () => {
    for (const part of [document.documentElement, document.body]) {
      if (part && part.classList.contains("dark") !== dark()) part.classList.toggle("dark", dark());
    }
    dispatchEvent(new CustomEvent("rd-theme"));
  };
  apply();
  system.addEventListener("change", apply);
  addEventListener("DOMContentLoaded", () => {
    apply();
    // Gradio sets the class on <body> by the system's theme; a choice made here outranks it.
    new MutationObserver(apply).observe(document.body, { attributes: true, attributeFilter: ["class"] });
  });
  window.resnetDemoTheme = { dark, apply };
})();
