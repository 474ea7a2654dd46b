import { dirname } from 'node:path';
import type { Logger } from 'pino';
import { createBus } from './bus.ts';
import { Closers } from './closers.ts';
import { trustsLoopback } from './config/access.ts';
import { shownBaseUrl } from './config/base-url.ts';
import type { LoadResult } from './config/load.ts';
import type { Config } from './config/schema.ts';
import { secretsOf } from './config/secrets.ts';
import { ConfigWatcher } from './config/watch.ts';
import { shownPath } from './control/shown-address.ts';
import { createJournal } from './create-journal.ts';
import { CrossSeedForwarder } from './cross-seed/forwarder.ts';
import type { Access } from './http/access.ts';
import { AccessKeys, type MadeKey } from './http/access-keys.ts';
import { KeyKeeper } from './http/key-keeper.ts';
import { createHttpServer } from './http/server.ts';
import { loadTlsFiles } from './http/tls-files.ts';
import { createLog, type Log } from './log/logger.ts';
import { narrate } from './log/narrator.ts';
import { writeLines } from './log/terminal.ts';
import { Metrics } from './metrics/metrics.ts';
import { nodeLineWarning } from './node-line.ts';
import { Notifier } from './notifications/notifier.ts';
import { systemClock } from './service/clock.ts';
import { createClient } from './service/limits/create-client.ts';
import { OperationRefused, type Operations } from './service/operations.ts';
import { PatientJournal } from './service/patient-journal.ts';
import { metricsReport } from './service/reports/metrics-report.ts';
import type { FarewellResult } from './service/rollbacks.ts';
import { RolloutFile, rolloutFileOf } from './service/rollout/rollout-store.ts';
import { Service } from './service/service.ts';
import { createOperations } from './service/service-operations.ts';

/** SIGTERM to exit is promised within 5 s: what a stop may take of it, one after the other. */
const GRACE_MS = {
  watcher: 250,
  http: 1_500,
  notifications: 50,
  crossSeed: 50,
  keys: 50,
  service: 1_500,
  journal: 750,
} as const;
/** `rollback.on_shutdown: restore` may take so much more: 30,000 torrents are read, written and read again. */
const RESTORE_WITHIN_MS = 20_000;

export interface AppOptions {
  readonly config: Config;
  readonly warnings: readonly string[];
  /** Loads the config anew, for a reload. */
  readonly loadConfig: () => Promise<LoadResult>;
  /** Watched for changes; null: the config is not a file. */
  readonly configPath: string | null;
  readonly version: string;
  /** Where the build put the dashboard; null: there is none. */
  readonly webFolder: string | null;
  readonly terminal: boolean;
}

export interface App {
  readonly operations: Operations;
  readonly log: Log;
  readonly address: { readonly host: string; readonly port: number };
  /** Loads the config anew and puts it in force; the log says what came of it. Never rejects. */
  reload(): Promise<void>;
  /** How much longer than usual a stop may take by the config in force, ms. */
  readonly restoreWithinMs: number;
  /**
   * Requests under way are answered first, then the service drains, then journal and log are closed. Ends within
   * 4.5 s and `restoreWithinMs`, even when qBittorrent hangs; never rejects.
   * @param limits 'keep': they stay as they are, whatever `rollback.on_shutdown` says
   */
  stop(limits?: 'as-configured' | 'keep'): Promise<void>;
}

/**
 * The composition root: makes every part, in the order in which they depend on each other, and starts them.
 * Rejects with JournalError, ForeignJournal, ListenError, ApiKeyFileError, TlsFilesError or the system's error, having closed what it had opened.
 */
export async function startApp(options: AppOptions): Promise<App> {
  const log = createLog({ logging: options.config.logging, terminal: options.terminal });
  const closers = new Closers();
  try {
    const { service, ending, ...opened } = await open(options, log, closers);
    const restoreWithinMs = () =>
      service.live.config.rollback.on_shutdown === 'restore' ? RESTORE_WITHIN_MS : 0;
    return {
      ...opened,
      log,
      get restoreWithinMs() {
        return restoreWithinMs();
      },
      async stop(limits = 'as-configured') {
        ending.restoreWithinMs = limits === 'keep' ? 0 : restoreWithinMs();
        await closers.closeAll(log.logger);
        tellEnd(log.logger, ending);
        await log.close();
      },
    };
  } catch (error) {
    await closers.closeAll(log.logger);
    await log.close();
    throw error;
  }
}

