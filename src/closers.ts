import type { Logger } from 'pino';

type Close = () => Promise<void>;

/**
 * What has been opened and how to close it: the last opened first, each by itself, so that one that fails or
 * hangs doesn't keep the others open.
 */
export class Closers {
  readonly #opened: { readonly what: string; readonly close: Close; readonly withinMs: () => number }[] = [];

  /** @param withinMs given up after that, though it may go on; asked for when it is closed */
  push(what: string, withinMs: number | (() => number), close: Close): void {
    this.#opened.push({ what, close, withinMs: typeof withinMs === 'number' ? () => withinMs : withinMs });
  }

  /** Never rejects. Closes each once, however often it is called. */
  async closeAll(logger: Logger): Promise<void> {
    for (const { what, close, withinMs } of this.#opened.splice(0).reverse()) {
      const patienceMs = withinMs();
      try {
        if (!(await endsWithin(patienceMs, close()))) {
          logger.warn(`${what} did not end within ${patienceMs / 1000} s and is left to itself`);
        }
      } catch (error) {
        logger.error({ err: error }, `${what} did not close as it should`);
      }
    }
  }
}

async function endsWithin(ms: number, work: Promise<void>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  try {
    return await Promise.race([work.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}
