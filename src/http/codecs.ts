import * as t from 'io-ts';
import { rolloutSection } from '../config/schema.ts';
import { INFO_HASH, toV1Length } from '../control/torrent.ts';
import type { TorrentScope } from '../control/torrent-scope.ts';
import type { RolloutRequest, WebhookNotice } from '../service/operations.ts';
import type { AdoptedAs } from '../service/ownership/adopt-originals.ts';
import type { RequestBody } from './body.ts';
import {
  Described,
  decodeFields,
  decodeStrict,
  type FieldSet,
  type FieldsDecoder,
  fieldsOf,
  integerBetween,
  oneOf,
  optional,
  refined,
} from './decode.ts';
import { HttpProblem } from './errors.ts';

const MAX_REASON_LENGTH = 500;

/** As qBittorrent's %I gives it, in lower case. It writes '-' for a torrent without one, scripts send nothing. */
const infoHash = new Described<string | null>(
  'an info-hash of 40 or 64 hex digits',
  { type: ['string', 'null'], pattern: '^([0-9a-fA-F]{40}|[0-9a-fA-F]{64}|-?)$' },
  (value): value is string | null => value === null || (typeof value === 'string' && INFO_HASH.test(value)),
  (input, context) => {
    if (input === undefined || input === null || input === '' || input === '-') return t.success(null);
    return typeof input === 'string' && INFO_HASH.test(input)
      ? t.success(input.toLowerCase())
      : t.failure(input, context);
  },
  true,
);

/** Text that may be missing, null or empty, which are the same here. */
const textOrNull = new Described<string | null>(
  'a string',
  { type: ['string', 'null'] },
  (value): value is string | null => value === null || typeof value === 'string',
  (input, context) => {
    if (input === undefined || input === null || input === '') return t.success(null);
    return typeof input === 'string' ? t.success(input) : t.failure(input, context);
  },
  true,
);

/** Once each, in lower case and as the WebUI knows them; in a form joined by | as qBittorrent's own API has them. */
const infoHashes = new Described<readonly string[]>(
  'info-hashes of 40 or 64 hex digits, in a list or joined by |',
  { type: ['array', 'string'], items: { type: 'string', pattern: INFO_HASH.source }, minItems: 1 },
  (value): value is readonly string[] => Array.isArray(value) && value.every((hash) => isInfoHash(hash)),
  (input, context) => {
    const hashes: unknown = typeof input === 'string' ? input.split('|') : input;
    const isValid = Array.isArray(hashes) && hashes.length > 0 && hashes.every((hash) => isInfoHash(hash));
    if (!isValid) return t.failure(input, context);
    return t.success([...new Set(hashes.map((hash) => toV1Length(String(hash).toLowerCase())))]);
  },
);

function isInfoHash(value: unknown): value is string {
  return typeof value === 'string' && INFO_HASH.test(value);
}

const boolean = refined(
  'true or false',
  { type: 'boolean' },
  (value): value is boolean => typeof value === 'boolean',
);
const onlyTrue = refined('true', { const: true }, (value): value is true => value === true);
const trackerId = refined(
  "a tracker's id",
  { type: 'string', minLength: 1 },
  (value): value is string => typeof value === 'string' && value !== '',
);
const reason = refined(
  `a string of at most ${MAX_REASON_LENGTH} characters`,
  { type: 'string', maxLength: MAX_REASON_LENGTH },
  (value): value is string => typeof value === 'string' && value.length <= MAX_REASON_LENGTH,
);

const apiKey = refined(
  'the API key',
  { type: 'string', minLength: 1, maxLength: 1024 },
  (value): value is string => typeof value === 'string' && value !== '' && value.length <= 1024,
);

const webhookCodec = fieldsOf(
  { event: oneOf('add', 'complete', 'delete'), hash: infoHash, name: textOrNull, tracker: textOrNull },
  'ignored',
);
const nothingCodec = fieldsOf({}, 'refused');
const loginCodec = fieldsOf({ key: apiKey }, 'refused');
const rollbackCodec = fieldsOf(
  {
    confirm: onlyTrue,
    reason: optional(reason, ''),
    tracker_id: optional(trackerId, null),
    hashes: optional(infoHashes, null),
    originals: optional(oneOf('current', 'first'), 'current'),
  },
  'refused',
);
const takeOwnershipCodec = fieldsOf({ confirm: onlyTrue }, 'refused');
const adoptOriginalsCodec = fieldsOf({ confirm: onlyTrue, as: oneOf('as_is', 'unlimited') }, 'refused');
const limitsResetCodec = fieldsOf(
  {
    confirm: onlyTrue,
    scope: optional(oneOf('unrestored', 'all'), 'unrestored'),
    mark_restored: optional(boolean, true),
  },
  'refused',
);
const rolloutPercentageCodec = fieldsOf({ percentage: integerBetween(1, 100) }, 'refused');
const rolloutActionCodec = fieldsOf({ action: oneOf('advance', 'hold', 'continue', 'abort') }, 'refused');
const rolloutAnyActionCodec = fieldsOf(
  { action: oneOf('start', 'advance', 'hold', 'continue', 'abort') },
  'ignored',
);
const rolloutStartCodec = fieldsOf({ action: oneOf('start') }, 'refused');
/** A plan has the keys of the config's `rollout` section. */
const rolloutPlanCodec = fieldsOf({ action: oneOf('start'), plan: rolloutSection }, 'refused');
const smoothingOneCodec = fieldsOf({ tracker_id: trackerId }, 'refused');
const smoothingAllCodec = fieldsOf({ all: onlyTrue }, 'refused');