/** How the service is to end, and how it has. */
interface Ending {
  /** 0: limits stay. */
  restoreWithinMs: number;
  farewell: FarewellResult | null;
}

interface Opened extends Pick<App, 'operations' | 'address' | 'reload'> {
  readonly service: Service;
  readonly ending: Ending;
}

async function open(options: AppOptions, log: Log, closers: Closers): Promise<Opened> {
  const { config, version, loadConfig } = options;
  const { logger } = log;
  const bus = createBus((name, error) => logger.error({ err: error }, `a listener of ${name} failed`));
  const file = createJournal(config, (durationMs) =>
    bus.emit('journal:synced', { durationMs, at: systemClock.now() }),
  );
  await file.open((holder, seconds) =>
    logger.warn(
      `the journal is marked as in use by ${holder}: watching for its heartbeat; it is taken over if there is none ` +
        `for ${seconds} s`,
    ),
  );
  closers.push('the journal', GRACE_MS.journal, () => file.close());
  const journal = new PatientJournal({
    journal: file,
    path: config.rollback.database_path,
    clock: systemClock,
  });

  const rolloutStore = await RolloutFile.open(rolloutFileOf(config.rollback.database_path));
  if (rolloutStore.problem !== null) logger.warn(rolloutStore.problem);
  const service = new Service({ config, createClient, journal, rolloutStore, bus, clock: systemClock });
  const linkProblem = () => service.linkProblem;
  const stopNarrating = narrate(bus, logger, linkProblem);
  const metrics = new Metrics({ bus, report: () => metricsReport(service, version) });
  metrics.start();
  const ending: Ending = { restoreWithinMs: 0, farewell: null };
  const serviceGraceMs = () => GRACE_MS.service + ending.restoreWithinMs;
  closers.push('the service', serviceGraceMs, async () => {
    ending.farewell = await service.stop(ending.restoreWithinMs || null);
    metrics.stop();
    stopNarrating();
  });
  const settings = () => service.live.config.notifications;
  const notifier = new Notifier({ bus, clock: systemClock, settings, linkProblem });
  notifier.start();
  closers.push('notifications', GRACE_MS.notifications, async () => notifier.stop());

  const crossSeed = new CrossSeedForwarder({
    bus,
    clock: systemClock,
    settings: () => service.live.config.cross_seed,
  });
  crossSeed.start();
  closers.push('cross-seed', GRACE_MS.crossSeed, async () => {
    const left = crossSeed.stop();
    if (left > 0) logger.warn(`stopped with ${left} completed torrents not forwarded to cross-seed`);
  });

  // Its data folder stays that of the journal, which a reload doesn't move.
  const accessKeys = new AccessKeys(dirname(config.rollback.database_path));
  const keyKeeper = new KeyKeeper({
    keys: accessKeys,
    auth: () => service.live.config.auth,
    clock: systemClock,
    log: logger,
    onMade: (made) => tellKey(made, logger),
    onChange: () => {
      const inForce = accessKeys.inForce(service.live.config.auth);
      log.secrets.use([...secretsOf(service.live.config), ...inForce.map(({ key }) => key)]);
    },
  });
  closers.push('the keys', GRACE_MS.keys, async () => keyKeeper.stop());
  await keyKeeper.start();
  const operations = createOperations({ service, journal, bus, clock: systemClock, version, loadConfig });
  const { tls_cert_file: certFile, tls_key_file: keyFile } = config.global;
  const tls = certFile === '' ? null : await loadTlsFiles(certFile, keyFile);
  const http = createHttpServer({
    operations,
    access: () => accessOf(service.live.config, accessKeys),
    tls,
    metrics: () => metrics.text(),
    testNotifications: () => notifier.test(),
    webFolder: options.webFolder,
    log: logger,
  });
  const address = await http.start({ host: config.global.host, port: config.global.port });
  closers.push('the HTTP server', GRACE_MS.http + 250, () => http.stop(GRACE_MS.http));

  service.status.warnings = options.warnings;
  tellWarnings(logger, options.warnings, config);
  const takeEffect = async () => {
    const { config: inForce } = service.live;
    tellWarnings(logger, service.status.warnings, inForce);
    const steps = [
      () => keyKeeper.renew(),
      () => log.configure(inForce.logging),
      async () => {
        if (tls !== null) http.renewCertificate(await loadTlsFiles(certFile, keyFile));
      },
    ];
    // One that fails keeps none of the others from taking effect.
    for (const step of steps) {
      await step().catch((error: unknown) =>
        logger.error({ err: error }, 'not all of the config took effect'),
      );
    }
  };
  bus.on('config:reloaded', () => void takeEffect());
  service.start();
  if (journal.failure !== null) service.journalWatch.note(journal.failure);

  const reload = () => reloadConfig(operations, logger);
  if (options.configPath !== null) {
    const watcher = new ConfigWatcher({
      path: options.configPath,
      onChange: reload,
      onError: (error) => logger.error({ err: error }, 'the config file cannot be watched'),
    });
    closers.push('the watch on the config', GRACE_MS.watcher, () => watcher.stop());
    await watcher.start();
  }
  const ofNode = nodeLineWarning(process.versions.node, new Date());
  if (ofNode !== null) logger.warn(ofNode);
  tellStart(logger, config, version, address, service.lifecycle);
  return { operations, address, reload, service, ending };
}

