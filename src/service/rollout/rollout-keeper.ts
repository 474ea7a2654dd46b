import type { Actor } from 'xstate';
import type { serviceMachine } from '../../../machines/service.machine.ts';
import type { Bus } from '../../bus.ts';
import type { RolloutNote } from '../../control/rollout-note.ts';
import type { Clock } from '../clock.ts';
import { messageOf } from '../failures.ts';
import { notesOn, notesOnStart } from './rollout-standing.ts';
import type { RolloutStore } from './rollout-store.ts';

const NOTES_KEPT = 200;

export interface RolloutKeeperParts {
  readonly store: RolloutStore;
  readonly actor: Actor<typeof serviceMachine>;
  /** `global.rollout_percentage` in force. */
  readonly configuredPercentage: () => number;
  readonly bus: Bus;
  readonly clock: Clock;
}

/** Watches rollout as the machine drives it: tells the bus of each change, and has it outlive the process. */
export class RolloutKeeper {
  readonly #parts: RolloutKeeperParts;
  #notes: readonly RolloutNote[];
  #saving: Promise<void> = Promise.resolve();
  #problem: string | null = null;

  constructor(parts: RolloutKeeperParts) {
    this.#parts = parts;
    this.#notes = parts.store.left?.notes ?? [];
  }

  /** What has happened to rollout, newest first, former runs included. */
  get notes(): readonly RolloutNote[] {
    return this.#notes;
  }

  /** Why a restart would forget the latest change, or null. */
  get problem(): string | null {
    return this.#problem;
  }

  /** Before the actor is started. Returns what ends the watch. */
  start(): () => void {
    const { store, actor, configuredPercentage, clock } = this.#parts;
    let before = actor.getSnapshot().context;
    this.#take(notesOnStart(store.left, configuredPercentage(), before, clock.now()));
    const subscription = actor.subscribe(({ context }) => {
      const notes = notesOn(before, context, clock.now());
      before = context;
      this.#take(notes);
    });
    return () => subscription.unsubscribe();
  }

  /** Resolves when all changes so far are durable, or `problem` says why they aren't. */
  async settled(): Promise<void> {
    await this.#saving;
  }

  #take(notes: readonly RolloutNote[]): void {
    if (notes.length === 0) return;
    this.#notes = [...[...notes].reverse(), ...this.#notes].slice(0, NOTES_KEPT);
    this.#saving = this.#save();
    for (const note of notes) this.#parts.bus.emit('rollout:changed', note);
  }

  async #save(): Promise<void> {
    const { store, actor, configuredPercentage, bus, clock } = this.#parts;
    const { percentage, rollout } = actor.getSnapshot().context;
    try {
      await store.save({
        configuredPercentage: configuredPercentage(),
        percentage,
        progress: rollout,
        notes: this.#notes,
      });
      this.#problem = null;
    } catch (error) {
      const problem = messageOf(error);
      if (this.#problem === null) bus.emit('rollout:not-remembered', { problem, at: clock.now() });
      this.#problem = problem;
    }
  }
}
