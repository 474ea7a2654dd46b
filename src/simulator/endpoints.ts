import { type ApiAnswer, ApiRefusal } from './exchange.ts';
import { torrentProperties, trackerRows } from './fields.ts';
import { acceptedPreferences, type Preferences } from './preferences.ts';
import type { Session } from './sessions.ts';
import type { Swarm } from './swarm.ts';
import type { SimulatedTorrent } from './torrent.ts';
import type { FieldValue } from './versioned-fields.ts';

/** What an endpoint works with. `swarm` has been brought up to `nowMs`. */
export interface EndpointContext {
  readonly swarm: Swarm;
  readonly preferences: Preferences;
  readonly params: URLSearchParams;
  readonly session: Session;
  readonly version: SimulatedVersion;
  /** What programs keep in the client; from WebAPI 2.13.1 on. */
  readonly clientData: Map<string, unknown>;
  readonly nowMs: number;
}

export interface Endpoint {
  readonly postOnly: boolean;
  readonly answer: (context: EndpointContext) => ApiAnswer;
}

/** The versions that the simulator passes for. */
export type SimulatedVersion = '5.1.0' | '5.3.0';
const WEB_API_VERSIONS: Readonly<Record<SimulatedVersion, string>> = { '5.1.0': '2.11.4', '5.3.0': '2.16.2' };

const read = (answer: (context: EndpointContext) => unknown): Endpoint => ({
  postOnly: false,
  answer: (context) => ({ status: 200, body: answer(context) }),
});

const write = (act: (context: EndpointContext) => void): Endpoint => ({
  postOnly: true,
  answer: (context) => {
    act(context);
    return { status: 200, body: '' };
  },
});

/** All endpoints but the log-in's, by their path below `/api/v2/`. */
export const ENDPOINTS: ReadonlyMap<string, Endpoint> = new Map([
  ['app/version', read(({ version }) => `v${version}`)],
  ['app/webapiVersion', read(({ version }) => WEB_API_VERSIONS[version])],
  ['app/preferences', read(({ preferences }) => preferences)],
  ['app/setPreferences', write(setPreferences)],
  ['sync/maindata', read(({ swarm, params, session }) => session.sync.answer(ridOf(params), swarm.picture))],
  ['torrents/info', read(torrentsInfo)],
  ['torrents/properties', read((context) => torrentProperties(...requiredTorrent(context)))],
  ['torrents/trackers', read((context) => trackerRows(...requiredTorrent(context)))],
  ['torrents/uploadLimit', read(uploadLimits)],
  ['torrents/setUploadLimit', write(setUploadLimit)],
  ['torrents/delete', write(deleteTorrents)],
  ['torrents/stop', write((context) => holdAs(context, 'stopped', 'stoppedUP'))],
  ['torrents/start', write((context) => holdAs(context, 'stopped', null))],
  ['torrents/pause', write((context) => holdAs(context, 'paused', 'pausedUP'))],
  ['torrents/resume', write((context) => holdAs(context, 'paused', null))],
  ['torrents/setLocation', write(setLocation)],
  ['transfer/info', read(transferInfo)],
  ['clientdata/load', read(loadClientData)],
  ['clientdata/store', write(storeClientData)],
]);

function required(params: URLSearchParams, name: string): string {
  const value = params.get(name);
  if (value === null) throw new ApiRefusal(400, 'Bad Request');
  return value;
}

/** The torrent that is asked for, and its sync data as of the last refresh. */
function requiredTorrent({
  swarm,
  params,
}: EndpointContext): [torrent: SimulatedTorrent, shown: Readonly<Record<string, FieldValue>>] {
  const hash = required(params, 'hash');
  const torrent = swarm.torrents.get(hash);
  const shown = swarm.picture.torrent(hash);
  if (torrent === undefined || shown === undefined) throw new ApiRefusal(404, 'Not Found');
  return [torrent, shown];
}

