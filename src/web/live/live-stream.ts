import type { LiveUpdate } from '../../service/live-types.ts';
import { type Api, ApiError } from '../api.ts';
import { SseParser } from './sse-parser.ts';

export type StreamStatus =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'live' }
  /** What is shown is as of then, Unix ms. */
  | { readonly kind: 'lost'; readonly since: number };

/** The server says something at least every 10 s. */
const SILENCE_MS = 25_000;
const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 15_000;

export interface LiveStreamOptions {
  readonly api: Api;
  readonly onUpdate: (update: LiveUpdate) => void;
  readonly onStatus: (status: StreamStatus) => void;
}

/**
 * Reads /events by fetch, which tells why it was refused; EventSource can't. Comes back by itself, each time a
 * little later, and at once when the network or the page does.
 */
export class LiveStream {
  readonly #options: LiveStreamOptions;
  #attempt: AbortController | null = null;
  #timer = 0;
  #failures = 0;
  #heardAt = Date.now();

  constructor(options: LiveStreamOptions) {
    this.#options = options;
  }

  start(): void {
    addEventListener('online', () => this.retry());
    document.addEventListener('visibilitychange', () => {
      if (!document.hidden) this.retry();
    });
    this.retry();
  }

  /** Tries now, unless it is connected. */
  retry(): void {
    if (this.#attempt !== null) return;
    clearTimeout(this.#timer);
    const attempt = new AbortController();
    this.#attempt = attempt;
    void this.#listen(attempt);
  }

  async #listen(attempt: AbortController): Promise<void> {
    let silence = 0;
    const heard = () => {
      clearTimeout(silence);
      silence = setTimeout(() => attempt.abort(), SILENCE_MS);
      this.#heardAt = Date.now();
    };
    try {
      silence = setTimeout(() => attempt.abort(), SILENCE_MS);
      const body = await this.#options.api.stream('/events', attempt.signal);
      this.#failures = 0;
      this.#options.onStatus({ kind: 'live' });
      const parser = new SseParser();
      const reader = body.pipeThrough(new TextDecoderStream()).getReader();
      for (;;) {
        heard();
        const { done, value } = await reader.read();
        if (done) break;
        for (const { event, data } of parser.push(value)) {
          this.#options.onUpdate({ event, data: JSON.parse(data) } as LiveUpdate);
        }
      }
      this.#lost();
    } catch (error) {
      // Without the right key there is nothing to come back for until it is given.
      if (error instanceof ApiError && error.status === 401) this.#attempt = null;
      else this.#lost();
    } finally {
      clearTimeout(silence);
    }
  }

  #lost(): void {
    this.#attempt = null;
    const delay = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** this.#failures);
    this.#failures += 1;
    this.#timer = setTimeout(() => this.retry(), delay);
    this.#options.onStatus({ kind: 'lost', since: this.#heardAt });
  }
}
