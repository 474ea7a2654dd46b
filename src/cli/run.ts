import { fileURLToPath } from 'node:url';
import { type App, startApp } from '../app.ts';
import { DEFAULT_CONFIG_PATH, locateConfig } from '../config/locate.ts';
import type { Arguments } from './arguments.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { explainFailure } from './explain-failure.ts';
import { explain, loadFrom } from './load.ts';
import { printError } from './output.ts';
import { onHangUp, untilStopped } from './stop-signal.ts';

/** Beside the bundle that this file is built into. */
const WEB_FOLDER = fileURLToPath(new URL('web', import.meta.url));

/** Serves until a signal comes. */
export async function run(
  { config: flag, demo, waitForConfig: isPatient }: Pick<Arguments, 'config' | 'demo' | 'waitForConfig'>,
  version: string,
): Promise<ExitCode> {
  const running: { app: App | null } = { app: null };
  const stopped = untilStopped(
    () => running.app?.restoreWithinMs ?? 0,
    (text) => running.app?.log.secrets.clean(text) ?? text,
  );
  const located = locateConfig({ flag, env: process.env }) ?? (isPatient ? DEFAULT_CONFIG_PATH : null);
  const path = demo ? null : located;
  const demonstration = path === null ? await (await import('./demo.ts')).startDemo(demo) : null;
  const load = () => (path === null ? (demonstration?.load() ?? loadFrom('')) : loadFrom(path));
  try {
    const first = await load();
    if (!first.ok && (path === null || !isPatient)) {
      explain(path ?? 'the demo', first);
      return EXIT.invalid;
    }
    const loaded = first.ok
      ? first
      : await (await import('./first-start/wait-for-config.ts')).waitForConfig({
          path: path ?? '',
          load,
          env: process.env,
          stopped,
        });
    if (loaded === null) return (await stopped).code;
    const app = await startApp({
      config: loaded.config,
      warnings: loaded.warnings,
      loadConfig: load,
      configPath: path,
      version,
      webFolder: WEB_FOLDER,
      terminal: process.stdout.isTTY === true,
    });
    running.app = app;
    return await serve(app, stopped);
  } catch (error) {
    printError(explainFailure(error));
    return EXIT.failed;
  } finally {
    await demonstration?.stop();
  }
}

async function serve(app: App, stopped: ReturnType<typeof untilStopped>): Promise<ExitCode> {
  const { logger } = app.log;
  onHangUp(() => {
    logger.info('SIGHUP: reloading the config');
    return app.reload();
  });
  const { why, error, code } = await stopped;
  if (why === 'crash') logger.fatal({ err: error }, 'internal error, stopping; limits stay as they are');
  else logger.info(`${why}: stopping`);
  // After a crash nothing is known for certain: limits stay, and the journal with them.
  await app.stop(why === 'crash' ? 'keep' : 'as-configured');
  return code;
}