/** Only whole numbers count; everything else reads as 0, as Qt's toInt does. */
function integerOf(text: string | null): number {
  return text !== null && /^\s*[+-]?\d+\s*$/.test(text) ? Number(text) : 0;
}

function ridOf(params: URLSearchParams): number {
  return integerOf(params.get('rid'));
}

function hashesOf({ swarm, params }: EndpointContext): readonly string[] {
  const hashes = required(params, 'hashes');
  return hashes === 'all' ? [...swarm.torrents.keys()] : hashes.split('|');
}

function setPreferences({ swarm, preferences, params }: EndpointContext): void {
  const accepted = acceptedPreferences(required(params, 'json'), preferences);
  Object.assign(preferences, accepted);
  if (typeof accepted.up_limit === 'number') swarm.setGlobalLimit(accepted.up_limit);
}

function torrentsInfo({ swarm, params }: EndpointContext): unknown {
  const wanted = params.get('hashes');
  const hashes = wanted === null || wanted === 'all' ? [...swarm.torrents.keys()] : wanted.split('|');
  return hashes.flatMap((hash) => {
    const torrent = swarm.torrents.get(hash);
    // The limit is the one in force; the statistics are those of the last refresh.
    return torrent === undefined
      ? []
      : [{ ...swarm.picture.torrent(hash), hash, up_limit: torrent.limit.wire }];
  });
}

function uploadLimits(context: EndpointContext): unknown {
  const limits = hashesOf(context).map((hash) => [hash, context.swarm.torrents.get(hash)?.limit.wire ?? -1]);
  return Object.fromEntries(limits);
}

function setUploadLimit(context: EndpointContext): void {
  const limit = integerOf(required(context.params, 'limit'));
  context.swarm.setUploadLimit(hashesOf(context), limit, context.nowMs);
}

/** As 5.3.0 has it: merged by key, and null removes one. */
function storeClientData({ version, clientData, params }: EndpointContext): void {
  refuseOlder(version);
  let data: unknown;
  try {
    data = JSON.parse(required(params, 'data'));
  } catch {
    throw new ApiRefusal(400, 'illegal value');
  }
  for (const [name, value] of Object.entries(data as object)) {
    if (value === null) clientData.delete(name);
    else clientData.set(name, value);
  }
}

function loadClientData({ version, clientData, params }: EndpointContext): unknown {
  refuseOlder(version);
  const keys = params.get('keys');
  const wanted = keys === null ? null : (JSON.parse(keys) as readonly string[]);
  return Object.fromEntries([...clientData].filter(([name]) => wanted === null || wanted.includes(name)));
}

function refuseOlder(version: SimulatedVersion): void {
  if (version === '5.1.0') throw new ApiRefusal(404, 'Not Found');
}

function deleteTorrents(context: EndpointContext): void {
  required(context.params, 'deleteFiles');
  for (const hash of hashesOf(context)) context.swarm.removeTorrent(hash);
}

/** 5.0 renamed the commands and the state, and does not know the former commands. */
function holdAs(context: EndpointContext, restIsCalled: 'stopped' | 'paused', state: string | null): void {
  const { swarm } = context;
  if (swarm.restIsCalled !== restIsCalled) throw new ApiRefusal(404, 'Not Found');
  swarm.holdAs(hashesOf(context), state);
}

function setLocation(context: EndpointContext): void {
  required(context.params, 'location');
  context.swarm.move(hashesOf(context));
}

function transferInfo({ swarm }: EndpointContext): unknown {
  const state = swarm.picture.serverState;
  const shown = [
    'connection_status',
    'dht_nodes',
    'dl_info_data',
    'dl_info_speed',
    'dl_rate_limit',
    'last_external_address_v4',
    'last_external_address_v6',
    'up_info_data',
    'up_info_speed',
    'up_rate_limit',
  ];
  return Object.fromEntries(shown.map((field) => [field, state[field]]));
}
