// The tab of the ledger: which stage wrote the answer. The viewer draws it; this asks for it.
import { html, nothing, render } from "../../viewer/lit-html/lit-html.js";
import { mount as mountView } from "../../viewer/ledger.js";
import { button, note, row } from "./panels.js";
import { progressLine, Work } from "./work.js";

export function mountLedger(root, page, gradio) {
  const host = document.createElement("div");
  let found = null; // {answer, payload} on screen
  let begun = null; // the answers that were last asked about
  let queue = [];
  let language = page.language;
  const work = new Work(page, gradio, { done: receive, changed: () => show() });
  const view = mountView(host, { texts: page.viewerTexts(), colours: page.colours });

  const answerId = () => page.selected()?.answer?.id ?? null;
  const answers = () => page.state.photos.map(({ answer }) => answer?.id).filter(Boolean);

  /** The sums first, which take a pass; then what is lost without each block, and the other photos'. */
  function begin() {
    if (!answerId() || !page.payload || !page.isOpen("ledger")) return;
    const asked = [answerId(), ...answers()].join();
    if (begun === asked) return;
    const known = found?.answer === answerId();
    begun = asked;
    queue = known ? [] : [["ledger", { lesions: false }], ["ledger", { lesions: true }]];
    if (answers().length > 1) queue.push(["ledger-profile", { answers: answers() }]);
    next();
  }

  function next() {
    const piece = queue.shift();
    if (piece) work.start(...piece);
  }

  function receive(result, { what, answer }) {
    if (answer !== answerId()) return;
    if (what === "ledger") {
      const { view: seen, target, contrast } = page.payload;
      const profile = found?.answer === answer ? found.payload.profile : null;
      const payload = { ledger: result, src: seen.src, label: target.label, contrast: contrast?.label ?? null, profile };
      found = { answer, payload };
    } else if (found?.answer === answer) found.payload = { ...found.payload, profile: result };
    if (found) view.update(found.payload);
    next();
  }

  function again() {
    begun = null;
    begin();
  }

  function show() {
    const { say } = page;
    if (language !== page.language) {
      language = page.language;
      view.setTexts(page.viewerTexts());
    }
    const current = found?.answer === answerId();
    const missing = answerId() && !work.running && !current;
    render(
      html`
        <div class="rd-tab">
          ${note(say("ledger.about"), page)} ${answerId() ? nothing : note(say("tab.nothing"), page)}
          ${missing ? row(button(say("ledger.again"), true, again, "rd-primary")) : nothing} ${progressLine(work, page)}
          <div class=${current ? "" : "rd-due"} ?hidden=${!found}>${host}</div>
          ${found ? note(say("ledger.not"), page) : nothing}
        </div>
      `,
      root,
    );
  }

  return {
    show,
    answered: begin,
    opened: begin,
    looked: ({ smooth }) => view.setLook({ smooth }),
    request: () => work.request(),
    failed: () => work.failed(),
    read: () => view.read(),
  };
}
