/**
 * Reads a JSON object while it arrives, and hands out parts of some of its members as soon as they are whole. What is
 * neither told in parts nor kept is passed over. So an answer of any size takes the memory of its largest part.
 *
 * Modes: in the rest -> within a member told in parts, between its members -> within one of them -> ... -> in the rest;
 * or within a member that is passed over.
 * Invariant: bytes that belong to the part being collected are in `#held`, in `#textPieces` or yet to come.
 */
import { LONGEST_TEXT_BYTES, MOST_DEPTH, MOST_ENTRY_BYTES, MOST_REST_BYTES } from './answer-limits.ts';
import { BadJson, parsed } from './bad-json.ts';
import { HeldBytes } from './held-bytes.ts';
import {
  BACKSLASH,
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COLON,
  COMMA,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
  SPACE,
} from './json-bytes.ts';

/** How a member is told: an object by its members, a list by its items, an object of lists by the items of each. */
export type Parts = 'members' | 'items' | 'lists';

/** Items of a list that follow those told before. Told at least once for each list, with none where it is empty. */
export interface SomeItems {
  /** Of the member. */
  readonly name: string;
  /** Of the list, in an object of lists; '' otherwise. */
  readonly key: string;
  readonly items: readonly unknown[];
  /** The list begins with them. */
  readonly areFirst: boolean;
}

export interface SplitterOptions {
  /** By name; all others are passed over, but for those in `kept`. */
  readonly parts: ReadonlyMap<string, Parts>;
  /** Small ones, for what `end` returns. */
  readonly kept: ReadonlySet<string>;
  readonly onMember: (name: string, key: string, value: unknown) => void;
  readonly onItems: (some: SomeItems) => void;
}

type Mode = 'rest' | 'passed-over' | 'between' | 'member' | 'list';
/** What has to come next between members. */
type Next = 'first-key' | 'key' | 'colon' | 'value' | 'comma';

const MARKS = new Uint8Array(256);
for (const mark of [QUOTE, OPEN_BRACE, OPEN_BRACKET, CLOSE_BRACE, CLOSE_BRACKET, COMMA]) MARKS[mark] = 1;

/** Where the next byte stands that means something outside of texts; the chunk's length when none does. */
function nextMark(chunk: Buffer, from: number): number {
  let at = from;
  while (at < chunk.length && MARKS[chunk[at] ?? 0] !== 1) at += 1;
  return at;
}

export class JsonSplitter {
  readonly #options: SplitterOptions;
  #mode: Mode = 'rest';
  #depth = 0;
  /** The text last read in the rest; the name of the member that is told in parts. */
  #name = '';
  #key = '';
  #next: Next = 'first-key';
  /** Within a list: after its first items, which a comma ended. */
  #afterComma = false;
  readonly #held = new HeldBytes();
  #rest = '';
  #inText = false;
  #escaped = false;
  /** Of the text in progress, as far as it stood in earlier chunks. */
  #textPieces: Buffer[] = [];
  #textBytes = 0;
  #textCarried = false;

  constructor(options: SplitterOptions) {
    this.#options = options;
  }

