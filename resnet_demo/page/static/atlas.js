// The atlas: a wall of all channels of a stage, conv1's filters first, and a card for each, with an address of its own.
import { numbersOf, pictureOf } from "../../viewer/arrays.js";
import { show as open } from "../../viewer/dialog.js";
import { icon } from "../../viewer/icons.js";
import { html, nothing, render } from "../../viewer/lit-html/lit-html.js";
import { formatCount, formatProbability, formatValue } from "../../viewer/numbers.js";
import { AtlasSearch } from "./atlas_search.js";
import { filterPicture, hueText, madeImage, profileBars, stripes } from "./atlas_pictures.js";
import { button, facts, note, row, section, segments } from "./panels.js";
import { bestPatch, patchList, patchMosaic } from "./photo_patches.js";
import { progressLine, Work } from "./work.js";

export function mountAtlas(root, page, gradio) {
  const atlases = new Map(); // by key, a network's
  const images = new Map(); // by key, stage and channel: made to excite it
  const cut = new Map(); // by key, patches of photos that were found on request
  let photos = null; // what is known of the photos that patches are cut from
  let stage = "stem";
  let wanted = null; // {stage, channel} whose card is to be opened once its network's atlas is here
  let shown = null; // {stage, channel} whose card is open
  let pointed = null; // the channel on the wall whose patches are shown

  const work = new Work(page, gradio, { done: receive, changed: () => draw() });
  const inView = () => page.selected()?.answer?.network ?? null; // {depth, weights}
  const keyOf = ({ depth, weights }) => `${depth}/${weights}`;
  const current = () => inView() && atlases.get(keyOf(inView()));
  const onWall = () => current() && { key: keyOf(inView()), network: inView(), stage };
  const search = new AtlasSearch(page, work, onWall, () => draw());

  const patchesOf = (atlas) => atlas.patches ?? cut.get(keyOf(inView())) ?? null;

  async function loadPhotos() {
    photos ??= page.json("ui/photos.json").catch(() => null);
    photos = await photos;
    draw();
  }

  function load() {
    if (!page.isOpen("atlas") || !inView() || current() || work.running) {
      search.follow();
      return draw();
    }
    loadPhotos();
    return work.start("atlas", inView());
  }

  function receive(result, asked) {
    if (asked.what === "channel-image") {
      images.set(imageKey(asked, asked), { src: pictureOf(result.image), activations: numbersOf(result.activations) });
    } else if (asked.what === "patches") cut.set(keyOf(asked), result);
    else if (asked.what === "atlas") atlases.set(keyOf(asked), result);
    search.receive(result, asked);
    load();
    if (wanted && current()) openCard(wanted);
  }

  const imageKey = (network, each) => [keyOf(network), each.stage, each.channel].join();

  /** Open the card of a channel: from a link, a feature map or the wall. */
  function openCard(each) {
    wanted = each;
    const atlas = current();
    if (!atlas || !(each.channel < atlas.widths[each.stage])) return;
    wanted = null;
    shown = each;
    stage = each.stage;
    page.lookAtChannel(shown);
    draw();
    open(root.querySelector("dialog"));
  }

  function closed() {
    const last = shown;
    shown = null;
    page.lookAtChannel(null);
    draw();
    if (last) root.querySelector(`[data-channel="${last.channel}"]`)?.focus();
  }

  /** The image that was made ahead to excite a channel; null where there is none. */
  function ahead(atlas, its, channel) {
    const { depth, weights } = inView();
    const src = page.url(`ui/channel-images/${depth}/${encodeURIComponent(weights)}/${its}.webp`);
    return madeImage(src, atlas, its, channel);
  }

  /** What a channel is called on the wall: the kind of thing it answers to, or else its best class. */
  function nameOf(atlas, channel) {
    const known = atlas.stages[stage];
    if (!known || !numbersOf(known.scale)[channel]) return "";
    return kindOf(known, channel) ?? bestOf(atlas, stage, channel)[0].label;
  }

  /** What the five best classes of a channel have in common, in the visitor's language; null for nothing. */
  const kindOf = ({ kinds }, channel) => kinds[channel] && page.kindOf(kinds[channel]);

  function bestOf(atlas, its, channel) {
    const { best, profile, scale } = atlas.stages[its];
    const [, classes] = profile.shape;
    return [...numbersOf(best).subarray(channel * best.shape[1], (channel + 1) * best.shape[1])].map((index) => ({
      label: atlas.classes[index].label,
      english: atlas.classes[index].english ?? "",
      mean: numbersOf(profile)[channel * classes + index] * numbersOf(scale)[channel],
    }));
  }

  /** What the search has to know of the stage on the wall. */
  function searched(atlas) {
    const known = atlas.stages[stage];
    const names = (channel) => [
      known.kinds[channel] ?? "",
      kindOf(known, channel) ?? "",
      ...bestOf(atlas, stage, channel).flatMap(({ label, english }) => [label, english]),
    ];
    const selective = known && numbersOf(known.selectivity);
    return { stage, widths: atlas.widths, named: Boolean(known), names, selective, all: atlas.widths[stage] };
  }

  function draw() {
    const { say } = page;
    const atlas = current();
    render(
      html`
        <div class="rd-tab">
          ${section(
            say("atlas.title"),
            note(say("atlas.about"), page),
            inView() ? nothing : note(say("tab.nothing"), page),
            progressLine(work, page, ({ what }) => what === "atlas"),
            atlas ? wall(atlas) : nothing,
          )}
        </div>
        ${card(atlas)}
      `,
      root,
    );
  }

  function wall(atlas) {
    const { say } = page;
    const about = searched(atlas);
    const found = search.found(about);
    const channels = found ?? Array.from({ length: about.all }, (_, channel) => ({ channel }));
    const pick = (name) => {
      stage = name;
      draw();
      search.follow();
    };
    return html`
      ${row(segments(say("trust.stage"), Object.keys(atlas.widths).map((each) => [each, each]), stage, pick))}
      ${search.view(about, found)}
      ${stage === "stem" ? note(say("atlas.stem"), page) : nothing}
      ${about.named ? note(say(search.way === "class" ? "atlas.stage" : "atlas.stage.names"), page) : note(say("atlas.none"), page)}
      ${stage === "stem" ? nothing : aboutFaces(atlas)}
      <p class="rd-note" role="status">${say("atlas.count", { count: formatCount(channels.length), stage })}</p>
      <div class="rd-wall" role="group" aria-label=${stage}>${channels.map((each) => tile(atlas, each))}</div>
    `;
  }

  function point(channel) {
    if (channel === pointed) return;
    pointed = channel;
    draw();
  }

  /** What the pictures of the wall are. */
  function aboutFaces(atlas) {
    const { say } = page;
    const made = atlas.image_channels[stage] ? numbersOf(atlas.image_channels[stage]).length : 0;
    const all = made === atlas.widths[stage];
    return [
      made ? note(all ? say("atlas.images") : say("atlas.images.some", { count: formatCount(made) }), page) : nothing,
      !all && patchesOf(atlas) ? note(say("atlas.images.others"), page) : nothing,
    ];
  }

  /**
   * What excites a channel, or the filter that it is: an image made to, else the patch of a photo that does most.
   * Pointed at, all patches.
   */
  function face(atlas, channel) {
    const patches = patchesOf(atlas);
    if (patches && channel === pointed) return patchMosaic(patches, stage, channel, page);
    if (stage === "stem") return filterPicture(atlas.filters, channel);
    return ahead(atlas, stage, channel) ?? (patches ? bestPatch(patches, stage, channel, page) : nothing);
  }

  /** A channel on the wall: what the search says of it, or else how selective it is. */
  function tile(atlas, { channel, told, share }) {
    const known = atlas.stages[stage];
    const name = nameOf(atlas, channel);
    const bar = share ?? (known && told === undefined ? numbersOf(known.selectivity)[channel] : null);
    return html`
      <button
        type="button"
        class="rd-brick"
        data-channel=${channel}
        aria-label="#${channel} ${told ?? ""} ${name ?? ""}: ${page.say("stimuli.one", { stage, channel })}"
        @click=${() => openCard({ stage, channel })}
        @pointerenter=${(event) => event.pointerType === "mouse" && point(channel)}
        @pointerleave=${() => point(null)}
      >
        ${face(atlas, channel)}
        <b>#${channel}${told ? html` <span class="rd-found">${told}</span>` : nothing}</b>
        ${name ? html`<span class=${known.kinds[channel] ? "rd-kind-name" : ""}>${name}</span>` : nothing}
        ${bar === null ? nothing : html`<span class="rd-track"><i style="width: ${100 * bar}%"></i></span>`}
      </button>
    `;
  }

  function card(atlas) {
    const { say } = page;
    const close = () => root.querySelector("dialog").close();
    return html`
      <dialog
        class="rd-dialog rd-atlas-card"
        tabindex="-1"
        aria-label=${say("tab.atlas")}
        @close=${closed}
        @click=${(event) => event.target === event.currentTarget && close()}
      >
        <div class="rd-dialog-head">
          <h2>${shown ? say("stimuli.one", shown) : ""}</h2>
          <button type="button" class="rd-icon-button" aria-label=${say("close")} @click=${close}>
            ${icon("close")}
          </button>
        </div>
        ${shown && atlas ? cardContent(atlas) : nothing}
      </dialog>
    `;
  }

  function cardContent(atlas) {
    const { say } = page;
    const { stage: its, channel } = shown;
    const known = atlas.stages[its];
    const best = known ? bestOf(atlas, its, channel) : [];
    const made = images.get(imageKey(inView(), shown));
    const most = best[0]?.mean || 1;
    return html`
      <div class="rd-tab">
        ${its === "stem" ? filterPart(atlas.filters, channel) : nothing}
        ${ahead(atlas, its, channel)
          ? section(
              say("atlas.made"),
              html`<figure class="rd-card rd-excited" role="img" aria-label=${say("lab.one.alt", shown)}>
                ${ahead(atlas, its, channel)}
              </figure>`,
              note(say("atlas.made.read"), page),
            )
          : nothing}
        ${patchesPart(atlas)}
        ${known && best[0].mean > 0
          ? section(
              known.kinds[channel] ? say("atlas.kind", { kind: kindOf(known, channel) }) : say("atlas.no_kind"),
              html`<ol class="rd-bars">
                ${best.map(
                  ({ label, mean }) => html`<li>
                    <span>${label}</span><span>${formatValue(mean)}</span>
                    <span class="rd-track"><i style="width: ${(100 * mean) / most}%"></i></span>
                  </li>`,
                )}
              </ol>`,
              profileBars(say("atlas.profile"), known.profile, channel),
              facts([[say("atlas.selectivity"), formatProbability(numbersOf(known.selectivity)[channel])]]),
              note(say("atlas.profile.read", { photos: atlas.measured_on ?? "–" }), page),
            )
          : note(say(known ? "atlas.silent" : "atlas.none"), page)}
        ${section(
          say("atlas.more"),
          made
            ? html`<figure class="rd-card rd-excited"><img src=${made.src} alt=${say("lab.one.alt", shown)} /></figure>`
            : nothing,
          row(
            button(say("lab.one.go"), !work.running, () => work.start("channel-image", { ...inView(), ...shown })),
            button(say("atlas.tuning"), true, () => {
              root.querySelector("dialog").close();
              page.showChannel("stimuli", { stage: its, channel });
            }),
          ),
          progressLine(work, page, ({ what }) => what === "channel-image"),
        )}
      </div>
    `;
  }

  function patchesPart(atlas) {
    const { say } = page;
    const patches = patchesOf(atlas);
    if (patches) {
      const count = patches.photos.length;
      return section(
        say("patches.title"),
        patchList(patches, shown.stage, shown.channel, photos, page),
        note(say("patches.read", { count }), page),
        html`<p class="rd-note"><a href=${page.url("ui/licences.txt")} target="_blank">${say("footer.photos")}</a></p>`,
      );
    }
    return section(
      say("patches.title"),
      row(button(say("patches.go"), !work.running, () => work.start("patches", inView()))),
      progressLine(work, page, ({ what }) => what === "patches"),
    );
  }

  function filterPart(filters, channel) {
    const { say } = page;
    const at = (name) => numbersOf(filters[name])[channel];
    const hue = numbersOf(filters.hues).subarray(3 * channel, 3 * channel + 3);
    return section(
      say("atlas.filter"),
      html`<div class="rd-filter">
        ${filterPicture(filters, channel)} ${stripes(at("orientation"), at("frequency"))}
      </div>`,
      facts([
        [say("atlas.orientation"), at("frequency") ? `${Math.round(at("orientation"))}°` : "–"],
        [say("atlas.oriented"), formatProbability(at("oriented"))],
        [
          say("atlas.frequency"),
          at("frequency") ? say("atlas.cycles", { px: formatValue(1 / at("frequency"), 2) }) : say("atlas.plain"),
        ],
        [say("atlas.colour"), html`${formatProbability(at("colour"))} ${hueText(hue)}`],
      ]),
      note(say("atlas.filter.read"), page),
    );
  }

  return {
    show: load,
    answered: load,
    opened: load,
    looked: () => search.follow(),
    choose: openCard,
    request: () => work.request(),
    failed: () => work.failed(),
  };
}
