/** Runs tasks one after the other: whoever writes limits is alone with qBittorrent's limits meanwhile. */
export class Exclusive {
  #tail: Promise<unknown> = Promise.resolve();

  run<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#tail.then(task);
    this.#tail = result.catch(() => undefined);
    return result;
  }

  /** Resolves when all that was begun has ended. */
  async idle(): Promise<void> {
    await this.#tail;
  }
}
