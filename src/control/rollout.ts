import { createHash } from 'node:crypto';

/**
 * Is this torrent among the first `percentage` per cent? md5 of the info-hash's hex text, its first 8 hex
 * digits modulo 100: the rule of the Python tool, so that a user's torrents stay chosen when they move over.
 * @param percentage 0..100
 */
export function inRollout(infoHash: string, percentage: number): boolean {
  if (percentage >= 100) return true;
  if (percentage <= 0) return false;
  return rolloutBucket(infoHash) < percentage;
}

/** 0..99, fixed for an info-hash. */
export function rolloutBucket(infoHash: string): number {
  const digest = createHash('md5').update(infoHash).digest('hex');
  return Number.parseInt(digest.slice(0, 8), 16) % 100;
}
