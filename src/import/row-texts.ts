/**
 * The form in which rows come: a JSON array with one row a line, as `sqlite3 -json` writes it, or JSON lines. Of an array
 * it is known when its end is missing; of JSON lines it is not.
 */
export class RowTexts {
  #form: 'list' | 'lines' | null = null;
  #isClosed = false;

  /** Whether the input may end here. */
  get isWhole(): boolean {
    return this.#form !== 'list' || this.#isClosed;
  }

  /**
   * @param line the next one
   * @returns the JSON of its row, unchecked; '' for a line without one; null where something follows the array's end
   */
  next(line: string): string | null {
    let text = line.trim();
    if (text === '') return '';
    if (this.#isClosed) return null;
    if (this.#form === null) {
      this.#form = text.startsWith('[') ? 'list' : 'lines';
      if (this.#form === 'list') text = text.slice(1);
    }
    if (this.#form === 'lines') return text;
    if (text.endsWith(']')) {
      this.#isClosed = true;
      text = text.slice(0, -1);
    } else if (text.endsWith(',')) {
      text = text.slice(0, -1);
    }
    return text.trim();
  }
}
