// The visitor's photos: a strip to choose from, what could not be read, and the way to all answers as a table.
import { icon } from "../../viewer/icons.js";
import { html, nothing, render } from "../../viewer/lit-html/lit-html.js";
import { isLost, sendAgain } from "./incoming.js";
import { link } from "./panels.js";

export function mountStrip(root, page) {
  let announced = ""; // for a screen reader

  const conditionOf = (photo) => {
    if (photo.error) return "failed";
    if (photo.uploading) return "uploading";
    if (photo.wanted && page.state.running) return "waiting";
    return photo.answer ? "done" : "stopped";
  };

  function tile(photo) {
    const { say } = page;
    const { key, name, thumb, unseen } = photo;
    const condition = conditionOf(photo);
    const none = () => {
      photo.unseen = true; // browsers show no HEIC or TIFF
      show();
    };
    return html`
      <div class="rd-photo rd-${condition}">
        <button
          type="button"
          class="rd-thumb"
          aria-pressed=${String(key === page.state.selected)}
          title=${name}
          aria-label=${say(`photo.${condition}`, { name, label: photo.answer?.top[0]?.label ?? "" })}
          @click=${() => page.select(key)}
        >
          ${thumb && !unseen
            ? html`<img src=${thumb} alt="" @error=${none} />`
            : html`<span class="rd-blank">${name.split(".").pop().slice(0, 4).toUpperCase()}</span>`}
        </button>
        ${removal(photo, "rd-remove")}
      </div>
    `;
  }

  const removal = ({ key, name }, style) => html`
    <button
      type="button"
      class=${style}
      aria-label=${page.say("photo.remove", { name })}
      @click=${() => page.remove(key)}
    >
      ${icon("close")}
    </button>
  `;

  /** All that is wrong with photos in one box: those that could not be used, and what was not even sent. */
  const failures = (failed, refused) => html`
    <ul class="rd-problem rd-problem-list">
      ${failed.map((photo) => html`<li><span>${page.sentence(photo.error)}</span>${removal(photo, "rd-icon-button")}</li>`)}
      ${refused.map((text) => html`<li><span>${text}</span></li>`)}
    </ul>
  `;

  /** All photos that the server lacks, and the way to send them once more. */
  const sendable = ({ length: count }) => html`
    <div class="rd-problem rd-lost-photos">
      <span>${page.say("photos.lost", { count })}</span>
      <button type="button" class="rd-primary" @click=${() => sendAgain(page)}>${page.say("photos.send_again")}</button>
    </div>
  `;

  function show() {
    const { say, refused } = page;
    const { photos } = page.state;
    const several = photos.length > 1;
    const lost = photos.filter(isLost);
    const failed = photos.filter((photo) => photo.error && !lost.includes(photo));
    render(
      html`
        <div class="rd-photos">
          <div class="rd-strip" role="group" aria-label=${say("photos.title")} ?hidden=${!several}>
            ${several ? photos.map(tile) : nothing}
          </div>
          <div class="rd-problems" role="alert" ?hidden=${!failed.length && !lost.length && !refused.length}>
            ${lost.length ? sendable(lost) : nothing}${failed.length || refused.length ? failures(failed, refused) : nothing}
          </div>
          ${several
            ? html`<p class="rd-to-table">${link(say("table.title", { count: photos.length }), () => page.turnTo("photos"))}</p>`
            : nothing}
          <div class="rd-hidden" role="status">${announced}</div>
        </div>
      `,
      root,
    );
  }

  /** Tell a screen reader of a new answer. */
  function announce(sentence) {
    announced = sentence;
    show();
  }
  return { show, announce };
}
