import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';

export interface HowStarted {
  /** Those that every node knows. */
  readonly common: readonly string[];
  readonly flags: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/** What the start script gives this node. */
export async function howItIsStarted(): Promise<HowStarted> {
  const script = await readFile('scripts/node-flags.sh', 'utf8');
  const common = listIn(script, 'node_flags');
  const older = listIn(script, 'older_node_flags');
  const flags = knows(older) ? [...common, ...older] : common;
  const exported = [...script.matchAll(/^export (\w+)=(\w+)$/gm)];
  return {
    common,
    flags,
    environment: Object.fromEntries(exported.map(([, name = '', value = '']) => [name, value])),
  };
}

function listIn(script: string, name: string): readonly string[] {
  return new RegExp(`^${name}=\\((.*)\\)$`, 'm').exec(script)?.[1]?.split(' ') ?? [];
}

function knows(flags: readonly string[]): boolean {
  return spawnSync(process.execPath, [...flags, '--version']).status === 0;
}
