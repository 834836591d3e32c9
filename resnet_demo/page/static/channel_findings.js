// What has been found out about single channels, kept under the question that it answers: nothing ever stands beside
// another photo, class or network than the one it is about.
import { numbersOf, pictureOf } from "../../viewer/arrays.js";

export class ChannelFindings {
  #images = new Map();
  #changes = new Map();

  constructor(page) {
    this.page = page;
  }

  /** An image made to excite a channel is about a network, {depth, weights}, whatever the photo. */
  keepImage({ stage, channel, image, activations }, { depth, weights }) {
    const made = { image: pictureOf(image), activations: numbersOf(activations) };
    this.#images.set([depth, weights, stage, channel].join(), made);
  }

  image({ stage, channel }) {
    const { depth, weights } = this.page.payload?.network ?? {};
    return this.#images.get([depth, weights, stage, channel].join()) ?? null;
  }

  /** What the class of an answer loses without each of some channels. */
  keepChanges({ stage, channels, logit_changes, probability_changes }, answer) {
    const [logits, probabilities] = [numbersOf(logit_changes), numbersOf(probability_changes)];
    numbersOf(channels).forEach((channel, place) => {
      const change = { logit: logits[place], probability: probabilities[place] };
      this.#changes.set([answer, stage, channel].join(), change);
    });
  }

  /** {logit, probability} of one channel, null where it has not been tried. */
  change(answer, { stage, channel }) {
    return this.#changes.get([answer, stage, channel].join()) ?? null;
  }

  /** The visitor's photos that the network in view has answered. */
  photos() {
    const { depth, weights } = this.page.payload?.network ?? {};
    return this.page.state.photos.filter(
      ({ answer }) => answer?.network.depth === depth && answer.network.weights === weights,
    );
  }

  /**
   * Some channels of a stage in each of these photos: [{name, id, means, peaks, peak_cells}], `id` the answer they are
   * of; those gone are left out.
   */
  async acrossPhotos(stage, channels) {
    // A photo may be given another answer while these are on their way.
    const asked = this.photos().map(({ name, answer: { id } }) => ({ name, id }));
    const ids = asked.map(({ id }) => id).join();
    const found = await this.page.json(`ui/channels/${stage}?ids=${ids}&channels=${channels.join()}`);
    return asked.filter(({ id }) => found[id]).map((one) => ({ ...one, ...found[one.id] }));
  }

  /** Where one channel is strongest in each of these photos, as the channel's card takes it. */
  async strongest(stage, channel) {
    const found = await this.acrossPhotos(stage, [channel]);
    const payloads = await Promise.all(found.map(({ id }) => this.page.result(id)));
    return found.map(({ name, peaks: [peak], peak_cells: [cell] }, i) => {
      const { view, stages } = payloads[i];
      const { rows, columns, receptive_field } = stages.find(({ name }) => name === stage);
      return { name, view, rows, columns, receptive_field, peak, cell };
    });
  }
}
