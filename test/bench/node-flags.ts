import { readFile } from 'node:fs/promises';

export interface HowStarted {
  readonly flags: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/** What the start script gives node. */
export async function howItIsStarted(): Promise<HowStarted> {
  const script = await readFile('scripts/node-flags.sh', 'utf8');
  const flags = /^node_flags=\((.*)\)$/m.exec(script)?.[1]?.split(' ') ?? [];
  const exported = [...script.matchAll(/^export (\w+)=(\w+)$/gm)];
  return {
    flags,
    environment: Object.fromEntries(exported.map(([, name = '', value = '']) => [name, value])),
  };
}
