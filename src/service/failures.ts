import { QbittorrentError, UnexpectedAnswer } from '../qbittorrent/errors.ts';

/** qBittorrent doesn't answer as such; an answer that only doesn't parse is no reason to log in anew. */
export function isLinkLost(error: unknown): boolean {
  return error instanceof QbittorrentError && !(error instanceof UnexpectedAnswer);
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
