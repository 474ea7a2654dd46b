import { readConfigFile, readFailure } from '../config/environment.ts';
import { formatIssues, quote } from '../config/issues.ts';
import { type LoadResult, loadConfig } from '../config/load.ts';
import { locateConfig } from '../config/locate.ts';
import type { Config } from '../config/schema.ts';
import { count, printError } from './output.ts';

/** The config that a command works on, or null when it has errors: then they have been printed. */
export async function loadOrExplain(
  flag: string | null,
): Promise<{ readonly path: string; readonly config: Config; readonly warnings: readonly string[] } | null> {
  const path = locate(flag);
  if (path === null) return null;
  const loaded = await loadFrom(path);
  if (!loaded.ok) {
    explain(path, loaded);
    return null;
  }
  return { path, config: loaded.config, warnings: loaded.warnings };
}

/** Where the config is, or null when none is named and none is found: then that has been printed. */
export function locate(flag: string | null): string | null {
  const path = locateConfig({ flag, env: process.env });
  if (path === null) {
    printError('no config: give one by --config or QGUARDARR_CONFIG, or put it at config/qguardarr.yaml');
  }
  return path;
}

/** The config, and what it names: a certificate that can't be read is an error of the config too. */
export async function loadFrom(path: string): Promise<LoadResult> {
  const loaded = await loadConfig({ path, env: process.env });
  if (!loaded.ok) return loaded;
  const caFile = loaded.config.qbittorrent.tls_ca_file;
  if (caFile === '') return loaded;
  try {
    await readConfigFile(caFile);
    return loaded;
  } catch (cause) {
    const message = `can't read ${quote(caFile)}: ${readFailure(cause)}`;
    return { ok: false, errors: [{ path: 'qbittorrent.tls_ca_file', message }] };
  }
}

/** One line for each error, below a line that counts them; one line when the file can't be read at all. */
export function explain(path: string, loaded: Pick<Extract<LoadResult, { ok: false }>, 'errors'>): void {
  const { errors } = loaded;
  const [first] = errors;
  if (errors.length === 1 && first?.path === '' && first.line === undefined) {
    printError(first.message);
    return;
  }
  const lines = formatIssues(errors).split('\n');
  printError(`${path} has ${count(errors.length, 'error')}:`, ...lines.map((line) => `  ${line}`));
}
