import { type Actor, createActor, fromPromise, type InspectionEvent, SimulatedClock } from 'xstate';
import { serviceMachine } from '../../machines/service.machine.ts';
import type {
  ApplyOutcome,
  ConnectOutcome,
  Contest,
  ObserveOutcome,
  PlanOutcome,
  RestoreOutcome,
  ServiceInput,
} from '../../machines/service.types.ts';
import { planInputOf } from './readings.ts';

export type EffectName = 'connect' | 'observe' | 'plan' | 'apply' | 'remember' | 'restore' | 'keepMarker';
export type Outcome =
  | ConnectOutcome
  | ObserveOutcome
  | PlanOutcome
  | ApplyOutcome
  | RestoreOutcome
  | Contest
  | null
  | undefined;

interface Running {
  readonly input: unknown;
  readonly signal: AbortSignal;
  readonly settle: (outcome: Outcome) => void;
  readonly fail: (error: Error) => void;
}

export const OBSERVED = {
  ok: true,
  planInput: planInputOf([]),
  contest: null,
} as const satisfies ObserveOutcome;
export const PLANNED: PlanOutcome = {
  ok: true,
  plan: {
    calls: [],
    deferred: 0,
    considered: 0,
    managed: 0,
    standby: 0,
    trackers: [],
    memory: { trackers: new Map(), turn: 0 },
  },
};
export const applied = (at = 0, gateProblem: string | null = null): ApplyOutcome => ({
  ok: true,
  at,
  gateProblem,
});

/** The service machine with effects that wait until the test ends them, on a clock that it turns. */
export class MachineRig {
  readonly clock = new SimulatedClock();
  readonly actor: Actor<typeof serviceMachine>;
  readonly #running = new Map<EffectName, Running[]>();

  constructor(input: Partial<ServiceInput> = {}, inspect: (seen: InspectionEvent) => void = () => {}) {
    const effect = <Output, Input>(name: EffectName) =>
      fromPromise<Output, Input>(
        ({ input: given, signal }) =>
          new Promise((resolve, reject) => {
            const list = this.#running.get(name) ?? [];
            this.#running.set(name, list);
            list.push({
              input: given,
              signal,
              settle: (outcome) => resolve(outcome as Output),
              fail: reject,
            });
          }),
      );
    this.actor = createActor(
      serviceMachine.provide({
        actors: {
          connect: effect('connect'),
          observe: effect('observe'),
          plan: effect('plan'),
          apply: effect('apply'),
          remember: effect('remember'),
          restore: effect('restore'),
          keepMarker: effect('keepMarker'),
        },
      }),
      {
        clock: this.clock,
        inspect,
        input: { percentage: 100, openRollback: null, rollout: null, ...input },
      },
    );
    this.actor.start();
  }

  get state(): { lifecycle: unknown; link: unknown; cycle: unknown } {
    return this.actor.getSnapshot().value as { lifecycle: unknown; link: unknown; cycle: unknown };
  }

  get context() {
    return this.actor.getSnapshot().context;
  }

  /** How often an effect was begun. */
  begun(name: EffectName): number {
    return this.#running.get(name)?.length ?? 0;
  }

  latest(name: EffectName): Running {
    const running = this.#running.get(name)?.at(-1);
    if (running === undefined) throw new Error(`${name} was never begun`);
    return running;
  }

  async end(name: EffectName, outcome?: Outcome): Promise<void> {
    this.latest(name).settle(outcome);
    await settled();
  }

  async fail(name: EffectName, error: Error): Promise<void> {
    this.latest(name).fail(error);
    await settled();
  }

  async connect(): Promise<void> {
    await this.end('connect', { ok: true, contest: null });
  }

  async runCycle(outcome: ApplyOutcome = applied()): Promise<void> {
    await this.end('observe', OBSERVED);
    await this.end('plan', PLANNED);
    await this.end('apply', outcome);
  }

  /** Online, first cycle done. */
  async reachSteady(): Promise<void> {
    await this.connect();
    await this.runCycle();
  }

  cycle(): void {
    this.actor.send({ type: 'CYCLE', origins: ['timer'], full: false });
  }

  rollback(): void {
    this.actor.send({ type: 'ROLLBACK', by: 'test', reason: 'why not' });
  }
}

/** Lets promises that are settled reach the machine. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
}
