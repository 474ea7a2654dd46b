/** Every way in which what is around the service breaks, as data: what it does, where it strikes, what is owed then. */
import type { CallKind, Injury } from '../support/faulty-proxy.ts';

/** `reads` are all GETs, `writes` all POSTs but the login; the others are no calls, and struck once. */
export type Place = 'reads' | 'writes' | 'the clock' | 'the client' | 'the config';

/**
 * When it strikes: before the first cycle of all; before that of a further run, which finds limits of the one before; in
 * the course of things; while limits are given back; or in a cycle that a rollback then ends.
 */
export const MOMENTS = ['first start', 'restart', 'steady', 'rollback', 'cycle, then rollback'] as const;
export type Moment = (typeof MOMENTS)[number];

/** What a fault can do besides to a request. */
export interface World {
  endSessions(): void;
  /** From now on another qBittorrent answers, with other torrents, until the fault is over. */
  swapTorrents(): void;
  jumpClock(ms: number): void;
  /** The client dies and comes back, each torrent with one of the limits that it had so far. */
  killClient(): Promise<void>;
  /** Someone sets the limits of all torrents, past Qguardarr. */
  setAll(bps: number): void;
  /** As `setAll`, again and again until the fault is over. */
  keepSettingAll(bps: number): void;
  /** A second service with a journal of its own on the same client, until the fault is over. */
  startSecondController(): Promise<void>;
  switchDryRun(isOn: boolean): Promise<void>;
}

export interface Fault {
  readonly name: string;
  readonly places: readonly Place[];
  readonly injury: Injury | ((world: World) => Injury);
  /** It strikes once, not everything until it is over. */
  readonly once?: boolean;
  readonly strikesLogin?: boolean;
  /** How it ends, where that is more than no injury. */
  readonly ends?: (world: World) => Promise<void>;
  /** Others than Qguardarr set limits: they may be anything until the fault is over. */
  readonly tampers?: boolean;
  /** What all torrents may have in the end besides their own limits: someone set it, and it may count as theirs. */
  readonly alsoOwn?: number;
  /** Of the simulated client; default 5.1.0. */
  readonly version?: '5.1.0' | '5.3.0';
  /** The config while it is tried, its global section. */
  readonly global?: Readonly<Record<string, unknown>>;
  /**
   * What /health owes the user before it is over. `unhealthy`: 503 with a reason, as no limit can be looked at or
   * set. `told`: a reason, as it works but not as it should. `well`: never a 503, as it goes on with its work. `any`:
   * what it says it couldn't do is done all the same.
   */
  readonly health: 'unhealthy' | 'told' | 'well' | 'any';
}

const DAY_MS = 86_400_000;
const BULK_BPS = 500 * 1024;
const TOOL_BPS = 5 * 1024 * 1024;

const answers = (status: number, body: string, arrives = false): Injury => ({
  kind: 'answer',
  status,
  body,
  arrives,
});

/** A full picture whatever was asked for, changed. */
const withFullPicture = (change: (data: Record<string, unknown>) => unknown): Injury => ({
  kind: 'alter',
  path: (path) => path.replace(/rid=\d+/, 'rid=0'),
  // Everything else that is read stays whole.
  body: (text) => (text.startsWith('{"rid"') ? JSON.stringify(change(JSON.parse(text))) : text),
});

const mapValues = (map: unknown, change: (value: object) => unknown): unknown =>
  Object.fromEntries(Object.entries(map ?? {}).map(([key, value]) => [key, change(value)]));

const everySecond = (map: unknown): unknown =>
  Object.fromEntries(Object.entries(map ?? {}).filter((_, index) => index % 2 === 0));

const BOTH: readonly Place[] = ['reads', 'writes'];

