/**
 * What stands in the journal's file: one JSON entry a line, each a document of NeDB. Entries are facts and are
 * never edited; `_id` grows, so its order is the order in which they happened. A checkpoint says all that the
 * entries before it add up to (except the changes themselves), so that those can be dropped.
 */
import { type Either, isLeft, left, right } from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { RECORD_VERSION } from './records.ts';

/** `t.strict` drops keys it doesn't know in silence; here they mean another version or a damaged line. */
function closed<P extends t.Props, O extends t.Props = Record<never, never>>(
  name: string,
  props: P,
  optionalProps: O = {} as O,
) {
  const required = t.type(props, name);
  const open =
    Object.keys(optionalProps).length === 0
      ? (required as t.Type<t.TypeOf<typeof required> & t.TypeOf<t.PartialC<O>>>)
      : t.intersection([required, t.partial(optionalProps)], name);
  return new t.Type<t.TypeOf<typeof open>, t.OutputOf<typeof open>, unknown>(
    name,
    open.is,
    (input, context) => {
      const result = open.validate(input, context);
      if (isLeft(result)) return result;
      const unknownKey = Object.keys(result.right).find((key) => !(key in props || key in optionalProps));
      return unknownKey === undefined ? result : t.failure(input, context, `unknown field '${unknownKey}'`);
    },
    open.encode,
  );
}

function numeric(name: string, accepts: (value: number) => boolean) {
  const is = (value: unknown): value is number => typeof value === 'number' && accepts(value);
  return new t.Type<number, number, unknown>(
    name,
    is,
    (input, context) => (is(input) ? t.success(input) : t.failure(input, context)),
    t.identity,
  );
}

const Count = numeric('whole number >= 0', (value) => Number.isSafeInteger(value) && value >= 0);
const Wire = numeric('limit in B/s, 0 for none', (value) => Number.isSafeInteger(value) && value >= 0);
const Instant = numeric('time in Unix ms', (value) => Number.isFinite(value) && value >= 0);
const Name = t.union([t.string, t.null]);
const MaybeInstant = t.union([Instant, t.null]);
const MaybeWire = t.union([Wire, t.null]);
/** Base 36, fixed width: see nextId. */
const Id = new t.Type<string, string, unknown>(
  'entry id',
  (value): value is string => typeof value === 'string' && /^[0-9a-z]{11,12}$/.test(value),
  (input, context) =>
    typeof input === 'string' && /^[0-9a-z]{11,12}$/.test(input)
      ? t.success(input)
      : t.failure(input, context),
  t.identity,
);
const Ids = t.readonlyArray(Id);
const PackedKeys = t.string;

/** Version 2 has kinds and fields that version 1 does not have; all of version 1 means the same in both. */
const Version = t.union([t.literal(1), t.literal(RECORD_VERSION)]);
const head = { _id: Id, v: Version };
const limitGroups = t.readonlyArray(closed('limits', { wire: Wire, keys: PackedKeys }));

const Scope = t.union([
  closed('tracker', { kind: t.literal('tracker'), trackerId: t.string }),
  closed('torrents', { kind: t.literal('torrents'), infoHashes: t.readonlyArray(t.string) }),
]);

const rollbackFields = {
  id: Id,
  requestedAt: Instant,
  by: t.string,
  reason: t.string,
  finishedAt: MaybeInstant,
  restored: Count,
  failed: Count,
  resumedAt: MaybeInstant,
};
/** Versions before 0.2 know only those of all torrents, which therefore stand here as they did then. */
const toFirst = { originals: t.literal('first') };
const Rollback = t.union([
  closed('rollback', rollbackFields, toFirst),
  closed('rollback of a part', { ...rollbackFields, scope: Scope }, toFirst),
]);

const OriginalGroup = closed(
  'original',
  {
    originalWire: Wire,
    trackerId: Name,
    firstSeenAt: Instant,
    lastWire: MaybeWire,
    beforeLastWire: MaybeWire,
    keys: PackedKeys,
  },
  {
    earlier: t.readonlyArray(closed('earlier original', { wire: Wire, until: Instant })),
    restoredAt: Instant,
  },
);

const Contest = t.union([closed('contest', { since: Instant, problem: t.string }), t.null]);

