// The report's own script, behind the viewer's in one element: each photo's viewer is made when it comes near the
// screen, so that a report on many photos opens at once.

const { texts, colours, look } = JSON.parse(document.getElementById("resources").textContent);

function show(section) {
  const payloadOf = (name) => JSON.parse(section.querySelector(`script.${name}`).textContent);
  resnetViewer.mountStageViewer(section.querySelector(".viewer"), {
    payload: payloadOf("payload"),
    texts,
    colours,
    state: look,
  });
}

const near = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) {
      if (!isIntersecting) continue;
      near.unobserve(target);
      show(target);
    }
  },
  { rootMargin: "800px" },
);
for (const section of document.querySelectorAll("section.photo")) near.observe(section);
