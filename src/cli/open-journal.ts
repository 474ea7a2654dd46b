import type { Config } from '../config/schema.ts';
import { createJournal } from '../create-journal.ts';
import { JournalLocked } from '../journal/errors.ts';
import type { OnWait } from '../journal/lock.ts';
import type { NedbJournal } from '../journal/nedb-journal.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { printError } from './output.ts';
import { NoService, ServiceProblem } from './service-client.ts';

/** The journal, or who holds it. */
export type OpenedJournal = { readonly journal: NedbJournal } | { readonly heldBy: string };

/**
 * The journal of the configured service, unless a process holds it: most likely the service. Rejects with JournalError.
 * @param onWait as of the journal's `open`
 */
export async function openJournal(config: Config, onWait?: OnWait): Promise<OpenedJournal> {
  const journal = createJournal(config);
  try {
    await journal.open(onWait);
    return { journal };
  } catch (error) {
    if (error instanceof JournalLocked) return { heldBy: error.holder };
    throw error;
  }
}

/**
 * The journal; or what came of the command when the service holds the journal and so has to carry it out. A service that
 * crashed in another container left its lock and answers nothing: then the lock is watched, for seconds if it is held.
 */
export async function journalUnlessServed(
  config: Config,
  byService: (heldBy: string) => Promise<ExitCode>,
): Promise<NedbJournal | ExitCode> {
  const opened = await openJournal(config);
  if ('journal' in opened) return opened.journal;
  try {
    return await byService(opened.heldBy);
  } catch (error) {
    if (!(error instanceof ServiceProblem)) throw error;
    printError(error.message);
    if (!(error instanceof NoService)) return EXIT.service;
  }
  const watched = await openJournal(config, sayWatching);
  if ('journal' in watched) return watched.journal;
  printError(`the journal is in use by ${watched.heldBy}, which is alive`);
  return EXIT.service;
}

function sayWatching(holder: string, seconds: number): void {
  printError(
    `the journal is marked as in use by ${holder}: watching for its heartbeat, for up to ${seconds} s`,
  );
}
