import { EXIT, type ExitCode } from './exit-codes.ts';
import { loadOrExplain } from './load.ts';
import { count, print } from './output.ts';

/** Reads the config only. */
export async function check(flag: string | null): Promise<ExitCode> {
  const loaded = await loadOrExplain(flag);
  if (loaded === null) return EXIT.invalid;
  for (const warning of loaded.warnings) print(`warning: ${warning}`);
  print(`${loaded.path} is valid: ${count(loaded.config.trackers.length, 'tracker')}`);
  return EXIT.ok;
}