/** What each command takes, one of these, for the API's description. */
export const BODIES = {
  webhook: [webhookCodec],
  nothing: [nothingCodec],
  login: [loginCodec],
  rollback: [rollbackCodec],
  takeOwnership: [takeOwnershipCodec],
  adoptOriginals: [adoptOriginalsCodec],
  limitsReset: [limitsResetCodec],
  rollout: [rolloutPercentageCodec, rolloutActionCodec, rolloutStartCodec, rolloutPlanCodec],
  smoothing: [smoothingOneCodec, smoothingAllCodec],
} as const satisfies Record<string, readonly FieldsDecoder<FieldSet>[]>;

/** Fields that are not text: a form can only send them as text. */
const TYPED_FIELDS: Readonly<Record<string, 'boolean' | 'integer'>> = {
  confirm: 'boolean',
  mark_restored: 'boolean',
  all: 'boolean',
  percentage: 'integer',
};

/** Ignores fields it doesn't know: scripts send whatever qBittorrent's placeholders give. */
export function decodeWebhook(body: RequestBody): WebhookNotice {
  return decodeFields(webhookCodec, body.fields);
}

/** For commands that take no field at all. */
export function decodeNothing(body: RequestBody): void {
  decodeStrict(nothingCodec, body);
}

export function decodeLogin(body: RequestBody): { readonly key: string } {
  const { key } = body.fields;
  // The codec's own message repeats what came, which may be a part of the key.
  if (!apiKey.is(key)) throw new HttpProblem(400, 'invalid_body', 'key: expected the API key');
  return decodeStrict(loginCodec, body);
}

/** Without a scope it is about all torrents. */
export function decodeRollback(body: RequestBody): {
  readonly reason: string;
  readonly scope?: TorrentScope;
  readonly originals?: 'first';
} {
  const { reason, tracker_id, hashes, originals } = decodeStrict(rollbackCodec, confirmed(typed(body)));
  if (tracker_id !== null && hashes !== null) {
    throw new HttpProblem(400, 'invalid_body', 'At most one of "tracker_id" and "hashes" may be given.');
  }
  const common = originals === 'first' ? { reason, originals } : { reason };
  if (tracker_id !== null) return { ...common, scope: { kind: 'tracker', trackerId: tracker_id } };
  return hashes === null ? common : { ...common, scope: { kind: 'torrents', infoHashes: hashes } };
}

export function decodeTakeOwnership(body: RequestBody): void {
  decodeStrict(takeOwnershipCodec, confirmed(typed(body)));
}

export function decodeAdoptOriginals(body: RequestBody): AdoptedAs {
  const { as } = decodeStrict(adoptOriginalsCodec, confirmed(typed(body)));
  return as === 'as_is' ? 'as-is' : 'unlimited';
}

export function decodeLimitsReset(body: RequestBody): {
  readonly scope: 'unrestored' | 'all';
  readonly markRestored: boolean;
} {
  const { scope, mark_restored } = decodeStrict(limitsResetCodec, confirmed(typed(body)));
  return { scope, markRestored: mark_restored };
}

export function decodeRollout(body: RequestBody): RolloutRequest {
  eitherOf(body, 'percentage', 'action');
  if (!('action' in body.fields)) return decodeStrict(rolloutPercentageCodec, typed(body));
  if (decodeStrict(rolloutAnyActionCodec, body).action !== 'start') {
    return decodeStrict(rolloutActionCodec, body);
  }
  return 'plan' in body.fields ? decodeStrict(rolloutPlanCodec, body) : decodeStrict(rolloutStartCodec, body);
}

/** @returns the tracker's id, or null for all of them */
export function decodeSmoothingReset(body: RequestBody): string | null {
  eitherOf(body, 'tracker_id', 'all');
  if ('tracker_id' in body.fields) return decodeStrict(smoothingOneCodec, body).tracker_id;
  decodeStrict(smoothingAllCodec, typed(body));
  return null;
}

function confirmed(body: RequestBody): RequestBody {
  if (body.fields.confirm === true) return body;
  throw new HttpProblem(
    400,
    'confirm_required',
    'This changes limits in qBittorrent: to have it done, send {"confirm": true}.',
  );
}

function eitherOf(body: RequestBody, one: string, other: string): void {
  if (one in body.fields === other in body.fields) {
    throw new HttpProblem(400, 'invalid_body', `Exactly one of "${one}" and "${other}" must be given.`);
  }
}

/** A form's text as the type its field has, as far as it reads like one; the codec refuses the rest. */
function typed(body: RequestBody): RequestBody {
  if (body.format !== 'form') return body;
  const fields: Record<string, unknown> = Object.create(null);
  for (const [name, text] of Object.entries(body.fields)) {
    const type = Object.hasOwn(TYPED_FIELDS, name) ? TYPED_FIELDS[name] : undefined;
    if (type === 'boolean' && (text === 'true' || text === 'false')) fields[name] = text === 'true';
    else if (type === 'integer' && /^\d{1,9}$/.test(String(text))) fields[name] = Number(text);
    else fields[name] = text;
  }
  return { ...body, fields };
}
