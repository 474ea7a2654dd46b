/** The parts of the service's answers that are shown to people. */
import { isLeft } from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { ServiceProblem } from './service-client.ts';

const Text = t.union([t.string, t.null]);
const Rate = t.union([t.number, t.null]);

const Rollout = t.type({
  step: t.number,
  steps: t.number,
  ends_at: t.string,
  held: t.boolean,
  gate_problem: Text,
  on_gate_failure: t.string,
  plan: t.readonlyArray(t.type({ percentage: t.number, hold: t.number })),
});

const Tracker = t.type({
  state: t.string,
  usage_bps: t.number,
  cap_bps: Rate,
  effective_cap_bps: Rate,
  borrowed_bps: t.number,
  lent_bps: t.number,
});

const State = t.type({
  service: t.type({
    state: t.string,
    since: Text,
    rollout_percentage: t.number,
    rollout: t.union([Rollout, t.null]),
    rollout_last_change: t.union([t.type({ at: t.string, what: t.string, problem: Text }), t.null]),
    rollout_problem: Text,
    dry_run: t.boolean,
  }),
  link: t.type({ state: t.string, since: Text, problem: Text, qbittorrent_version: Text }),
  cycle: t.type({ state: t.string, number: t.number, problem: Text }),
  trackers: t.record(t.string, Tracker),
  held_torrents: t.number,
});
export type StateAnswer = t.TypeOf<typeof State>;

const Preview = t.type({
  torrents_considered: t.number,
  proposed_calls: t.number,
  proposed_changes: t.record(t.string, t.number),
  reasons: t.record(t.string, t.type({ reason: t.string })),
  summary: t.type({
    trackers: t.readonlyArray(t.type({ id: t.string, base_cap_h: t.string, effective_cap_h: t.string })),
  }),
});
export type PreviewAnswer = t.TypeOf<typeof Preview>;

const Rollback = t.intersection([
  t.type({ status: t.string, changes_reversed: t.number }),
  t.partial({ missing: t.number, unknown: t.readonlyArray(t.string), message: t.string }),
]);
export type RollbackAnswer = t.TypeOf<typeof Rollback>;

const Ownership = t.type({
  status: t.string,
  contest: t.union([t.type({ problem: t.string, advice: t.string }), t.null]),
});
const Adopted = t.type({ count: t.number });
const Originals = t.type({ originals: t.readonlyArray(t.UnknownRecord) });

export const ownershipOf = reader('/ownership/take', Ownership);
export const adoptedOf = reader('/originals/adopt', Adopted);
export const originalsOf = reader('/originals', Originals);
export const stateOf = reader('/state', State);
export const previewOf = reader('/preview/next-cycle', Preview);
export const rollbackOf = reader('/rollback', Rollback);

/** @throws ServiceProblem when it is the answer of another version */
function reader<A>(route: string, codec: t.Decoder<unknown, A>): (answer: unknown) => A {
  return (answer) => {
    const decoded = codec.decode(answer);
    if (!isLeft(decoded)) return decoded.right;
    const place = decoded.left[0]?.context.map(({ key }) => key).filter((key) => key !== '');
    throw new ServiceProblem(
      `the service's answer to ${route} is of another version than this command (at ${place?.join('.')}): restart the service, or add --json`,
    );
  };
}