  /** @throws BadJson, and what the callbacks throw */
  push(chunk: Buffer): void {
    let from = 0;
    let textFrom = 0;
    let lastComma = -1;
    for (let at = 0; at < chunk.length; at += 1) {
      if (this.#inText) {
        at = this.#textEnd(chunk, at);
        if (at === chunk.length) break;
        this.#inText = false;
        from = this.#endText(chunk, from, textFrom, at);
        continue;
      }
      if (this.#mode !== 'between') at = nextMark(chunk, at);
      const byte = chunk[at] ?? SPACE;
      switch (byte) {
        case QUOTE:
          this.#inText = true;
          textFrom = at + 1;
          break;
        case OPEN_BRACE:
        case OPEN_BRACKET:
          from = this.#open(chunk, from, at, byte);
          break;
        case CLOSE_BRACE:
        case CLOSE_BRACKET:
          from = this.#close(chunk, from, at, byte);
          break;
        case COMMA:
          if (this.#mode === 'list') lastComma = at;
          else if (this.#mode === 'between') this.#expect('comma', 'key');
          break;
        case COLON:
          if (this.#mode === 'between') this.#expect('colon', 'value');
          break;
        default:
          if (byte > SPACE && this.#mode === 'between') throw new BadJson('a member is no object or list');
      }
    }
    if (this.#mode === 'list' && lastComma >= from) {
      this.#tellItems(this.#takeWith(chunk, from, lastComma));
      this.#afterComma = true;
      from = lastComma + 1;
    }
    this.#carry(chunk, from, textFrom);
  }

  /** The members that were kept; null for others that held something. @throws BadJson when the object is not whole */
  end(): unknown {
    if (this.#depth !== 0 || this.#inText) throw new BadJson('it ends too soon');
    this.#keepRest();
    return parsed(this.#rest);
  }

  #open(chunk: Buffer, from: number, at: number, byte: number): number {
    this.#depth += 1;
    if (this.#depth > MOST_DEPTH) throw new BadJson(`more than ${MOST_DEPTH} brackets within each other`);
    if (this.#mode === 'list') throw new BadJson('a list within a list');
    if (this.#mode === 'between') {
      this.#expect('value', 'comma');
      const isOfMembers = this.#options.parts.get(this.#name) === 'members';
      if (byte !== (isOfMembers ? OPEN_BRACE : OPEN_BRACKET)) throw new BadJson('a member of the wrong kind');
      if (isOfMembers) this.#mode = 'member';
      else this.#beginList();
      return isOfMembers ? at : at + 1;
    }
    if (this.#mode !== 'rest' || this.#depth !== 2 || this.#options.kept.has(this.#name)) return from;
    this.#hold(chunk.subarray(from, at));
    this.#keepRest();
    this.#rest += 'null';
    const parts = this.#options.parts.get(this.#name);
    if (parts === undefined) this.#mode = 'passed-over';
    else if (byte !== (parts === 'items' ? OPEN_BRACKET : OPEN_BRACE)) {
      throw new BadJson(`${this.#name} is of the wrong kind`);
    } else if (parts === 'items') {
      this.#key = '';
      this.#beginList();
    } else {
      this.#mode = 'between';
      this.#next = 'first-key';
    }
    return at + 1;
  }

  #beginList(): void {
    this.#mode = 'list';
    this.#afterComma = false;
  }

  #close(chunk: Buffer, from: number, at: number, byte: number): number {
    this.#depth -= 1;
    if (this.#depth < 0) throw new BadJson('a bracket too many');
    switch (this.#mode) {
      case 'rest':
        return from;
      case 'member':
        if (this.#depth > 2) return from;
        this.#options.onMember(this.#name, this.#key, parsed(this.#takeWith(chunk, from, at + 1)));
        this.#mode = 'between';
        return at + 1;
      case 'list':
        if (byte !== CLOSE_BRACKET) throw new BadJson('a brace ends a list');
        this.#tellItems(this.#takeWith(chunk, from, at));
        this.#mode = this.#depth === 1 ? 'rest' : 'between';
        return at + 1;
      case 'between':
        if (byte !== CLOSE_BRACE || (this.#next !== 'first-key' && this.#next !== 'comma')) {
          throw new BadJson(`${this.#name} ends too soon`);
        }
        this.#mode = 'rest';
        return at + 1;
      case 'passed-over':
        if (this.#depth === 1) this.#mode = 'rest';
        return at + 1;
    }
  }

  #expect(now: Next, then: Next): void {
    if (this.#next !== now) throw new BadJson(`${this.#name} has a ${this.#next} missing`);
    this.#next = then;
  }

  #tellItems(json: string): void {
    const items = parsed(`[${json}]`) as readonly unknown[];
    if (this.#afterComma && items.length === 0) throw new BadJson('a comma too many');
    this.#options.onItems({ name: this.#name, key: this.#key, items, areFirst: !this.#afterComma });
  }

  /** Where the text that `from` lies in ends, or the chunk's length when it goes on. */
  #textEnd(chunk: Buffer, from: number): number {
    let escaped = this.#escaped;
    let at = from;
    for (; at < chunk.length; at += 1) {
      const byte = chunk[at];
      if (escaped) escaped = false;
      else if (byte === BACKSLASH) escaped = true;
      else if (byte === QUOTE) break;
    }
    this.#escaped = escaped;
    return at;
  }

  /** @param textFrom of the text within this chunk. Returns from where on bytes are not held yet. */
  #endText(chunk: Buffer, from: number, textFrom: number, at: number): number {
    const start = this.#textCarried ? 0 : textFrom;
    const isLong = this.#textBytes + at - start > LONGEST_TEXT_BYTES;
    if (this.#mode === 'between' || (this.#mode === 'rest' && this.#depth === 1)) {
      const bytes = this.#textCarried ? Buffer.concat([...this.#textPieces, chunk.subarray(0, at)]) : chunk;
      const text = isLong ? '' : bytes.toString('utf8', start, this.#textCarried ? bytes.length : at);
      this.#takeKey(text.includes('\\') ? String(parsed(`"${text}"`)) : text);
    }
    if (!isLong && !this.#textCarried) return from;
    const isCollected = this.#isCollecting();
    if (isCollected && !isLong) for (const piece of this.#textPieces) this.#hold(piece);
    if (isCollected && !this.#textCarried) this.#hold(chunk.subarray(from, textFrom));
    this.#textPieces = [];
    this.#textBytes = 0;
    this.#textCarried = false;
    return isLong ? at : from;
  }

  #takeKey(text: string): void {
    if (this.#mode === 'rest') {
      this.#name = text;
      return;
    }
    if (this.#next === 'first-key') this.#next = 'key';
    this.#expect('key', 'colon');
    this.#key = text;
  }

  /** The chunk ends: what is not held yet is carried over. */
  #carry(chunk: Buffer, from: number, textFrom: number): void {
    if (!this.#inText) {
      if (this.#isCollecting()) this.#hold(chunk.subarray(from));
      return;
    }
    if (this.#mode === 'passed-over') return;
    const own = chunk.subarray(this.#textCarried ? 0 : textFrom);
    if (!this.#textCarried && this.#isCollecting()) this.#hold(chunk.subarray(from, textFrom));
    this.#textCarried = true;
    this.#textBytes += own.length;
    if (this.#textBytes <= LONGEST_TEXT_BYTES) this.#textPieces.push(own);
    else this.#textPieces = [];
  }

  #isCollecting(): boolean {
    return this.#mode === 'rest' || this.#mode === 'member' || this.#mode === 'list';
  }

  #hold(bytes: Buffer): void {
    this.#held.add(bytes, this.#mode === 'rest' ? MOST_REST_BYTES : MOST_ENTRY_BYTES);
  }

  #keepRest(): void {
    this.#rest += this.#held.take();
    if (this.#rest.length > MOST_REST_BYTES)
      throw new BadJson(`more than ${MOST_REST_BYTES} bytes in one part`);
  }

  /** What is held, and more bytes of the chunk. */
  #takeWith(chunk: Buffer, from: number, to: number): string {
    if (this.#held.isEmpty) return chunk.toString('utf8', from, to);
    this.#hold(chunk.subarray(from, to));
    return this.#held.take();
  }
}
