/** What a machine is made of, by name, so that a walk through it can be told what it has missed. */
import type { AnyStateMachine, AnyStateNode, AnyTransitionDefinition, InspectionEvent } from 'xstate';
import { getStateNodes } from 'xstate/graph';

const WILDCARD = '*';

/** One event that a machine has worked through, and what it has taken for it. */
export interface Microstep {
  readonly event: string;
  /** As `transitionNames` has them. */
  readonly transitions: readonly string[];
}

/** Every state, the passing ones too, by its id without the machine's. */
export function stateNames(machine: AnyStateMachine): string[] {
  return getStateNodes(machine.root).map(nameOf);
}

/** Every transition: those of events, of effects and timers that end, and those that need no event. */
export function transitionNames(machine: AnyStateMachine): string[] {
  return [machine.root, ...getStateNodes(machine.root)].flatMap((node) =>
    transitionsOf(node).map(transitionName),
  );
}

/** The events that some state takes, without the machine's own for effects and timers. */
export function eventTypes(machine: AnyStateMachine): string[] {
  return machine.events.filter((type) => type !== WILDCARD && !type.startsWith('xstate.')).sort();
}

/** Every state that holds for a state value, parents included: `rollingBack` and `rollingBack.waiting`. */
export function statesIn(value: unknown, above = ''): string[] {
  if (typeof value === 'string') return [join(above, value)];
  return Object.entries(value as Record<string, unknown>).flatMap(([name, inner]) => [
    join(above, name),
    ...statesIn(inner, join(above, name)),
  ]);
}

/** Notes every microstep of an actor that is given it as `inspect`. */
export class Microsteps {
  readonly taken: Microstep[] = [];

  readonly inspect = (seen: InspectionEvent): void => {
    if (seen.type !== '@xstate.microstep') return;
    const transitions = seen._transitions.map(transitionName);
    this.taken.push({ event: seen.event.type, transitions });
  };

  /** Events since then that nothing took but whoever takes all: to be counted as dropped. */
  droppedSince(index: number): Microstep[] {
    return this.taken
      .slice(index)
      .filter(({ transitions }) => transitions.every((name) => name.startsWith(`${WILDCARD} `)));
  }
}

function transitionsOf(node: AnyStateNode): AnyTransitionDefinition[] {
  return [...[...node.transitions.values()].flat(), ...(node.always ?? [])];
}

/** `event in state`, and which of several for the same event. */
function transitionName(transition: AnyTransitionDefinition): string {
  const { source, eventType } = transition;
  const alike = eventType === '' ? (source.always ?? []) : (source.transitions.get(eventType) ?? []);
  const index = alike.indexOf(transition);
  const name = `${eventType === '' ? 'always' : eventType} in ${nameOf(source) || 'the machine'}`;
  return alike.length === 1 ? name : `${name}, ${index + 1} of ${alike.length}`;
}

function nameOf({ path }: AnyStateNode): string {
  return path.join('.');
}

function join(above: string, name: string): string {
  return above === '' ? name : `${above}.${name}`;
}
