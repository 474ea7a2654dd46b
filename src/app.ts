import { dirname } from 'node:path';
import { createBus } from './bus.ts';
import { qbittorrentBaseUrl } from './config/base-url.ts';
import type { LoadResult } from './config/load.ts';
import type { Config } from './config/schema.ts';
import { ConfigWatcher } from './config/watch.ts';
import { type ApiKey, loadApiKey } from './http/api-key-file.ts';
import { createHttpServer } from './http/server.ts';
import { JournalError } from './journal/errors.ts';
import { NedbJournal } from './journal/nedb-journal.ts';
import { createLog, type Log } from './log/logger.ts';
import { narrate } from './log/narrator.ts';
import { createClient } from './service/create-client.ts';
import { systemClock } from './service/clock.ts';
import { OperationRefused, type Operations } from './service/operations.ts';
import { createOperations } from './service/service-operations.ts';
import { Service } from './service/service.ts';

const DAY_MS = 86_400_000;
/** SIGTERM to exit is promised within 5 s: requests under way get this long of it. */
const HTTP_GRACE_MS = 2_000;

export interface AppOptions {
  readonly config: Config;
  readonly warnings: readonly string[];
  /** Loads the config anew, for a reload. */
  readonly loadConfig: () => Promise<LoadResult>;
  /** Watched for changes; null: the config is not a file. */
  readonly configPath: string | null;
  readonly version: string;
  readonly terminal: boolean;
}

export interface App {
  readonly operations: Operations;
  readonly log: Log;
  readonly address: { readonly host: string; readonly port: number };
  /** Drains and closes everything; limits stay as they are. */
  stop(): Promise<void>;
}

/**
 * The composition root: makes every part, in the order in which they depend on each other, and starts them.
 * Rejects with JournalError or ListenError, having closed what it had opened.
 */
export async function startApp(options: AppOptions): Promise<App> {
  const { config, version } = options;
  const log = await createLog(config.logging, options.terminal);
  const { logger } = log;
  const bus = createBus((name, error) => logger.error({ err: error }, `a listener of ${name} failed`));
  const journal = openJournal(config);
  await journal.open();
  const opened: (() => Promise<void>)[] = [() => log.close(), () => journal.close()];
  try {
    const apiKey = await loadApiKey(config.auth.api_key, dirname(config.rollback.database_path));
    tellApiKey(log, apiKey);
    const stopNarrating = narrate(bus, logger);
    const service = new Service({ config, createClient, journal, bus, clock: systemClock });
    service.status.warnings = options.warnings;
    for (const warning of options.warnings) logger.warn(warning);
    const operations = createOperations({
      service,
      journal,
      bus,
      clock: systemClock,
      version,
      loadConfig: options.loadConfig,
    });
    const http = createHttpServer({
      operations,
      apiKey: () => service.live.config.auth.api_key || apiKey.key,
      allowedHosts: () => service.live.config.auth.allowed_hosts,
      log: logger,
    });
    const address = await http.start({ host: config.global.host, port: config.global.port });
    bus.on('config:reloaded', () => log.setLevel(service.live.config.logging.level));
    const watcher = await watchConfig(options.configPath, operations, log);
    service.start();
    if (journal.failure !== null) service.effects.noteJournal(journal.failure);
    tellStart(log, config, version, address, service);
    return {
      operations,
      log,
      address,
      stop: async () => {
        await watcher?.stop();
        await Promise.all([http.stop(HTTP_GRACE_MS), service.stop()]);
        stopNarrating();
        logger.info('stopped; limits stay as they are');
        await closeAll(opened);
      },
    };
  } catch (error) {
    await closeAll(opened);
    throw error;
  }
}

function openJournal(config: Config): NedbJournal {
  const { rollback } = config;
  return new NedbJournal({
    path: rollback.database_path,
    keepChangesMs: rollback.keep_changes * DAY_MS,
    maxChanges: rollback.max_changes,
    trackAllChanges: rollback.track_all_changes,
  });
}

async function watchConfig(path: string | null, operations: Operations, log: Log): Promise<ConfigWatcher | null> {
  if (path === null) return null;
  const watcher = new ConfigWatcher({
    path,
    onChange: async () => {
      try {
        await operations.reloadConfig();
      } catch (error) {
        // Refused: the bus has told what is wrong, and the config in force stays.
        if (!(error instanceof OperationRefused)) throw error;
      }
    },
    onError: (error) => log.logger.error({ err: error }, 'the config file cannot be watched'),
  });
  await watcher.start();
  return watcher;
}

/** Last opened, first closed; one that fails to close doesn't keep the others open. */
async function closeAll(opened: readonly (() => Promise<void>)[]): Promise<void> {
  for (const close of [...opened].reverse()) {
    try {
      await close();
    } catch (error) {
      if (!(error instanceof JournalError)) throw error;
    }
  }
}

function tellApiKey(log: Log, apiKey: ApiKey): void {
  if (!apiKey.created) return;
  // Shown this once, to whoever started it: not through the logger, whose file may be read by others.
  process.stderr.write(
    `\nAPI key for requests from other machines (shown once, kept in ${apiKey.file}):\n  ${apiKey.key}\n\n`,
  );
  log.logger.info(`an API key was made and is kept in ${apiKey.file}`);
}

function tellStart(
  log: Log,
  config: Config,
  version: string,
  address: { readonly host: string; readonly port: number },
  service: Service,
): void {
  const { logger } = log;
  const host = address.host.includes(':') ? `[${address.host}]` : address.host;
  logger.info(`Qguardarr ${version} serves http://${host}:${address.port} and connects to ${qbittorrentBaseUrl(config)}`);
  if (config.global.dry_run) logger.warn('dry run: nothing is written to qBittorrent');
  if (service.lifecycle === 'rolledBack') {
    logger.warn('rolled back before this start: nothing is enforced until POST /resume');
  }
}

