/**
 * What of rollout outlives the process: the percentage last asked for, the plan of steps under way with its absolute
 * deadline, and what has happened to them.
 */
import { type Either, isLeft, left, right } from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import type { RolloutProgress } from '../../../machines/service.types.ts';
import { ROLLOUT_CHANGES, type RolloutChange, type RolloutNote } from '../../control/rollout-note.ts';

/** Of the format; a record of another one is not guessed at. */
const VERSION = 1;

export interface RememberedRollout {
  /** `global.rollout_percentage` at that time: where the config says otherwise by now, it has the later word. */
  readonly configuredPercentage: number;
  readonly percentage: number;
  readonly progress: RolloutProgress | null;
  /** Newest first. */
  readonly notes: readonly RolloutNote[];
}

function number(name: string, accepts: (value: number) => boolean): t.Type<number, number, unknown> {
  const is = (value: unknown): value is number =>
    typeof value === 'number' && Number.isFinite(value) && accepts(value);
  return new t.Type(
    name,
    is,
    (input, context) => (is(input) ? t.success(input) : t.failure(input, context)),
    t.identity,
  );
}

const Percentage = number('percentage, 0 to 100', (value) => value >= 0 && value <= 100);
const Count = number('whole number', (value) => Number.isSafeInteger(value) && value >= 0);
const Instant = number('time in Unix ms', (value) => Math.abs(value) <= 8.64e15);
const Span = number('time span in ms', (value) => value >= 0);
const Text = t.union([t.string, t.null]);

const Progress = t.strict({
  steps: t.readonlyArray(t.strict({ percentage: Percentage, holdMs: Span })),
  gates: t.strict({
    maxApiErrorRate: number('part, 0 to 1', (value) => value >= 0 && value <= 1),
    maxCapOvershoot: number('ratio of 1 or more', (value) => value >= 1),
    maxLatencyMs: Span,
  }),
  onGateFailure: t.keyof({ hold: null, rollback: null }),
  index: Count,
  endsAt: Instant,
  percentageBefore: Percentage,
  gateProblem: Text,
  isHeld: t.boolean,
});

const Note = t.strict({
  what: t.keyof(
    Object.fromEntries(ROLLOUT_CHANGES.map((what) => [what, null])) as Record<RolloutChange, null>,
  ),
  percentage: Percentage,
  step: t.union([Count, t.null]),
  steps: t.union([Count, t.null]),
  problem: Text,
  at: Instant,
});

const Remembered = t.strict({
  configuredPercentage: Percentage,
  percentage: Percentage,
  progress: t.union([Progress, t.null]),
  notes: t.readonlyArray(Note),
});

const Envelope = t.type({ v: t.number });

export function encodeRollout(remembered: RememberedRollout): string {
  return `${JSON.stringify({ v: VERSION, ...remembered }, null, 2)}\n`;
}

/** Left says in words what is wrong with the text. */
export function decodeRollout(text: string): Either<string, RememberedRollout> {
  const parsed = parse(text);
  if (!Envelope.is(parsed)) return left("it is no JSON with a version 'v'");
  if (parsed.v !== VERSION)
    return left(`its format is version ${parsed.v}, and this Qguardarr reads ${VERSION}`);
  const result = Remembered.decode(parsed);
  if (isLeft(result)) return left(explain(result.left));
  const { progress } = result.right;
  if (progress !== null && progress.index >= progress.steps.length) {
    return left(`it is at step ${progress.index + 1} of ${progress.steps.length}`);
  }
  return right(result.right);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function explain(errors: t.Errors): string {
  const deepest = [...errors].sort((a, b) => b.context.length - a.context.length)[0];
  const place = deepest?.context
    .map(({ key }) => key)
    .filter((key) => key !== '' && !/^\d$/.test(key))
    .join('.');
  return `'${place}' is no ${deepest?.context.at(-1)?.type.name}`;
}
