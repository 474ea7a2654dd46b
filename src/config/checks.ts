/**
 * What no single key can tell: rules between keys. Errors are looked for in the tree before decoding, so
 * that they are reported together with wrong types elsewhere; warnings in a config that is valid.
 */
import { isCatchAll } from '../control/matching.ts';
import { KIB, MIN_LIMIT_BPS } from '../control/units.ts';
import { AddressSet } from './addresses.ts';
import { flag, integer, isMapping } from './codecs.ts';
import { type Finding, formatPath, quote } from './issues.ts';
import { parseQbittorrentHost } from './qbittorrent-host.ts';
import type { Config } from './schema.ts';

type Mapping = Readonly<Record<string, unknown>>;

function section(tree: unknown, key: string): Mapping {
  const value = isMapping(tree) && Object.hasOwn(tree, key) ? tree[key] : undefined;
  return isMapping(value) ? value : {};
}

function checkIds(trackers: readonly unknown[]): Finding[] {
  const findings: Finding[] = [];
  const firstWithId = new Map<string, number>();
  for (const [index, tracker] of trackers.entries()) {
    const id = isMapping(tracker) ? tracker.id : undefined;
    if (typeof id !== 'string') continue;
    const first = firstWithId.get(id);
    if (first === undefined) {
      firstWithId.set(id, index);
    } else {
      const message = `${quote(id)} is also the id of trackers[${first}]: every id must be different`;
      findings.push({ path: ['trackers', index, 'id'], message });
    }
  }
  return findings;
}

function checkCatchAll(trackers: readonly unknown[]): Finding[] {
  if (trackers.length === 0) return [];
  const patterns = trackers.map((tracker) => (isMapping(tracker) ? tracker.pattern : undefined));
  const catchAlls = [...patterns.keys()].filter((index) => {
    const pattern = patterns[index];
    return typeof pattern === 'string' && isCatchAll(pattern);
  });
  if (catchAlls.length === 0) {
    // A variable that isn't set leaves undefined: what the pattern would be isn't known.
    const unresolved = trackers.some(
      (tracker) => isMapping(tracker) && Object.hasOwn(tracker, 'pattern') && tracker.pattern === undefined,
    );
    const message =
      'no catch-all: the last tracker must match everything (pattern: ".*"); max_upload_speed: -1 leaves it unlimited';
    return unresolved ? [] : [{ path: ['trackers'], message }];
  }
  return catchAlls
    .filter((index) => index < trackers.length - 1)
    .map((index) => ({
      path: ['trackers', index, 'pattern'],
      message: 'matches everything, so the trackers after it would never match: the catch-all must come last',
    }));
}

