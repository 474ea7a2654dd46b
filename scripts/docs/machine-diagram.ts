/** A state machine as a Mermaid state diagram, from the machine itself. */
import type { AnyStateNode, TransitionDefinition } from 'xstate';

type Transition = TransitionDefinition<
  // biome-ignore lint/suspicious/noExplicitAny: any machine's
  any,
  // biome-ignore lint/suspicious/noExplicitAny: any machine's
  any
>;

const DONE = /^xstate\.done\./;
const BROKEN = /^xstate\.error\./;
const AFTER = /^xstate\.after\.(?<name>[^.]+)\./;
/** Stands for every state of a region, which may have transitions of its own. */
const ANY = 'any';

/**
 * One region of a machine, or a machine without regions: its states with those inside them, and each transition that
 * leads somewhere, labelled `event [guard]`. Events that only act within a state are left out.
 */
export function machineDiagram(region: AnyStateNode): string {
  return ['stateDiagram-v2', ...statesOf(region, '  '), ...transitionsOf(region, region, '  ')].join('\n');
}

function statesOf(node: AnyStateNode, indent: string): string[] {
  const lines = Object.values(node.states).flatMap((child) => {
    const title = `${indent}state "${child.key}" as ${idOf(child)}`;
    return Object.keys(child.states).length === 0
      ? [title]
      : [`${title} {`, ...statesOf(child, `${indent}  `), `${indent}}`];
  });
  return [...lines, ...node.initial.target.map((first) => `${indent}[*] --> ${idOf(first)}`)];
}

function transitionsOf(node: AnyStateNode, region: AnyStateNode, indent: string): string[] {
  const labels = new Map<string, string[]>();
  for (const transition of outgoing(node)) {
    for (const target of transition.target ?? []) {
      labels.set(idOf(target), [...(labels.get(idOf(target)) ?? []), labelOf(transition, node)]);
    }
  }
  const isRegion = node === region;
  const from = isRegion ? ANY : idOf(node);
  return [
    ...(isRegion && labels.size > 0 ? [`${indent}state "any state" as ${ANY}`] : []),
    ...[...labels].map(([to, texts]) => `${indent}${from} --> ${to}: ${[...new Set(texts)].join(' or ')}`),
    ...Object.values(node.states).flatMap((child) => transitionsOf(child, region, indent)),
  ];
}

function outgoing(node: AnyStateNode): Transition[] {
  return [...(node.always ?? []), ...[...node.transitions.values()].flat()] as Transition[];
}

function labelOf({ eventType, guard }: Transition, node: AnyStateNode): string {
  const effect = String(node.invoke[0]?.src ?? '');
  if (DONE.test(eventType)) return `${effect} ended${typeof guard === 'string' ? ` [${guard}]` : ''}`;
  if (BROKEN.test(eventType)) return `${effect} broke`;
  const event = eventType === '' ? 'at once' : (AFTER.exec(eventType)?.groups?.name ?? eventType);
  return typeof guard === 'string' ? `${event} [${guard}]` : event;
}

/** Short, and unique in its region: the states above it, but for the region itself. */
function idOf(node: AnyStateNode): string {
  const above: string[] = [];
  for (let at: AnyStateNode | undefined = node; at !== undefined && !isRegion(at); at = at.parent) {
    above.unshift(at.key);
  }
  return above.join('_');
}

function isRegion({ parent }: AnyStateNode): boolean {
  return parent === undefined || parent.type === 'parallel';
}
