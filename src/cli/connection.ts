import type { Config } from '../config/schema.ts';
import type { Journal } from '../journal/records.ts';
import type { QbittorrentClient } from '../qbittorrent/client.ts';
import { QbittorrentError } from '../qbittorrent/errors.ts';
import { CallQueue } from '../queue/call-queue.ts';
import { systemClock } from '../service/clock.ts';
import { createClient } from '../service/limits/create-client.ts';
import { HeldLimits } from '../service/limits/held-limits.ts';
import { Picture } from '../service/limits/picture.ts';
import { recallWrites } from '../service/limits/recall.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { printError } from './output.ts';

/** What a command needs to look at qBittorrent by itself. */
export interface Connection {
  readonly client: QbittorrentClient;
  readonly queue: CallQueue;
  readonly picture: Picture;
  readonly held: HeldLimits;
  readonly appVersion: string;
  readonly keepsClientData: boolean;
}

/** Connects, runs the work, closes. An unreachable qBittorrent is one line and its exit code. */
export async function withConnection(
  config: Config,
  journal: Journal | null,
  writes: boolean,
  work: (connection: Connection) => Promise<ExitCode>,
): Promise<ExitCode> {
  const client = createClient(config, { writesAllowed: () => writes && !config.global.dry_run });
  const queue = new CallQueue({
    callsPerSecond: config.global.calls_per_second,
    maxWaiting: config.global.max_queued_calls,
  });
  const held = new HeldLimits();
  if (journal !== null) {
    held.restore(journal.originals.values(), systemClock.monotonic());
    await recallWrites(journal, held);
  }
  const picture = new Picture({
    instance: config.qbittorrent.name,
    client: () => client,
    queue,
    clock: systemClock,
    held,
  });
  try {
    const { appVersion, keepsClientData } = await client.connect();
    return await work({ client, queue, picture, held, appVersion, keepsClientData });
  } catch (error) {
    if (!(error instanceof QbittorrentError)) throw error;
    printError(error.message);
    return EXIT.unreachable;
  } finally {
    await queue.stop();
    client.close();
  }
}
