/**
 * Many short texts in one buffer, by number: 30,000 names as strings would cost twice as much, and every one of them
 * is something for the garbage collector to look at.
 *
 * Invariant: text `n` is the UTF-8 bytes from `#starts[n]` on, `#lengths[n]` of them; bytes that no text owns any
 * more are fewer than those that are owned, or fewer than `SLACK_BYTES`.
 */
const SLACK_BYTES = 64 * 1024;
/** qBittorrent's names are file names: longer ones are cut. */
const LONGEST_BYTES = 1024;
const FIRST_BYTES = 16 * 1024;

export class TextArena {
  #bytes = Buffer.alloc(FIRST_BYTES);
  #used = 0;
  #owned = 0;
  #starts = new Uint32Array(64);
  #lengths = new Uint16Array(64);

  /** What is reserved for texts, bytes. */
  get capacityBytes(): number {
    return this.#bytes.length;
  }

  get(index: number): string {
    const start = this.#starts[index] ?? 0;
    return this.#bytes.toString('utf8', start, start + (this.#lengths[index] ?? 0));
  }

  set(index: number, text: string): void {
    this.#reserveIndex(index);
    const needed = Math.min(LONGEST_BYTES, Buffer.byteLength(text));
    this.#owned += needed - (this.#lengths[index] ?? 0);
    this.#lengths[index] = 0;
    this.#reserveBytes(needed);
    this.#starts[index] = this.#used;
    // Never half a character.
    const written = this.#bytes.write(text, this.#used, needed, 'utf8');
    this.#owned -= needed - written;
    this.#lengths[index] = written;
    this.#used += written;
  }

  #reserveIndex(index: number): void {
    if (index < this.#starts.length) return;
    const capacity = Math.max(index + 1, this.#starts.length * 2);
    const starts = new Uint32Array(capacity);
    const lengths = new Uint16Array(capacity);
    starts.set(this.#starts);
    lengths.set(this.#lengths);
    this.#starts = starts;
    this.#lengths = lengths;
  }

  #reserveBytes(count: number): void {
    const abandoned = this.#used - this.#owned + count;
    const isWasteful = abandoned > SLACK_BYTES && abandoned > this.#owned;
    if (!isWasteful && this.#used + count <= this.#bytes.length) return;
    const capacity = Math.max(FIRST_BYTES, (this.#owned + count) * (isWasteful ? 1.25 : 1.5));
    const bytes = Buffer.alloc(Math.ceil(capacity));
    let used = 0;
    for (let index = 0; index < this.#starts.length; index += 1) {
      const length = this.#lengths[index] ?? 0;
      if (length === 0) continue;
      const start = this.#starts[index] ?? 0;
      this.#bytes.copy(bytes, used, start, start + length);
      this.#starts[index] = used;
      used += length;
    }
    this.#bytes = bytes;
    this.#used = used;
  }
}
