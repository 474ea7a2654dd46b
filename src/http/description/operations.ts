/** What each route takes and answers, by method and path. Summaries are those of the routes themselves. */
import { BODIES } from '../codecs.ts';
import type { FieldSet, FieldsDecoder } from '../decode.ts';
import { journalQuery } from '../routes/journal.ts';
import { matchQuery } from '../routes/match.ts';
import { torrentQuery } from '../routes/torrents.ts';

export type Tag = 'Standing' | 'Statistics' | 'Torrents' | 'Commands' | 'Webhook' | 'Access' | 'Description';

export interface Described {
  readonly tag: Tag;
  /** The schema's name, 'text', 'html', or 'events'. */
  readonly answer: string;
  /** Default 200. */
  readonly status?: 200 | 202;
  /** A status that answers in the same form, with why. */
  readonly also?: readonly [status: number, why: string];
  readonly query?: FieldSet;
  /** One of these. */
  readonly bodies?: readonly FieldsDecoder<FieldSet>[];
  /** Besides 401, 429, 500 and what every change or body may be refused for. */
  readonly refusals?: readonly number[];
}

const { nothing } = BODIES;

export const OPERATIONS: Readonly<Record<string, Described>> = {
  'GET /': { tag: 'Description', answer: 'Index' },
  'GET /health': {
    tag: 'Standing',
    answer: 'Health',
    also: [503, 'It is not doing its work; `problems` says why.'],
  },
  'GET /ping': { tag: 'Standing', answer: 'Alive' },
  'GET /state': { tag: 'Standing', answer: 'State' },
  'GET /events': { tag: 'Standing', answer: 'events', refusals: [503] },
  'GET /metrics': { tag: 'Standing', answer: 'text' },
  'GET /stats': { tag: 'Statistics', answer: 'Stats' },
  'GET /stats/trackers': { tag: 'Statistics', answer: 'TrackerStats' },
  'GET /stats/history': { tag: 'Statistics', answer: 'History' },
  'GET /stats/managed': { tag: 'Statistics', answer: 'Managed' },
  'GET /torrents': { tag: 'Torrents', answer: 'Torrents', query: torrentQuery, refusals: [400] },
  'GET /preview/next-cycle': { tag: 'Torrents', answer: 'Preview' },
  'GET /journal': { tag: 'Torrents', answer: 'Journal', query: journalQuery, refusals: [400] },
  'GET /originals': { tag: 'Torrents', answer: 'Originals' },
  'GET /match/test': { tag: 'Torrents', answer: 'Match', query: matchQuery, refusals: [400] },
  'GET /config': { tag: 'Standing', answer: 'Config' },
  'POST /webhook': { tag: 'Webhook', answer: 'Queued', status: 202, bodies: BODIES.webhook },
  'POST /cycle/force': { tag: 'Commands', answer: 'CycleDone', bodies: nothing, refusals: [409, 503] },
  'POST /rollout': {
    tag: 'Commands',
    answer: 'RolloutAccepted',
    bodies: BODIES.rollout,
    refusals: [409, 422],
  },
  'POST /rollback': {
    tag: 'Commands',
    answer: 'RollbackDone',
    bodies: BODIES.rollback,
    refusals: [404, 409, 503],
  },
  'POST /resume': { tag: 'Commands', answer: 'Resumed', bodies: nothing, refusals: [409, 503] },
  'POST /ownership/take': {
    tag: 'Commands',
    answer: 'OwnershipTaken',
    bodies: BODIES.takeOwnership,
    refusals: [409, 503],
  },
  'POST /originals/adopt': {
    tag: 'Commands',
    answer: 'OriginalsAdopted',
    bodies: BODIES.adoptOriginals,
    refusals: [409, 503],
  },
  'POST /limits/reset': {
    tag: 'Commands',
    answer: 'LimitsReset',
    bodies: BODIES.limitsReset,
    refusals: [409, 503],
  },
  'POST /smoothing/reset': {
    tag: 'Commands',
    answer: 'SmoothingReset',
    bodies: BODIES.smoothing,
    refusals: [404],
  },
  'POST /config/reload': { tag: 'Commands', answer: 'Reloaded', bodies: nothing, refusals: [422] },
  'POST /notifications/test': { tag: 'Commands', answer: 'Delivered', bodies: nothing, refusals: [422, 502] },
  'POST /login': { tag: 'Access', answer: 'LoggedIn', bodies: BODIES.login },
  'POST /logout': { tag: 'Access', answer: 'LoggedOut', bodies: nothing },
  'GET /session': { tag: 'Access', answer: 'Session' },
};
