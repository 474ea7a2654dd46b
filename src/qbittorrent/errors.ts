/**
 * What can go wrong between us and qBittorrent, told apart by what the user can do about it.
 * No message carries a password, a key, a cookie or a passkey: excerpts of answers pass `excerptOf` first.
 */

import { shownPath } from '../control/shown-address.ts';

/** Common base, so that callers can tell qBittorrent's troubles from bugs of our own. */
export abstract class QbittorrentError extends Error {
  abstract readonly kind:
    | 'unreachable'
    | 'credentials-refused'
    | 'address-banned'
    | 'unexpected-answer'
    | 'endpoint-missing'
    | 'unsupported-version';
}

export type UnreachableReason =
  | 'refused'
  | 'dns'
  | 'timeout'
  | 'reset'
  | 'tls'
  | 'not-http'
  | 'closed'
  | 'other';

const UNREACHABLE_ADVICE: Readonly<Record<UnreachableReason, string>> = {
  refused: 'nothing listens there. Is qBittorrent running with its WebUI on, and are host and port right?',
  dns: 'the host name is unknown. Is qbittorrent.host spelt right and known to the DNS server in use?',
  timeout:
    'no full answer within the time limit. Is the host right, is a firewall in the way, does the WebUI not speak HTTPS there (then switch TLS off), or is qBittorrent overloaded (then raise qbittorrent.timeout)?',
  reset: 'the connection broke off. Did qBittorrent or a proxy before it restart?',
  tls: 'the TLS connection failed. Does the WebUI speak HTTPS there, and is its certificate trusted (a self-signed one needs its CA file)?',
  'not-http':
    'the answer is not HTTP. Does the WebUI speak HTTPS there (then switch TLS on), or is it another service’s port?',
  closed: 'this client has been closed.',
  other: 'the connection failed. Are host and port right?',
};

/** No answer at all, or not all of it. */
export class QbittorrentUnreachable extends QbittorrentError {
  override readonly name = 'QbittorrentUnreachable';
  readonly kind = 'unreachable';
  readonly endpoint: string;
  readonly reason: UnreachableReason;

  constructor(address: string, endpoint: string, reason: UnreachableReason, cause?: unknown) {
    const code = codeOf(cause);
    super(
      `qBittorrent at ${address} cannot be reached (${endpoint}${code === null ? '' : `, ${code}`}): ${UNREACHABLE_ADVICE[reason]}`,
      { cause },
    );
    this.endpoint = endpoint;
    this.reason = reason;
  }
}

/** Stays in force until `reset()`: five refused logins ban the address for an hour. */
export class CredentialsRefused extends QbittorrentError {
  override readonly name = 'CredentialsRefused';
  readonly kind = 'credentials-refused';

  constructor(address: string, what: 'password' | 'api-key' | 'missing') {
    const message = {
      password:
        'refused the user name or password. Correct qbittorrent.username and qbittorrent.password (a 401 can also mean that its Host header validation refuses this address)',
      'api-key':
        'refused the API key. Make a new one in its WebUI options (needs qBittorrent 5.2 or later) and set qbittorrent.api_key',
      missing:
        'wants a login, but neither user name and password nor API key are configured. Set qbittorrent.username and qbittorrent.password',
    }[what];
    super(`qBittorrent at ${address} ${message}. It is not tried again until then, so as not to be banned.`);
  }
}

export class AddressBanned extends QbittorrentError {
  override readonly name = 'AddressBanned';
  readonly kind = 'address-banned';

  constructor(address: string) {
    super(
      `qBittorrent at ${address} refuses logins from this address (403): it bans an address after too many failed logins, for an hour by default. Correct the password, then wait or restart qBittorrent.`,
    );
  }
}

/** An answer came, but not one that the WebUI API gives. */
export class UnexpectedAnswer extends QbittorrentError {
  override readonly name = 'UnexpectedAnswer';
  readonly kind = 'unexpected-answer';
  readonly endpoint: string;
  readonly status: number;
  readonly expected: string;
  readonly got: string;

  constructor(endpoint: string, status: number, expected: string, got: string, cause?: unknown) {
    super(`qBittorrent answered ${endpoint} (status ${status}) with ${got}; expected ${expected}.`, {
      cause,
    });
    this.endpoint = endpoint;
    this.status = status;
    this.expected = expected;
    this.got = got;
  }
}

export class EndpointMissing extends QbittorrentError {
  override readonly name = 'EndpointMissing';
  readonly kind = 'endpoint-missing';
  readonly endpoint: string;

  constructor(address: string, endpoint: string) {
    super(
      `${address} has no ${endpoint} (404): it is not a qBittorrent WebUI, or it stands under another path. Check host, port and qbittorrent.base_path.`,
    );
    this.endpoint = endpoint;
  }
}

export class UnsupportedVersion extends QbittorrentError {
  override readonly name = 'UnsupportedVersion';
  readonly kind = 'unsupported-version';

  constructor(appVersion: string, webApiVersion: string, minimum: string) {
    super(
      `qBittorrent ${appVersion} speaks WebUI API ${webApiVersion}; Qguardarr needs ${minimum} or later. Update qBittorrent (4.4 or later).`,
    );
  }
}

/** An answer came, and it will be the same next time: what stands before the client does not let the call through. */
export function isRefusal(error: unknown): boolean {
  if (error instanceof EndpointMissing) return true;
  if (!(error instanceof UnexpectedAnswer)) return false;
  return error.status < 500 && !PASSING_STATUSES.has(error.status);
}

/** Request timeout, too early, too many requests. */
const PASSING_STATUSES: ReadonlySet<number> = new Set([408, 425, 429]);

/** A write was asked for while none is allowed (dry run). Not qBittorrent's doing: a bug if it is ever seen. */
export class WritesForbidden extends Error {
  override readonly name = 'WritesForbidden';

  constructor(endpoint: string) {
    super(`${endpoint} was not called: writing to qBittorrent is off (dry run).`);
  }
}

const EXCERPT_LENGTH = 120;

/** The start of an answer, fit for a log: URLs end after their host, anything that may be a key is starred. */
export function excerptOf(body: string): string {
  const scrubbed = body
    .slice(0, EXCERPT_LENGTH * 4)
    .replace(/\s+/g, ' ')
    .replace(/([a-z][a-z0-9+.-]*:\/\/)(?:[^\s"'<>/@]*@)?([^\s"'<>/?]*)[^\s"'<>]*/gi, '$1$2/***')
    .replace(/(?<![<\w:/])(?:\/[^\s"'<>/?]+){2,}/g, shownPath)
    .replace(/[A-Za-z0-9+_-]{16,}/g, '***')
    .trim();
  if (scrubbed === '') return 'an empty body';
  return scrubbed.length > EXCERPT_LENGTH ? `"${scrubbed.slice(0, EXCERPT_LENGTH)}…"` : `"${scrubbed}"`;
}

function codeOf(cause: unknown): string | null {
  const code = cause instanceof Error && 'code' in cause ? cause.code : null;
  return typeof code === 'string' ? code : null;
}