function checkCrossSeed(tree: unknown): Finding[] {
  const crossSeed = section(tree, 'cross_seed');
  const enabled = flag.decode(crossSeed.enabled);
  if (enabled._tag === 'Left' || !enabled.right) return [];
  const url = crossSeed.url ?? '';
  if (typeof url !== 'string' || (/^https?:\/\//i.test(url) && URL.canParse(url))) return [];
  const message = 'expected http:// or https:// URL of cross-seed, since cross_seed.enabled is true';
  return [{ path: ['cross_seed', 'url'], message }];
}

/** Names of keys that have one already: that of auth.api_key, and the scope that the webhook's must have. */
function checkKeys(tree: unknown): Finding[] {
  const { keys, api_key } = section(tree, 'auth');
  const findings: Finding[] = [];
  const names = new Map<unknown, string>([['main', 'auth.api_key']]);
  const values = new Map<unknown, string>([[api_key, 'auth.api_key']]);
  for (const [index, entry] of (Array.isArray(keys) ? keys : []).entries()) {
    if (!isMapping(entry)) continue;
    const path = ['auth', 'keys', index] as const;
    const sameName = names.get(entry.name);
    if (sameName !== undefined) {
      findings.push({
        path: [...path, 'name'],
        message: `is also the name of ${sameName}: every name must be different`,
      });
    }
    names.set(entry.name, formatPath(path));
    if (entry.name === 'webhook' && entry.scope !== 'webhook') {
      const message = 'expected webhook: the key of this name is the one that the installed webhook sends';
      findings.push({ path: [...path, 'scope'], message });
    }
    if (entry.key === undefined || entry.key === null || entry.key === '') continue;
    const sameKey = values.get(entry.key);
    if (sameKey !== undefined) {
      findings.push({
        path: [...path, 'key'],
        message: `is the same as ${sameKey}: every key must be different`,
      });
    }
    values.set(entry.key, formatPath(path));
  }
  return findings;
}

function checkPorts(tree: unknown): Finding[] {
  const { host, port } = section(tree, 'qbittorrent');
  const hostPort = typeof host === 'string' ? parseQbittorrentHost(host)?.port : null;
  const decoded = integer({ min: 1, max: 65535 }).decode(port);
  if (hostPort === null || hostPort === undefined || decoded._tag === 'Left') return [];
  if (hostPort === decoded.right) return [];
  const message = `names port ${hostPort}, but qbittorrent.port is ${decoded.right}: leave the port out of the host`;
  return [{ path: ['qbittorrent', 'host'], message }];
}

function checkTls(tree: unknown): Finding[] {
  const { tls_cert_file: cert, tls_key_file: key } = section(tree, 'global');
  const isSet = (file: unknown) => typeof file === 'string' && file !== '';
  if (isSet(cert) === isSet(key)) return [];
  const missing = isSet(cert) ? 'tls_key_file' : 'tls_cert_file';
  const message = 'is missing: https takes both the certificate and its key, as PEM files';
  return [{ path: ['global', missing], message }];
}

/** Rules between keys, on a tree that may be wrong in every other way. */
export function crossCheck(tree: unknown): Finding[] {
  const list = isMapping(tree) ? tree.trackers : undefined;
  const trackers: readonly unknown[] = Array.isArray(list) ? list : [];
  return [
    ...checkIds(trackers),
    ...checkCatchAll(trackers),
    ...checkCrossSeed(tree),
    ...checkKeys(tree),
    ...checkPorts(tree),
    ...checkTls(tree),
  ];
}

// qBittorrent moves data in blocks of this size: below one a second, a cap is held on average only.
const BLOCK_BPS = 16 * KIB;

/** Below that a few torrents that upload at once are too many for a cap. */
const SMALL_CAP_BPS = 64 * KIB;

/** What keeps a small cap from holding. How many torrents there are is not known here: /health warns with numbers. */
function limitsOf(capBps: number): string {
  const most = Math.floor(capBps / MIN_LIMIT_BPS);
  const torrents = most === 1 ? '1 of its torrents uploads' : `${most} of its torrents upload`;
  const crowd = `no torrent is limited to less than 1 KiB/s, so it can't hold when more than ${torrents} at once`;
  if (capBps >= BLOCK_BPS) return crowd;
  return `${crowd}; and qBittorrent moves data in blocks of 16 KiB, so a cap below ${BLOCK_BPS} B/s is held on average only`;
}

function warnOfTrackers({ trackers }: Config): string[] {
  const warnings: string[] = [];
  const firstWithPattern = new Map<string, number>();
  for (const [index, { pattern, max_upload_speed }] of trackers.entries()) {
    const path = formatPath(['trackers', index]);
    const first = firstWithPattern.get(pattern);
    if (first === undefined) firstWithPattern.set(pattern, index);
    else warnings.push(`${path}.pattern is the same as trackers[${first}].pattern, so it never matches`);
    if (pattern.includes('://') || pattern.includes(':\\/\\/')) {
      warnings.push(
        `${path}.pattern contains "://", but patterns are matched on host and path without the scheme: it may never match`,
      );
    }
    if (max_upload_speed !== -1 && max_upload_speed < SMALL_CAP_BPS) {
      warnings.push(`${path}.max_upload_speed is ${max_upload_speed} B/s: ${limitsOf(max_upload_speed)}`);
    }
  }
  return warnings;
}

/** Of all addresses: more than all private ones (10.0.0.0/8, fc00::/7) and less than any range that matters beside them. */
const WIDEST_PROXY_SHARE = 1 / 64;

/** What is valid but probably not what the user wants; one sentence each. */
export function warningsFor(config: Config): string[] {
  const warnings = warnOfTrackers(config);
  if (new AddressSet(config.auth.trusted_proxies).share > WIDEST_PROXY_SHARE) {
    warnings.push(
      'auth.trusted_proxies holds a large part of all addresses: whoever has one of them can claim to be another, so ' +
        'wrong keys slow no one down; name the addresses of your proxies only',
    );
  }
  const { steps } = config.rollout;
  for (const [index, step] of steps.entries()) {
    const before = steps[index - 1];
    if (before !== undefined && step.percentage <= before.percentage) {
      warnings.push(`rollout.steps[${index}].percentage is not above that of the step before it`);
    }
  }
  return warnings;
}
