import type { Api } from '../api.ts';
import { h, setAttribute, setText } from '../dom.ts';
import { count, counted } from '../format.ts';

const LOOK_MS = 400;

/** A bar for a rollback under way, wherever it was asked for. */
export class RollbackProgress {
  readonly #api: Api;
  readonly #bar = h('progress', { max: 1, value: 0, 'aria-label': 'Torrents restored' });
  readonly #text = h('p', { role: 'status' });
  readonly element = h('div', { class: 'progress', hidden: true }, this.#bar, this.#text);
  #heldBefore = 0;
  #wanted = 0;
  #timer = 0;

  constructor(api: Api) {
    this.#api = api;
  }

  get isShown(): boolean {
    return this.#timer !== 0;
  }

  /**
   * @param held torrents with a limit of Qguardarr's now
   * @param wanted how many of them are to be restored
   */
  begin(held: number, wanted: number): void {
    this.#heldBefore = held;
    this.#wanted = wanted;
    this.#show(held);
    setAttribute(this.element, 'hidden', false);
    clearInterval(this.#timer);
    this.#timer = setInterval(() => void this.#look(), LOOK_MS);
  }

  end(): void {
    clearInterval(this.#timer);
    this.#timer = 0;
    setAttribute(this.element, 'hidden', true);
  }

  async #look(): Promise<void> {
    try {
      this.#show((await this.#api.get<{ held_torrents: number }>('/state')).held_torrents);
    } catch {
      // The answer to the rollback itself says what is wrong.
    }
  }

  #show(held: number): void {
    const restored = Math.min(this.#wanted, Math.max(0, this.#heldBefore - held));
    this.#bar.value = this.#wanted === 0 ? 1 : restored / this.#wanted;
    setText(this.#text, `${count(restored)} of ${counted(this.#wanted, 'torrent')} restored`);
  }
}
