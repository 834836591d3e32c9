// Language and theme as the visitor chose them: kept for the next visit, and before what the address asked for.
import { withChoice } from "./link.js";
import { remember } from "./resources.js";

export function chooseLanguage(language) {
  remember("language", language);
  inAddress("lang", language);
  document.documentElement.dataset.language = language;
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
}

/** Dark where it is light, and light where it is dark. */
export function switchTheme() {
  const theme = window.resnetDemoTheme.dark() ? "light" : "dark";
  document.documentElement.dataset.theme = theme;
  remember("theme", theme);
  inAddress("__theme", theme);
  window.resnetDemoTheme.apply();
}

/** The address says so too, so that it holds when the page is loaded anew. */
function inAddress(name, value) {
  history.replaceState(history.state, "", withChoice(location.search, name, value) + location.hash);
}
