import { readConfigFile, readFailure } from '../config/environment.ts';
import type { PlanResult } from '../config/rollout-plan.ts';
import { readRolloutPlan } from '../config/rollout-plan.ts';
import type { Arguments } from './arguments.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { explain } from './load.ts';
import { print, printJson, styled, table } from './output.ts';
import { type StateAnswer, stateOf } from './service-answers.ts';
import { type ServiceClient, withService } from './service-client.ts';

/** Steers the rollout of the running service, and shows where it stands then. */
export async function rollout(options: Arguments): Promise<ExitCode> {
  const [action = 'status', planFile] = options.operands;
  const command = await commandFor(action, planFile);
  if (command === null) return EXIT.invalid;
  return await withService(options, async (client) => {
    if (command !== 'status') await client.post('/rollout', command);
    return await showStatus(client, options.json);
  });
}

/** The body to post; null: the plan has errors, which have been printed. */
async function commandFor(
  action: string,
  planFile: string | undefined,
): Promise<Record<string, unknown> | 'status' | null> {
  if (action === 'status') return 'status';
  if (/^\d+$/.test(action)) return { percentage: Number(action) };
  if (planFile === undefined) return { action };
  const read = await readPlan(planFile);
  if (read.ok) return { action, plan: read.plan };
  explain(planFile, read);
  return null;
}

async function readPlan(file: string): Promise<PlanResult> {
  try {
    return readRolloutPlan(await readConfigFile(file));
  } catch (error) {
    return { ok: false, errors: [{ path: '', message: `can't read ${file}: ${readFailure(error)}` }] };
  }
}

async function showStatus(client: ServiceClient, json: boolean): Promise<ExitCode> {
  const answer = await client.get('/state');
  if (json) {
    printJson(answer.service);
    return EXIT.ok;
  }
  const { service } = stateOf(answer);
  print(`service  ${service.state}`);
  for (const line of rolloutLines(service)) print(line);
  return EXIT.ok;
}

/** Where rollout stands, and its plan with the step under way marked. */
export function rolloutLines(service: StateAnswer['service']): string[] {
  const { rollout: plan, rollout_last_change: last, rollout_problem: problem } = service;
  const lines: string[] = [];
  if (plan === null) {
    lines.push(`rollout  ${service.rollout_percentage} %`);
    if (last !== null && last.problem !== null) {
      lines.push(`         ${last.what} at ${last.at}: ${styled('red', last.problem)}`);
    }
  } else {
    const held = plan.held ? ', held' : '';
    lines.push(
      `rollout  ${service.rollout_percentage} %, step ${plan.step} of ${plan.steps}${held}, not before ${plan.ends_at}`,
    );
    if (plan.gate_problem !== null) {
      lines.push(`         its gate is shut: ${styled('red', plan.gate_problem)}`);
    }
    const rows = plan.plan.map(({ percentage, hold }, index) => [
      index + 1 === plan.step ? '  >' : '',
      `${percentage} %`,
      humanSpan(hold),
    ]);
    lines.push(...table([['STEP', 'TORRENTS', 'FOR'], ...rows]));
    lines.push(`a gate that fails means: ${plan.on_gate_failure}`);
  }
  if (problem !== null) lines.push(styled('red', `a restart would forget this: ${problem}`));
  return lines;
}

/** Such as `36 h` or `90 s`: the largest unit that leaves a whole number. */
export function humanSpan(seconds: number): string {
  if (seconds >= 3600 && seconds % 3600 === 0) return `${seconds / 3600} h`;
  if (seconds >= 60 && seconds % 60 === 0) return `${seconds / 60} min`;
  return `${seconds} s`;
}