const kinds = {
  /** These torrents come under management with these limits; it counts only for those that aren't yet. */
  original: closed('original', {
    ...head,
    kind: t.literal('original'),
    at: Instant,
    trackerId: Name,
    limits: limitGroups,
  }),
  replaced: closed('replaced', {
    ...head,
    kind: t.literal('replaced'),
    at: Instant,
    originalWire: Wire,
    keys: PackedKeys,
  }),
  reverted: closed('reverted', { ...head, kind: t.literal('reverted'), since: Instant, keys: PackedKeys }),
  restored: closed('restored', { ...head, kind: t.literal('restored'), at: Instant, keys: PackedKeys }),
  reopened: closed('reopened', { ...head, kind: t.literal('reopened'), keys: PackedKeys }),
  closed: closed('closed', { ...head, kind: t.literal('closed'), keys: PackedKeys }),
  accepted: closed('accepted', { ...head, kind: t.literal('accepted'), at: Instant, limits: limitGroups }),
  unaccepted: closed('unaccepted', { ...head, kind: t.literal('unaccepted'), keys: PackedKeys }),
  contest: closed('contest', { ...head, kind: t.literal('contest'), contest: Contest }),
  identity: closed('identity', { ...head, kind: t.literal('identity'), journal: t.string }),
  change: closed('change', {
    ...head,
    kind: t.literal('change'),
    cycle: Count,
    at: Instant,
    trackerId: Name,
    reason: t.string,
    toWire: Wire,
    from: limitGroups,
  }),
  /** A change of which only the limits are kept (`track_all_changes: false`). */
  written: closed('written', { ...head, kind: t.literal('written'), toWire: Wire, from: limitGroups }),
  outcome: closed('outcome', { ...head, kind: t.literal('outcome'), done: Ids, failed: Ids }),
  rollback: closed('rollback', { ...head, kind: t.literal('rollback'), rollback: Rollback }),
  /** Changes before it that stand in neither list are done. */
  checkpoint: closed(
    'checkpoint',
    {
      ...head,
      kind: t.literal('checkpoint'),
      originals: t.readonlyArray(OriginalGroup),
      rollbacks: t.readonlyArray(Rollback),
      intended: Ids,
      failed: Ids,
    },
    {
      restored: t.readonlyArray(OriginalGroup),
      accepted: limitGroups,
      contest: Contest,
      journal: Name,
    },
  ),
};

export type EntryOf<K extends keyof typeof kinds> = t.TypeOf<(typeof kinds)[K]>;
export type Entry = { [K in keyof typeof kinds]: EntryOf<K> }[keyof typeof kinds];

const Kind = t.keyof({
  original: null,
  replaced: null,
  reverted: null,
  restored: null,
  reopened: null,
  closed: null,
  accepted: null,
  unaccepted: null,
  contest: null,
  identity: null,
  change: null,
  written: null,
  outcome: null,
  rollback: null,
  checkpoint: null,
});
const Envelope = t.type({ v: t.number, kind: t.string });

/** The version of a line that a later release wrote, or null. */
export function newerVersionOf(input: unknown): number | null {
  return Envelope.is(input) && Number.isSafeInteger(input.v) && input.v > RECORD_VERSION ? input.v : null;
}

/** One parsed line (or an entry about to be written) checked; Left says what was expected and what came. */
export function decodeEntry(input: unknown): Either<string, Entry> {
  if (!Envelope.is(input)) return left("it has no 'kind' and version 'v'");
  if (!Version.is(input.v)) {
    return left(`its format is version ${input.v}, this Qguardarr reads versions 1 to ${RECORD_VERSION}`);
  }
  if (!Kind.is(input.kind)) return left(`its kind '${input.kind}' is unknown`);
  const result: t.Validation<Entry> = kinds[input.kind].decode(input);
  return isLeft(result) ? left(explainErrors(result.left)) : right(result.right);
}

/** The last of these errors in one sentence: the field, what was expected, and what came, cut short. */
export function explainErrors(errors: t.Errors): string {
  const error = errors.at(-1);
  if (error === undefined) return 'it is not as expected';
  const place = error.context
    .map((step) => step.key)
    .join('.')
    .replace(/^\./, '');
  if (error.message !== undefined) return error.message;
  const came = JSON.stringify(error.value) ?? 'nothing';
  const shown = came.length > 60 ? `${came.slice(0, 60)}...` : came;
  return `'${place}' should be a ${error.context.at(-1)?.type.name ?? 'valid value'}, got ${shown}`;
}
