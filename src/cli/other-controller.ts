/** Ownership of the client, for commands that write to it without the service. */
import type { Contest } from '../../machines/service.types.ts';
import type { Journal } from '../journal/records.ts';
import type { QbittorrentClient } from '../qbittorrent/client.ts';
import { isRefusal } from '../qbittorrent/errors.ts';
import { systemClock } from '../service/clock.ts';
import { messageOf } from '../service/failures.ts';
import { controllerContest, rewriterContest } from '../service/ownership/contest.ts';
import {
  decodeMarker,
  describeHolder,
  type FoundMarker,
  MARKER_NAME,
  RENEW_MS,
} from '../service/ownership/marker.ts';
import { print } from './output.ts';

/** A live controller renews its marker by then, with a slow cycle in between. */
const WATCH_MS = 2.5 * RENEW_MS;
const LOOK_EVERY_MS = 2_000;

/**
 * Why nothing may be written to the client; null when it may.
 * @param client null: it keeps no markers
 * @throws QbittorrentError
 */
export async function contestOf(journal: Journal, client: QbittorrentClient | null): Promise<Contest | null> {
  if (journal.contest !== null) return rewriterContest(journal.contest.problem);
  return await liveController(journal, client);
}

/**
 * Another controller in charge of the client, or null. Its marker is watched for some seconds, as only its moves show
 * that it is alive.
 * @param client null: it keeps no markers
 * @throws QbittorrentError
 */
export async function liveController(
  journal: Journal,
  client: QbittorrentClient | null,
): Promise<Contest | null> {
  if (client === null) return null;
  const { value: found } = await lookForMarker(client);
  const marker = decodeMarker(found);
  if (marker === null || isOver(marker)) return null;
  if (marker !== 'unreadable' && marker.journal === journal.name) return null;
  const holder = describeHolder(marker);
  print(`the client has the marker of ${holder}: watching it for up to ${WATCH_MS / 1000} s`);
  for (let waitedMs = 0; waitedMs < WATCH_MS; waitedMs += LOOK_EVERY_MS) {
    await systemClock.sleep(LOOK_EVERY_MS);
    const { value: now } = await lookForMarker(client);
    if (isOver(decodeMarker(now))) return null;
    if (JSON.stringify(now) !== JSON.stringify(found)) return controllerContest(holder);
  }
  return null;
}

/**
 * What the client keeps for a marker; undefined too where a proxy refuses the call, which `refusal` then tells.
 * @throws QbittorrentError
 */
export async function lookForMarker(
  client: QbittorrentClient,
): Promise<{ readonly value: unknown; readonly refusal: string | null }> {
  try {
    return { value: await client.clientData(MARKER_NAME), refusal: null };
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return { value: undefined, refusal: messageOf(error) };
  }
}

function isOver(marker: FoundMarker): boolean {
  return marker === null || (marker !== 'unreadable' && marker.state === 'stopped');
}

/** The marker goes with the last limit of this journal. @throws QbittorrentError */
export async function removeOwnMarker(journal: Journal, client: QbittorrentClient): Promise<void> {
  if (journal.originals.size > 0) return;
  const marker = decodeMarker((await lookForMarker(client)).value);
  if (marker === null || marker === 'unreadable' || marker.journal !== journal.name) return;
  await client.setClientData(MARKER_NAME, null);
}
