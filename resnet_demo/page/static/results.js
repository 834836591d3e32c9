// Whole answers, fetched once each by the ids under which the server keeps them.

export class Results {
  #found = new Map(); // promises by id, the newest last
  #fetch;

  /** `fetch(path)` resolves to what the server has at a path. */
  constructor(fetch) {
    this.#fetch = fetch;
  }

  /** The answer behind an id; the newest `most` are kept. What could not be fetched is asked for again next time. */
  async get(id, most) {
    if (!this.#found.has(id)) {
      this.#found.set(id, this.#fetch(`ui/results/${id}`));
      while (this.#found.size > most) this.#found.delete(this.#found.keys().next().value);
    }
    try {
      return await this.#found.get(id);
    } catch (error) {
      this.#found.delete(id);
      throw error;
    }
  }

  clear() {
    this.#found.clear();
  }
}
