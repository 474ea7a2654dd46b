import { isLeft } from 'fp-ts/lib/Either.js';
import type { ConfigIssue } from './issues.ts';
import { toFinding } from './load.ts';
import { type Config, rolloutSection } from './schema.ts';
import { readYaml } from './yaml-file.ts';

export type PlanResult =
  | { readonly ok: true; readonly plan: Config['rollout'] }
  | { readonly ok: false; readonly errors: readonly ConfigIssue[] };

/** A plan of rollout steps in a file of its own: YAML with the keys of the config's `rollout` section. */
export function readRolloutPlan(text: string): PlanResult {
  const file = readYaml(text);
  if (file.tree === null || file.issues.length > 0) return { ok: false, errors: file.issues };
  const decoded = rolloutSection.decode(file.tree);
  if (isLeft(decoded)) {
    return { ok: false, errors: decoded.left.map((error) => file.locate(toFinding(error, []))) };
  }
  if (decoded.right.steps.length === 0) {
    const message = 'is missing: expected a list ("- percentage: 10") of at least one step';
    return { ok: false, errors: [{ path: 'steps', message }] };
  }
  return { ok: true, plan: decoded.right };
}
