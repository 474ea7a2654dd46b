import { exposedFiles } from '../config/exposed-files.ts';
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
  const { config } = loaded;
  const exposed = await exposedFiles(path, config);
  const warnings = [...loaded.warnings, ...exposed.map(({ problem, advice }) => `${problem}: ${advice}`)];
  printJson({ path, valid: true, trackers: config.trackers.length, warnings });
  for (const warning of warnings) print(`${styled('yellow', 'warning')}: ${warning}`);
  print(`${path} is valid: ${count(config.trackers.length, 'tracker')}`);
  return EXIT.ok;
}
