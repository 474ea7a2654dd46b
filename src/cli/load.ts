import { formatIssues } from '../config/issues.ts';
import { loadConfig, type LoadResult } from '../config/load.ts';
import { locateConfig } from '../config/locate.ts';
import type { Config } from '../config/schema.ts';
import { printError } from './output.ts';

/** The config that a command works on, or null when it has errors: then they have been printed. */
export async function loadOrExplain(
  flag: string | null,
): Promise<{ readonly path: string; readonly config: Config; readonly warnings: readonly string[] } | null> {
  const path = locateConfig({ flag, env: process.env });
  if (path === null) {
    printError('no config: give one by --config or QGUARDARR_CONFIG, or put it at config/qguardarr.yaml');
    return null;
  }
  const loaded = await loadFrom(path);
  if (!loaded.ok) {
    explain(path, loaded);
    return null;
  }
  return { path, config: loaded.config, warnings: loaded.warnings };
}

export function loadFrom(path: string): Promise<LoadResult> {
  return loadConfig({ path, env: process.env });
}

/** One line for each error. */
export function explain(path: string, loaded: Extract<LoadResult, { ok: false }>): void {
  const count = loaded.errors.length;
  printError(`${path} has ${count} error${count === 1 ? '' : 's'}:`);
  for (const line of formatIssues(loaded.errors).split('\n')) process.stderr.write(`  ${line}\n`);
}
