import { EXIT, type ExitCode } from './exit-codes.ts';
import { explain, loadFrom, locate } from './load.ts';
import { count, print, printJson, styled } from './output.ts';

/** Reads the config only. */
export async function check(flag: string | null): Promise<ExitCode> {
  const path = locate(flag);
  if (path === null) return EXIT.invalid;
  const loaded = await loadFrom(path);
  if (!loaded.ok) {
    printJson({ path, valid: false, errors: loaded.errors });
    explain(path, loaded);
    return EXIT.invalid;
  }
  const { config, warnings } = loaded;
  printJson({ path, valid: true, trackers: config.trackers.length, warnings });
  for (const warning of warnings) print(`${styled('yellow', 'warning')}: ${warning}`);
  print(`${path} is valid: ${count(config.trackers.length, 'tracker')}`);
  return EXIT.ok;
}
