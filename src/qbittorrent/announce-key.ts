import { createHash } from 'node:crypto';
import { parseAnnounceUrl } from '../control/announce-url.ts';
import { LONGEST_URL } from './answer-limits.ts';

/** Enough that no two of a client's URLs are taken for one. */
const DIGEST_LENGTH = 16;

/**
 * An announce URL as it is kept: what patterns are searched in, without passkeys; and where something was left out, a
 * digest of it all as fragment, as two URLs that differ in their passkey only come and go apart. An announce URL itself.
 * @returns null for what can't be read as an announce URL, or is longer than any
 */
export function announceKey(url: string): string | null {
  if (url.length > LONGEST_URL) return null;
  const parsed = parseAnnounceUrl(url);
  if (parsed === null) return null;
  if (parsed.redacted === url) return url;
  const digest = createHash('sha256').update(url).digest('base64url').slice(0, DIGEST_LENGTH);
  return `${parsed.redacted}#${digest}`;
}

/** The part of a kept URL that is for people and patterns. */
export function announceText(key: string): string {
  const end = key.indexOf('#');
  return end === -1 ? key : key.slice(0, end);
}
