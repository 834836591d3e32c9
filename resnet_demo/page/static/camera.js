// One photo from the visitor's camera. The picture stays in the browser until they take it.
import { icon } from "../../viewer/icons.js";
import { html, render } from "../../viewer/lit-html/lit-html.js";

/** Opens the camera in a dialog; resolves to the one file taken, or to none when it is closed. */
export async function takePhoto({ say }, root) {
  const host = document.createElement("div");
  root.append(host);
  let told = "camera.starting";
  let ready = false;
  let taken = [];
  const find = (selector) => host.querySelector(selector);
  const show = () =>
    render(
      html`
        <dialog class="rd-dialog rd-camera-dialog" aria-label=${say("photos.camera")}>
          <div class="rd-dialog-head">
            <h2>${say("photos.camera")}</h2>
            <button type="button" class="rd-icon-button" aria-label=${say("close")} @click=${() => find("dialog").close()}>
              ${icon("close")}
            </button>
          </div>
          <video autoplay muted playsinline></video>
          <p class="rd-note" role="status">${told ? say(told) : ""}</p>
          <button type="button" class="rd-primary" ?disabled=${!ready} @click=${take}>${say("camera.take")}</button>
        </dialog>
      `,
      host,
    );

  async function take() {
    const video = find("video");
    const canvas = Object.assign(document.createElement("canvas"), { width: video.videoWidth, height: video.videoHeight });
    canvas.getContext("2d").drawImage(video, 0, 0);
    const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.95));
    taken = [new File([blob], "camera.jpg", { type: "image/jpeg" })];
    find("dialog").close();
  }

  show();
  const dialog = find("dialog");
  const finished = new Promise((resolve) => dialog.addEventListener("close", resolve));
  dialog.showModal();
  let stream = null;
  try {
    const video = { facingMode: "environment", width: { ideal: 1280 } };
    stream = await navigator.mediaDevices.getUserMedia({ video });
    if (dialog.open) {
      find("video").srcObject = stream;
      await find("video").play();
      ready = true;
      told = null;
    }
  } catch (error) {
    told = error.name === "NotAllowedError" ? "camera.denied" : "camera.none";
  }
  show();
  if (ready) find(".rd-primary").focus();
  await finished;
  stream?.getTracks().forEach((track) => track.stop());
  host.remove();
  return taken;
}
