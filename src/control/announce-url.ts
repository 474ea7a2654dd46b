/**
 * Announce URLs as the control core reads them. They carry passkeys: what leaves this file holds none.
 */

/** An announce URL, taken apart and freed of user info, query and passkeys. */
export interface AnnounceUrl {
  readonly text: string;
  readonly textWithPort: string | null;
  readonly redacted: string;
}

// Groups: scheme, host, port, path. Hosts with spaces or control characters are refused.
const ANNOUNCE_URL =
  /^(https?|udp|wss?):\/\/(?:[^/?#]*@)?(\[[0-9a-f:.]+\]|[^\s/?#:@[\]]+)(?::(\d{1,5}))?(\/[^?#]*)?(?:[?#]|$)/i;
const LONG_RUN = /[A-Za-z0-9_+=%-]{16,}/g;
/** A long run that looks like words ("tracker-announce-backup") stays; keys and whatever may be one go. */
function hideKey(run: string): string {
  const wordy = /^[a-z]+(?:[-_][a-z]+)+$/.test(run) || /^[A-Z]+(?:[-_][A-Z]+)+$/.test(run);
  return wordy ? run : '***';
}

/** @returns null for what is not an http, https, udp, ws or wss URL. */
export function parseAnnounceUrl(url: string): AnnounceUrl | null {
  const parts = ANNOUNCE_URL.exec(url.trim());
  if (parts === null) return null;
  const [, scheme = '', rawHost = '', port, rawPath = '/'] = parts;
  const host = rawHost.toLowerCase().replace(/\.$/, '');
  if (host === '') return null;
  const path = rawPath.length < 16 ? rawPath : rawPath.replace(LONG_RUN, hideKey);
  const withPort = port === undefined ? null : `${host}:${port}${path}`;
  return {
    text: host + path,
    textWithPort: withPort,
    redacted: `${scheme.toLowerCase()}://${withPort ?? host + path}`,
  };
}

/**
 * An announce URL for logs and answers: without user info and query, passkeys in the path as "***".
 * What isn't an announce URL is not repeated at all, since it may hold a key anywhere.
 */
export function redactAnnounceUrl(url: string): string {
  const parsed = parseAnnounceUrl(url);
  if (parsed === null) return '(not an announce URL)';
  return url.includes('?') ? `${parsed.redacted}?***` : parsed.redacted;
}
