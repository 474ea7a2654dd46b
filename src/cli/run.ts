import { startApp } from '../app.ts';
import { locateConfig } from '../config/locate.ts';
import { startDemo } from './demo.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { explain, loadFrom } from './load.ts';
import { printError } from './output.ts';

/** Two signals: the first drains, the second ends at once. */
function untilSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let signalled = false;
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.on(signal, () => {
        if (signalled) process.exit(EXIT.cannotStart);
        signalled = true;
        resolve(signal);
      });
    }
  });
}

/** Serves until a signal comes. @param flag `--config` */
export async function run(flag: string | null, demo: boolean, version: string): Promise<ExitCode> {
  const signal = untilSignal();
  const path = demo ? null : locateConfig({ flag, env: process.env });
  const demonstration = path === null ? await startDemo(demo) : null;
  const load = () => (path === null ? (demonstration?.load() ?? loadFrom('')) : loadFrom(path));
  try {
    const loaded = await load();
    if (!loaded.ok) {
      explain(path ?? 'the demo', loaded);
      return EXIT.invalid;
    }
    const app = await startApp({
      config: loaded.config,
      warnings: loaded.warnings,
      loadConfig: load,
      configPath: path,
      version,
      terminal: process.stdout.isTTY === true,
    });
    app.log.logger.info(`${await signal}: stopping`);
    await app.stop();
    return EXIT.ok;
  } catch (error) {
    if (error instanceof Error && /^(ListenError|JournalError)$/.test(error.name)) {
      printError(error.message);
      return EXIT.cannotStart;
    }
    const { code, path: file } = error as NodeJS.ErrnoException;
    if (code !== undefined && file !== undefined) {
      printError(`${file} can't be used (${code}): is the data folder there, and may this user write to it?`);
      return EXIT.cannotStart;
    }
    throw error;
  } finally {
    await demonstration?.stop();
  }
}
