// One photo from the visitor's camera. The picture stays in the browser until they take it.
import { ICONS, el, icon } from "./dom.js";

/** Opens the camera in a dialog; resolves to the one file taken, or to none when it is closed. */
export async function takePhoto(page, root) {
  const { say } = page;
  const video = el("video", { autoplay: true, muted: true, playsInline: true });
  const told = el("p", { class: "rd-note", role: "status", textContent: say("camera.starting") });
  const take = el("button", { type: "button", class: "rd-primary", textContent: say("camera.take"), disabled: true });
  const close = el(
    "button",
    { type: "button", class: "rd-icon-button", "aria-label": say("close") },
    icon(ICONS.close),
  );
  const dialog = el(
    "dialog",
    { class: "rd-dialog rd-camera-dialog", "aria-label": say("photos.camera") },
    el("div", { class: "rd-dialog-head" }, el("h2", { textContent: say("photos.camera") }), close),
    video,
    told,
    take,
  );
  root.append(dialog);
  dialog.showModal();

  let stream = null;
  const finished = new Promise((resolve) => {
    close.addEventListener("click", () => dialog.close());
    dialog.addEventListener("close", () => resolve([]));
    take.addEventListener("click", async () => {
      const canvas = el("canvas", { width: video.videoWidth, height: video.videoHeight });
      canvas.getContext("2d").drawImage(video, 0, 0);
      const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.95));
      resolve([new File([blob], "camera.jpg", { type: "image/jpeg" })]);
      dialog.close();
    });
  });
  try {
    stream = await navigator.mediaDevices.getUserMedia({
      video: { facingMode: "environment", width: { ideal: 1280 } },
    });
    if (dialog.open) {
      video.srcObject = stream;
      await video.play();
      take.disabled = false;
      told.textContent = "";
      take.focus();
    }
  } catch (error) {
    told.textContent = say(error.name === "NotAllowedError" ? "camera.denied" : "camera.none");
  }
  try {
    return await finished;
  } finally {
    stream?.getTracks().forEach((track) => track.stop());
    dialog.remove();
  }
}
