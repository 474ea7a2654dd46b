import { type ActorRefFrom, createActor } from 'xstate';
import { trackerMachine } from '../../machines/tracker.machine.ts';
import type { TrackerReport, TrackerSettings, TrackerState } from '../control/types.ts';
import { UNLIMITED } from '../control/units.ts';

/** One actor for each configured tracker, fed with each cycle's reports; rebuilt when the config changes. */
export class TrackerFleet {
  readonly #actors = new Map<string, ActorRefFrom<typeof trackerMachine>>();
  readonly #onState: (id: string, from: string | null, to: string) => void;

  constructor(onState: (id: string, from: string | null, to: string) => void) {
    this.#onState = onState;
  }

  /** Starts an actor for each new tracker and stops those of trackers that are gone. */
  configure(trackers: readonly TrackerSettings[]): void {
    const wanted = new Set(trackers.map((tracker) => tracker.id));
    for (const [id, actor] of this.#actors) {
      if (wanted.has(id)) continue;
      actor.stop();
      this.#actors.delete(id);
    }
    for (const { id } of trackers) {
      if (this.#actors.has(id)) continue;
      const actor = createActor(trackerMachine, { id: `tracker:${id}`, input: { id } });
      this.#actors.set(id, actor);
      let state: string | null = null;
      actor.subscribe((snapshot) => {
        if (snapshot.value === state) return;
        this.#onState(id, state, snapshot.value);
        state = snapshot.value;
      });
      actor.start();
    }
  }

  observe(reports: readonly TrackerReport[], pressingRatio: number): void {
    for (const report of reports) {
      this.#actors.get(report.id)?.send({
        type: 'OBSERVED',
        usageBps: report.usageBps,
        capBps: finite(report.capBps),
        effectiveCapBps: finite(report.effectiveCapBps),
        borrowedBps: report.borrowedBps,
        lentBps: report.lentBps,
        wantBps: finite(report.wantBps),
        pressingRatio,
      });
    }
  }

  /** Where each tracker stands, for the next plan. */
  states(): ReadonlyMap<string, TrackerState> {
    return new Map([...this.#actors].map(([id, actor]) => [id, actor.getSnapshot().value]));
  }

  snapshots(): ReadonlyMap<string, { readonly state: string; readonly context: Record<string, unknown> }> {
    return new Map(
      [...this.#actors].map(([id, actor]) => {
        const { value, context } = actor.getSnapshot();
        return [id, { state: value, context: { ...context } }];
      }),
    );
  }

  stop(): void {
    for (const actor of this.#actors.values()) actor.stop();
    this.#actors.clear();
  }
}

function finite(bps: number): number | null {
  return bps === UNLIMITED ? null : bps;
}