export const FAULTS: readonly Fault[] = [
  { name: 'none', places: BOTH, injury: { kind: 'slow', ms: 0 }, health: 'well' },
  { name: 'connection refused', places: BOTH, injury: { kind: 'refuse' }, health: 'unhealthy' },
  {
    name: 'reset mid-body',
    places: BOTH,
    injury: { kind: 'reset', at: 'mid-body', arrives: true },
    health: 'unhealthy',
  },
  {
    name: 'reset before the request arrives',
    places: BOTH,
    injury: { kind: 'reset', at: 'before-answer', arrives: false },
    health: 'unhealthy',
  },
  { name: 'hang past the time limit', places: BOTH, injury: { kind: 'hang' }, health: 'unhealthy' },
  { name: 'cookies stripped', places: BOTH, injury: { kind: 'strip-cookies' }, health: 'unhealthy' },
  { name: '401', places: BOTH, injury: answers(401, 'Unauthorized'), health: 'unhealthy' },
  {
    name: '403, the session expired',
    places: BOTH,
    injury: (world) => ({ kind: 'after', happens: () => world.endSessions() }),
    once: true,
    health: 'well',
  },
  { name: '403 after a good login', places: BOTH, injury: answers(403, 'Forbidden'), health: 'unhealthy' },
  {
    name: 'banned',
    places: BOTH,
    strikesLogin: true,
    injury: answers(403, 'Your IP address has been banned after too many failed authentication attempts.'),
    health: 'unhealthy',
  },
  { name: '404', places: BOTH, injury: answers(404, 'Not Found'), health: 'unhealthy' },
  { name: '409', places: BOTH, injury: answers(409, 'Conflict'), health: 'unhealthy' },
  { name: '500', places: BOTH, injury: answers(500, 'Internal Server Error'), health: 'unhealthy' },
  { name: '503', places: BOTH, injury: answers(503, 'Service Unavailable'), health: 'unhealthy' },
  {
    name: '504, though it was done',
    places: ['writes'],
    injury: answers(504, 'Gateway Time-out', true),
    health: 'any',
  },
  {
    name: 'truncated JSON',
    places: ['reads'],
    injury: { kind: 'alter', body: (text) => text.slice(0, text.length / 2) },
    health: 'unhealthy',
  },
  {
    name: 'wrong shape: not an object',
    places: ['reads'],
    injury: { kind: 'alter', body: () => '[]' },
    health: 'unhealthy',
  },
  {
    name: 'wrong shape: a limit as text',
    places: ['reads'],
    injury: withFullPicture((data) => ({
      ...data,
      torrents: mapValues(data.torrents, (torrent) => ({ ...torrent, up_limit: 'none' })),
    })),
    health: 'unhealthy',
  },
  {
    name: 'wrong shape: no limits',
    places: ['reads'],
    injury: withFullPicture((data) => ({
      ...data,
      torrents: mapValues(data.torrents, (torrent) => ({ ...torrent, up_limit: undefined })),
    })),
    health: 'unhealthy',
  },
  {
    name: 'rid reset, full_update out of turn',
    places: ['reads'],
    injury: withFullPicture((data) => data),
    health: 'well',
  },
  {
    name: 'full update without torrents',
    places: ['reads'],
    injury: withFullPicture((data) => ({ ...data, torrents: {}, trackers: {} })),
    health: 'told',
  },
  {
    name: 'full update with half of the torrents',
    places: ['reads'],
    injury: withFullPicture((data) => ({ ...data, torrents: everySecond(data.torrents) })),
    health: 'well',
  },
  {
    name: 'clock a year ahead',
    places: ['the clock'],
    injury: (world) => ({ kind: 'after', happens: () => world.jumpClock(366 * DAY_MS) }),
    health: 'well',
  },
  {
    name: 'clock a year back',
    places: ['the clock'],
    injury: (world) => ({ kind: 'after', happens: () => world.jumpClock(-366 * DAY_MS) }),
    health: 'well',
  },
  {
    name: 'restarted with other torrents',
    places: BOTH,
    injury: (world) => ({ kind: 'after', happens: () => world.swapTorrents() }),
    once: true,
    health: 'well',
  },
  {
    name: 'client killed, back with older limits',
    places: ['the client'],
    injury: (world) => ({ kind: 'after', happens: () => world.killClient() }),
    tampers: true,
    health: 'any',
  },
  {
    name: 'user sets all limits to one value',
    places: ['the client'],
    injury: (world) => ({ kind: 'after', happens: () => world.setAll(BULK_BPS) }),
    tampers: true,
    alsoOwn: BULK_BPS,
    health: 'well',
  },
  {
    name: 'another tool keeps setting all limits',
    places: ['the client'],
    injury: (world) => ({ kind: 'after', happens: () => world.keepSettingAll(TOOL_BPS) }),
    tampers: true,
    alsoOwn: TOOL_BPS,
    health: 'told',
  },
  ...(['5.1.0', '5.3.0'] as const).map(
    (version): Fault => ({
      name: `second controller comes and goes, ${version}`,
      places: ['the client'],
      injury: (world) => ({ kind: 'after', happens: () => world.startSecondController() }),
      tampers: true,
      version,
      health: 'any',
    }),
  ),
  {
    name: 'dry run switched on and off',
    places: ['the config'],
    injury: (world) => ({ kind: 'after', happens: () => world.switchDryRun(true) }),
    ends: (world) => world.switchDryRun(false),
    health: 'well',
  },
  {
    name: 'slow answers, full queue',
    places: BOTH,
    injury: { kind: 'slow', ms: 350 },
    global: { max_queued_calls: 1 },
    health: 'well',
  },
];

export function isStruck(fault: Fault, place: Place, kind: CallKind): boolean {
  if (kind === 'login') return fault.strikesLogin === true;
  return place === (kind === 'read' ? 'reads' : 'writes');
}
