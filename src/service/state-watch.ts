import type { Actor, AnyStateNode } from 'xstate';
import { serviceMachine } from '../../machines/service.machine.ts';
import type { Bus } from '../bus.ts';
import type { MachineRegion } from '../events.ts';
import type { Clock } from './clock.ts';

const REGIONS = [
  ['service', 'lifecycle'],
  ['link', 'link'],
  ['cycle', 'cycle'],
] as const satisfies readonly (readonly [MachineRegion, string])[];

type ServiceActor = Actor<typeof serviceMachine>;

/** "rollingBack.restoring" for { rollingBack: 'restoring' }. */
export function statePath(value: unknown): string {
  if (typeof value === 'string') return value;
  const [entry] = Object.entries((value ?? {}) as Record<string, unknown>);
  if (entry === undefined) return '';
  const below = statePath(entry[1]);
  return below === '' ? entry[0] : `${entry[0]}.${below}`;
}

export function regionState(actor: ServiceActor, region: 'service' | 'link' | 'cycle'): string {
  const values = actor.getSnapshot().value as Record<string, unknown>;
  return statePath(values[region === 'service' ? 'lifecycle' : region]);
}

/** Every state that `regionState` may answer. */
export function regionStates(region: 'service' | 'link' | 'cycle'): readonly string[] {
  return leavesOf(serviceMachine.states[region === 'service' ? 'lifecycle' : region]);
}

function leavesOf(node: AnyStateNode | undefined): string[] {
  return Object.entries(node?.states ?? {}).flatMap(([name, inner]) => {
    const below = leavesOf(inner);
    return below.length === 0 ? [name] : below.map((leaf) => `${name}.${leaf}`);
  });
}

/** Tells the bus of each region's changes of state, and of events that no state wanted. */
export function watchStates(actor: ServiceActor, bus: Bus, clock: Clock): () => void {
  const last = new Map<string, string>();
  let dropped = 0;
  const subscription = actor.subscribe((snapshot) => {
    const values = snapshot.value as Record<string, unknown>;
    for (const [machine, key] of REGIONS) {
      const to = statePath(values[key]);
      const from = last.get(machine) ?? null;
      if (to === from) continue;
      last.set(machine, to);
      bus.emit('state:changed', { machine, from, to, at: clock.now() });
    }
    if (snapshot.context.dropped > dropped) {
      dropped = snapshot.context.dropped;
      bus.emit('event:dropped', { type: snapshot.context.lastDropped ?? '', at: clock.now() });
    }
  });
  return () => subscription.unsubscribe();
}
