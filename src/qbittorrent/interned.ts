/**
 * Few different texts in many places: each is kept once, known by its number, for as long as it is in use. Number 0 is ''.
 */
export class Interned {
  readonly #numbers = new Map<string, number>();
  readonly #texts: string[] = [''];
  readonly #uses: number[] = [0];
  readonly #free: number[] = [];

  /** Its number, with one more use of it. */
  take(text: string): number {
    if (text === '') return 0;
    let number = this.#numbers.get(text);
    if (number === undefined) {
      number = this.#free.pop() ?? this.#texts.length;
      this.#numbers.set(text, number);
      this.#texts[number] = text;
      this.#uses[number] = 0;
    }
    this.#uses[number] = (this.#uses[number] ?? 0) + 1;
    return number;
  }

  /** One use of that number less: with the last, the text is forgotten. */
  release(number: number): void {
    if (number === 0) return;
    const uses = (this.#uses[number] ?? 0) - 1;
    this.#uses[number] = uses;
    if (uses > 0) return;
    this.#numbers.delete(this.textOf(number));
    this.#texts[number] = '';
    this.#free.push(number);
  }

  textOf(number: number): string {
    return this.#texts[number] ?? '';
  }

  /** Different texts in use, but for ''. */
  get size(): number {
    return this.#numbers.size;
  }

  clear(): void {
    this.#numbers.clear();
    this.#texts.length = 1;
    this.#uses.length = 1;
    this.#free.length = 0;
  }
}
