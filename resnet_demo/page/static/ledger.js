// The tab of the ledger: which stage wrote the answer. The viewer draws it; this asks for it.
import { html, nothing, render } from "../../viewer/lit-html/lit-html.js";
import { mount as mountView } from "../../viewer/ledger.js";
import { button, channelLink, note, row, segments } from "./panels.js";
import { progressLine, Work } from "./work.js";

export function mountLedger(root, page, gradio) {
  const host = document.createElement("div");
  let found = null; // {answer, payload}: what is known of an answer
  let begun = null; // the answer that was last asked about
  let over = "one"; // one photo, or the mean over all
  let profile = null; // {answers, document}: the mean, and what it is over
  let language = page.language;
  const work = new Work(page, gradio, { done: receive, changed: () => show() });
  const view = mountView(host, {
    texts: page.viewerTexts(),
    colours: page.colours,
    channel: (named) => channelLink(page, named),
  });

  const answerId = () => page.selected()?.answer?.id ?? null;
  const answers = () => page.state.photos.map(({ answer }) => answer?.id).filter(Boolean);
  const isOver = (ids) => profile?.answers === ids.join();

  /** The sums first, which take a pass; then what is lost without each block. */
  function begin() {
    if (!answerId() || !page.payload || !page.isOpen("ledger") || begun === answerId()) return;
    begun = answerId();
    over = "one";
    work.start("ledger", { lesions: false });
  }

  function receive(result, { what, answer, lesions, answers: ids }) {
    if (what === "ledger-profile") {
      profile = { answers: ids.join(), document: result };
      const whole = found?.payload.ledger.contributions.some(({ total }) => total !== null);
      if (found?.answer === answerId() && !whole) work.start("ledger", { lesions: true }); // it was stopped for this
    } else if (answer === answerId()) {
      const { view: seen, target, contrast } = page.payload;
      found = { answer, payload: { ledger: result, src: seen.src, label: target.label, contrast: contrast?.label ?? null } };
      if (!lesions) work.start("ledger", { lesions: true });
    }
    draw();
  }

  function draw() {
    if (found) view.update({ ...found.payload, profile: over === "all" && isOver(answers()) ? profile.document : null });
  }

  function widen(key) {
    over = key;
    if (over === "all" && !isOver(answers())) work.start("ledger-profile", { answers: answers() });
    draw();
    show();
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
    const photos = [
      ["one", say("block.over.one")],
      ["all", say("block.over.all", { count: answers().length })],
    ];
    render(
      html`
        <div class="rd-tab">
          ${note(say("ledger.about"), page)} ${answerId() ? nothing : note(say("tab.nothing"), page)}
          ${missing ? row(button(say("ledger.again"), true, again, "rd-primary")) : nothing} ${progressLine(work, page)}
          ${found && answers().length > 1 ? row(segments(say("block.over"), photos, over, widen)) : nothing}
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
