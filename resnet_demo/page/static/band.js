// The band of small tiles at the top of the window, for as long as the row of tiles itself is above it: a place is pinned
// from any tab.

export function mountBand(root, page) {
  const host = root.appendChild(document.createElement("div"));
  const band = host.appendChild(document.createElement("div"));
  host.className = "rd-band";
  band.className = "rv rv-band";
  let watched = null;
  let above = false; // the row is above the window

  /** The row has come into sight, or left it. */
  function crossed([{ isIntersecting, boundingClientRect: { height, bottom } }]) {
    above = !isIntersecting && height > 0 && bottom <= 0;
    follow();
  }

  function follow() {
    if (!above && band.contains(root.activeElement)) return; // nobody loses the tile that they are on
    host.classList.toggle("rd-shown", above);
    page.parts.get("explorer").viewer.setBand(above ? band : null);
  }

  band.addEventListener("focusout", () => setTimeout(follow)); // by then something else has the focus, or nothing

  function show() {
    const row = page.parts.get("explorer")?.row();
    if (!row || row === watched) return;
    watched = row;
    new IntersectionObserver(crossed).observe(row);
  }

  show();
  return { show };
}
