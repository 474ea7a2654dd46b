/** Few different texts in many places: each is kept once, and known by its number. Number 0 is ''. */
import { NOT_FOUND, TextIndex } from './text-index.ts';

export class Interned {
  readonly #index = new TextIndex();
  readonly #texts: string[] = [''];

  numberOf(text: string): number {
    const bytes = Buffer.from(text);
    return this.numberOfBytes(bytes, 0, bytes.length);
  }

  /** Of the text that these bytes are in UTF-8. */
  numberOfBytes(bytes: Uint8Array, from: number, to: number): number {
    if (from === to) return 0;
    const known = this.#index.find(bytes, from, to);
    if (known !== NOT_FOUND) return known;
    const number = this.#texts.length;
    this.#index.add(number, bytes, from, to);
    this.#texts.push(this.#index.textOf(number));
    return number;
  }

  textOf(number: number): string {
    return this.#texts[number] ?? '';
  }

  clear(): void {
    this.#index.clear();
    this.#texts.length = 1;
  }
}
