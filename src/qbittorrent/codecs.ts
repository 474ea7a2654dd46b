/**
 * The shapes of qBittorrent's answers, as far as they are used. A field that is missing stays missing; one of
 * the wrong type rejects the answer, with its path. Fields not named here are dropped.
 */
import { isLeft } from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { UnexpectedAnswer } from './errors.ts';
import type { TorrentColumns } from './torrent-columns.ts';
import type { TrackerLists } from './tracker-lists.ts';

/** Unlike `t.number`, neither NaN nor infinite. */
export const finite = new t.Type<number, number, unknown>(
  'finite number',
  (input): input is number => typeof input === 'number' && Number.isFinite(input),
  (input, context) =>
    typeof input === 'number' && Number.isFinite(input) ? t.success(input) : t.failure(input, context),
  t.identity,
);

const integer = new t.Type<number, number, unknown>(
  'integer',
  (input): input is number => Number.isSafeInteger(input),
  (input, context) =>
    typeof input === 'number' && Number.isSafeInteger(input) ? t.success(input) : t.failure(input, context),
  t.identity,
);

const INFO_HASH = /^[0-9a-fA-F]{40,64}$/;

/** The id that the WebUI API uses: 40 hex digits, up to 64. */
export const infoHash = new t.Type<string, string, unknown>(
  'info-hash of 40 to 64 hex digits',
  (input): input is string => typeof input === 'string' && INFO_HASH.test(input),
  (input, context) =>
    typeof input === 'string' && INFO_HASH.test(input) ? t.success(input) : t.failure(input, context),
  t.identity,
);

type Picked<P extends t.Props> = { readonly [K in keyof P]?: t.TypeOf<P[K]> };

/**
 * As `t.exact(t.partial(props))`, but an undefined field is absent and there is no context to build for each
 * field that is right: a full picture has a third of a million of them.
 */
export function pick<P extends t.Props>(name: string, props: P): t.Type<Picked<P>, Picked<P>, unknown> {
  const fields = Object.entries(props);
  const validate: t.Validate<unknown, Picked<P>> = (input, context) => {
    if (!t.UnknownRecord.is(input) || Array.isArray(input)) return t.failure(input, context);
    const picked: Record<string, unknown> = {};
    for (const [key, codec] of fields) {
      const value = input[key];
      if (value === undefined) continue;
      if (!codec.is(value)) return t.failure(value, t.appendContext(context, key, codec, value));
      picked[key] = value;
    }
    return t.success(picked as Picked<P>);
  };
  const is = (input: unknown): input is Picked<P> => !isLeft(validate(input, []));
  return new t.Type(name, is, validate, t.identity);
}

/** As `pick`, but the input itself, with what else it has: there are thousands in each answer. */
function has<P extends t.Props>(name: string, props: P): t.Type<Picked<P>, Picked<P>, unknown> {
  const fields = Object.entries(props);
  const validate: t.Validate<unknown, Picked<P>> = (input, context) => {
    if (!t.UnknownRecord.is(input) || Array.isArray(input)) return t.failure(input, context);
    for (const [key, codec] of fields) {
      const value = input[key];
      if (value === undefined || codec.is(value)) continue;
      return t.failure(value, t.appendContext(context, key, codec, value));
    }
    return t.success(input as Picked<P>);
  };
  const is = (input: unknown): input is Picked<P> => !isLeft(validate(input, []));
  return new t.Type(name, is, validate, t.identity);
}

/** One torrent of the sync data: all of it in a full picture, what changed in a delta. */
export const torrentFields = has('torrent', {
  name: t.string,
  state: t.string,
  up_limit: integer,
  upspeed: finite,
  uploaded_session: finite,
  num_leechs: finite,
  num_incomplete: finite,
  last_activity: finite,
  added_on: finite,
  category: t.string,
  tracker: t.string,
  trackers_count: finite,
  infohash_v1: t.string,
});
export type TorrentFields = t.TypeOf<typeof torrentFields>;

export const serverState = pick('server state', {
  /** Ms between two steps of the statistics. */
  refresh_interval: finite,
  use_alt_speed_limits: t.boolean,
  /** Global upload limit in force, B/s, 0 for none. */
  up_rate_limit: finite,
  up_info_speed: finite,
  up_info_data: finite,
  connection_status: t.string,
  queueing: t.boolean,
});
export type ServerState = t.TypeOf<typeof serverState>;

const told = t.union([t.null, t.undefined]);

/** The sync data without what is told in parts: torrents, trackers, and lists of those that are gone. */
export const envelope = t.intersection([
  t.type({ rid: integer }),
  t.partial({
    full_update: t.boolean,
    torrents: told,
    torrents_removed: told,
    trackers: told,
    trackers_removed: told,
    server_state: serverState,
  }),
]);

/** An answer of sync/maindata, checked. */
export interface MainData {
  /** Of its JSON. */
  readonly bytes: number;
  /** To be sent with the next request. */
  readonly rid: number;
  /** Everything there is, in place of all that was told before. */
  readonly fullUpdate: boolean;
  readonly torrents: TorrentColumns;
  readonly torrentsRemoved: readonly string[];
  readonly trackers: TrackerLists;
  /** As `announceKey` makes them. */
  readonly trackersRemoved: readonly string[];
  readonly serverState: ServerState;
}

export function isInfoHash(input: unknown): input is string {
  return infoHash.is(input);
}

/**
 * @param path where the input stands in the answer, '' for all of it
 * @throws UnexpectedAnswer naming the path, what was expected and the type (never the text) of what came
 */
export function decodeAnswer<A>(
  codec: t.Type<A, unknown, unknown>,
  input: unknown,
  endpoint: string,
  path = '',
): A {
  const result = codec.decode(input);
  if (!isLeft(result)) return result.right;
  const { context, value } = deepest(result.left);
  const keys = context.map((entry) => entry.key).filter((key) => key !== '' && !/^\d+$/.test(key));
  const where = [path, ...keys.map(withoutPasskey)].filter((part) => part !== '').join('.');
  const expected = context.at(-1)?.type.name ?? codec.name;
  throw new UnexpectedAnswer(
    endpoint,
    200,
    `${expected}${where === '' ? '' : ` at ${where}`}`,
    describe(value),
  );
}

function deepest(errors: t.Errors): t.ValidationError {
  const [first, ...others] = errors;
  if (first === undefined) throw new TypeError('io-ts reported a failure without an error');
  return others.reduce((best, error) => (error.context.length > best.context.length ? error : best), first);
}

/** Keys of the trackers map are announce URLs. */
function withoutPasskey(key: string): string {
  return key.includes('://') ? '(announce URL)' : key;
}

function describe(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'boolean' || value === null) return String(value);
  if (value === undefined) return 'nothing';
  return Array.isArray(value) ? 'an array' : typeof value === 'string' ? 'a text' : 'an object';
}
