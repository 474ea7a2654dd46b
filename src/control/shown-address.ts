/**
 * Addresses as people are shown them. A proxy's URL often has a key in its path (`http://qui:7476/proxy/<key>`), so of a
 * path only what is plainly a name stays.
 */

/** One word with two digits at most, or up to three words: `qbittorrent`, `qBittorrent-2`, `v2`, `my_torrent-proxy`. */
const NAME = /^[A-Za-z]{1,15}(?:[-_.]?\d{0,2}|(?:[-_.][A-Za-z]{1,15}){1,2})$/;
const NUMBER = /^\d{1,3}$/;
/** Capitals amid small letters, as random letters have them. */
const MIXED = /[a-z][A-Z].*[a-z][A-Z]|[A-Z]{2}[a-z]/;
const HEX = /^[a-f]{6,}$/i;
const MOST_OF_A_NAME = 32;

/** Whether a part of a path may be a key: anything that isn't plainly a name or a small number. */
export function mayBeSecret(segment: string): boolean {
  if (segment === '' || NUMBER.test(segment)) return false;
  return segment.length > MOST_OF_A_NAME || !NAME.test(segment) || MIXED.test(segment) || HEX.test(segment);
}

/** A path with `***` for each part that may be a key. */
export function shownPath(path: string): string {
  return path
    .split('/')
    .map((segment) => (mayBeSecret(segment) ? '***' : segment))
    .join('/');
}

/** A URL, or a host with a path. User info, query and fragment are `***`, as is what of the path may be a key. */
export function shownAddress(address: string): string {
  const parts = /^((?:[a-z][a-z0-9+.-]*:)?\/\/)?([^/?#]*@)?([^/?#]*)([^?#]*)(\?[^#]*)?(#.*)?$/is.exec(
    address,
  );
  if (parts === null) return '***';
  const [, scheme = '', user = '', host = '', path = '', query = '', fragment = ''] = parts;
  const hidden = (part: string) => (part === '' ? '' : `${part[0]}***`);
  return `${scheme}${user === '' ? '' : '***@'}${host}${shownPath(path)}${hidden(query)}${hidden(fragment)}`;
}