function accessOf({ auth, global }: Config, accessKeys: AccessKeys): Access {
  return {
    keys: accessKeys.inForce(auth),
    trustLoopback: trustsLoopback({ auth, global }),
    publicReads: auth.public,
    allowedHosts: auth.allowed_hosts,
    trustedProxies: auth.trusted_proxies,
    basePath: global.base_path,
  };
}

function tellEnd(logger: Logger, { restoreWithinMs, farewell }: Ending): void {
  if (restoreWithinMs === 0) {
    logger.info('stopped; limits stay as they are');
  } else if (farewell === null) {
    logger.warn('stopped while limits were given back: the journal knows those that were not');
  } else if (farewell.left.length === 0) {
    logger.info(`stopped; ${farewell.restored} torrents have their own limits back`);
  } else {
    const { restored, left, problem } = farewell;
    logger.warn(
      { torrents: left },
      `stopped; ${restored} torrents have their own limits back, ${left.length} have not (${problem}): the journal ` +
        'keeps theirs, for the next start or `qguardarr rollback --confirm`',
    );
  }
}

async function reloadConfig(operations: Operations, logger: Logger): Promise<void> {
  try {
    await operations.reloadConfig();
  } catch (error) {
    // Refused: the bus has told what is wrong, and the config in force stays.
    if (!(error instanceof OperationRefused))
      logger.error({ err: error }, 'the config could not be reloaded');
  }
}

function tellKey({ isMain, name, key, file }: MadeKey, logger: Logger): void {
  if (isMain) {
    // Shown this once, to whoever started it: not through the logger, whose file may be read by others.
    writeLines(process.stderr, [
      '',
      `API key for requests from other machines (shown once, kept in ${file}):`,
      `  ${key}`,
      '',
    ]);
    logger.info(`an API key was made and is kept in ${file}`);
  } else {
    logger.info(`the key "${name}" was made and is kept in ${file}`);
  }
}

function tellWarnings(logger: Logger, warnings: readonly string[], config: Config): void {
  for (const warning of warnings) logger.warn(warning);
  if (config.global.dry_run) logger.warn('dry run: nothing is written to qBittorrent');
}

function tellStart(
  logger: Logger,
  config: Config,
  version: string,
  address: App['address'],
  lifecycle: string,
): void {
  const host = address.host.includes(':') ? `[${address.host}]` : address.host;
  logger.info(
    `Qguardarr ${version} serves ${config.global.tls_cert_file === '' ? 'http' : 'https'}://${host}:${address.port}${shownPath(config.global.base_path)} and connects to ${shownBaseUrl(config)}`,
  );
  if (lifecycle === 'rolledBack') {
    logger.warn('rolled back before this start: nothing is enforced until POST /resume');
  }
}
