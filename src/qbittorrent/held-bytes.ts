import { BadJson } from './bad-json.ts';

/** Bytes that wait for those that they belong with. */
export class HeldBytes {
  #pieces: Buffer[] = [];
  #size = 0;

  get isEmpty(): boolean {
    return this.#pieces.length === 0;
  }

  /** @throws BadJson once more than `most` bytes are held, and more come; a piece that is there already may be larger */
  add(bytes: Buffer, most: number): void {
    if (bytes.length === 0) return;
    if (this.#size > most) throw new BadJson(`more than ${most} bytes in one part`);
    this.#pieces.push(bytes);
    this.#size += bytes.length;
  }

  /** All of them as text; none are held then. */
  take(): string {
    const [only] = this.#pieces;
    const bytes = this.#pieces.length === 1 && only !== undefined ? only : Buffer.concat(this.#pieces);
    this.#pieces = [];
    this.#size = 0;
    return bytes.toString('utf8');
  }
}
