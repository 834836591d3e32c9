// Line drawings on a grid of 16 by 16, in the colour of the text around them.

import { html } from "./lit-html/lit-html.js";

const PATHS = {
  camera: "M2 5.5h3l1.2-2h3.6l1.2 2h3v7.5h-12zM8 7a2.2 2.2 0 1 0 .01 0",
  close: "M3.5 3.5l9 9M12.5 3.5l-9 9",
  down: "M8 3v8M4.5 8L8 11.5 11.5 8M3 13.5h10",
  enlarge: "M9.5 2.5h4v4M13.5 2.5l-5 5M6.5 13.5h-4v-4M2.5 13.5l5-5",
  help: "M5.8 6.2a2.2 2.2 0 1 1 3.2 2c-.7.4-1 .8-1 1.6M8 12.2v.1",
  leave: "M9.5 2.5h-6v11h6M6.5 8h7.5M11.5 5.5L14 8l-2.5 2.5",
  next: "M6 3l5 5-5 5",
  previous: "M10 3L5 8l5 5",
  theme: "M8 2.5a5.5 5.5 0 1 0 .01 0M8 2.5v11",
};

/** The drawing of this name. */
export const icon = (name) => html`<svg
  class="rv-icon"
  viewBox="0 0 16 16"
  width="16"
  height="16"
  fill="none"
  stroke="currentColor"
  stroke-width="1.5"
  stroke-linecap="round"
  stroke-linejoin="round"
  style="display: block"
  aria-hidden="true"
>
  <path d=${PATHS[name]}></path>
</svg>`;
