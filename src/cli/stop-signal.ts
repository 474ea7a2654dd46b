import { EXIT, type ExitCode } from './exit-codes.ts';
import { explainBug } from './explain-failure.ts';
import { printError } from './output.ts';

/** Why the service is to end. */
export interface Stop {
  readonly why: NodeJS.Signals | 'crash';
  /** Of a crash: what was not caught. */
  readonly error: unknown;
  readonly code: ExitCode;
}

/** SIGTERM to exit is promised within 5 s, whatever hangs. */
const EXIT_WITHIN_MS = 4_750;

/**
 * Resolves with the first reason to stop: SIGTERM, SIGINT, or an error that was not caught, after which the state
 * is unknown and going on would be a guess. From then on the process ends within 5 s, or so much later as is
 * granted then; a second signal ends it at once.
 * @param clean takes secrets out of what is logged of a crash
 */
export function untilStopped(
  grantedMs: () => number = () => 0,
  clean: (text: string) => string = (text) => text,
): Promise<Stop> {
  return new Promise((resolve) => {
    let stopping = false;
    const stop = (reason: Stop) => {
      stopping = true;
      // Keeps nothing alive: it is for handles that don't close, such as those of a disk that hangs.
      setTimeout(() => process.exit(reason.code), EXIT_WITHIN_MS + grantedMs()).unref();
      resolve(reason);
    };
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.on(signal, () => {
        if (stopping) process.exit(EXIT.failed);
        stop({ why: signal, error: null, code: EXIT.ok });
      });
    }
    // Rejections that are not handled come here too.
    process.on('uncaughtException', (error) => {
      printError(clean(explainBug(error)));
      if (!stopping) stop({ why: 'crash', error, code: EXIT.failed });
    });
  });
}

/** SIGHUP reloads, as is usual for services. On a terminal it means that the terminal is gone: that stays an end. */
export function onHangUp(reload: () => Promise<void>): void {
  if (process.stdout.isTTY === true) return;
  process.on('SIGHUP', () => void reload());
}
