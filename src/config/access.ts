/** The config's `auth`: who may ask the service for what, and what stands between it and them. */
import { isIP, isIPv4 } from 'node:net';
import { choice, closed, flag, list, optional, text, textMatching } from './codecs.ts';

/** What `auth.public` can open: groups of reads, each of them one path or the paths below it. */
export const PUBLIC_READS = [
  'health',
  'metrics',
  'state',
  'stats',
  'events',
  'torrents',
  'preview',
  'journal',
] as const;

export type PublicRead = (typeof PUBLIC_READS)[number];

/** An address with the bits of it that count: `10.0.0.0/8` is { address: '10.0.0.0', bits: 8 }. */
export interface AddressRange {
  readonly address: string;
  readonly bits: number;
}

/** Reads an IP address, alone or with a prefix length; null for anything else. */
export function parseAddressRange(input: string): AddressRange | null {
  const [address = '', prefix, ...more] = input.trim().split('/');
  const longest = isIPv4(address) ? 32 : 128;
  if (isIP(address) === 0 || more.length > 0) return null;
  if (prefix === undefined) return { address, bits: longest };
  const bits = /^\d{1,3}$/.test(prefix) ? Number(prefix) : Number.POSITIVE_INFINITY;
  return bits <= longest ? { address, bits } : null;
}

/** Sent in a header: a line break or a space in it would break the request. */
export const headerKey = textMatching('API key without spaces and line breaks', /^[\x21-\x7e]*$/);

export const authSection = closed({
  /** Empty: one is made at first start. */
  api_key: optional(headerKey, ''),
  /** Host names besides loopback under which browsers may reach the service. */
  allowed_hosts: optional(list(text('text, not empty', (input) => input.trim() !== '')), []),
  /** Whether a request made on this machine, to this machine and through no proxy needs no key. */
  trust_loopback: optional(flag, true),
  /** What may be read without a key, from anywhere. */
  public: optional(list(choice(...PUBLIC_READS)), []),
  /** Proxies whose X-Forwarded-For and X-Forwarded-Proto are believed. */
  trusted_proxies: optional(
    list(text('IP address or range such as 172.16.0.0/12', (input) => parseAddressRange(input) !== null)),
    [],
  ),
});

/** Where a reverse proxy puts the service: '' or '/qguardarr', without a slash at the end. */
export const basePath = text('URL path such as "/qguardarr", or ""', (input) =>
  /^(\/(?!\.{1,2}(\/|$))[A-Za-z0-9._~-]+)*$/.test(input),
);
