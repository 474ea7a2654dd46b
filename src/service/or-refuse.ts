import { JournalError } from '../journal/errors.ts';
import { QbittorrentError } from '../qbittorrent/errors.ts';
import { OperationRefused } from './operations.ts';
import { contestText } from './ownership/contest.ts';
import type { Service } from './service.ts';

/** A refusal of the client or of the journal is the caller's to know, and no fault of the service. */
export async function orRefuse<T>(task: () => Promise<T>): Promise<T> {
  try {
    return await task();
  } catch (error) {
    if (error instanceof QbittorrentError) throw new OperationRefused(503, 'offline', error.message);
    if (error instanceof JournalError) throw new OperationRefused(503, 'journal_failed', error.message);
    throw error;
  }
}

/** @throws OperationRefused while nothing may be written to the client */
export function refuseContested({ actor }: Pick<Service, 'actor'>): void {
  const { contest } = actor.getSnapshot().context;
  if (contest !== null) throw new OperationRefused(409, 'contested', contestText(contest));
}
