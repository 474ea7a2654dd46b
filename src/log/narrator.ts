import type { Logger } from 'pino';
import type { Bus } from '../bus.ts';
import { capProblem } from '../control/cap-problem.ts';
import { humanRate } from '../control/units.ts';
import { isUnwelcome, rolloutLine } from './rollout-line.ts';

/**
 * Tells the log what happens, in the words of the product: one line a cycle that changed something. A fault
 * that lasts is told once, and its end.
 * @param linkProblem why qBittorrent can't be reached at present, or null
 */
export function narrate(bus: Bus, logger: Logger, linkProblem: () => string | null): () => void {
  const subscriptions = [
    ...narrateLink(bus, logger, linkProblem),
    ...narrateCycles(bus, logger),
    narrateCaps(bus, logger),
    bus.on('state:changed', ({ machine, from, to }) => {
      if (machine === 'link') return;
      logger[machine === 'service' ? 'info' : 'debug']({ machine, from, to }, `${machine} is ${to}`);
    }),
    bus.on('limits:written', ({ cycle, call }) =>
      logger.debug(
        { cycle, tracker: call.trackerId, limit: call.toWire, torrents: call.changes.length },
        `${call.kind} to ${call.toWire} B/s: ${call.reason}`,
      ),
    ),
    bus.on('limits:failed', ({ call, problem }) =>
      logger.warn({ tracker: call.trackerId, torrents: call.changes.length }, `limits not set: ${problem}`),
    ),
    bus.on('limit:changed-by-user', ({ infoHash, fromWire, toWire }) =>
      logger.info(
        { infoHash, fromWire, toWire },
        `the limit of ${infoHash} was changed from outside: it is now the torrent's own`,
      ),
    ),
    bus.on('rollback:started', ({ by, reason }) => logger.warn({ by, reason }, 'rollback begins')),
    bus.on('rollback:finished', ({ restored, missing, leftInForce, durationMs }) =>
      logger.warn(
        { restored, missing, leftInForce, ms: Math.round(durationMs) },
        leftInForce > 0
          ? `dry run, so the rollback waits: ${leftInForce} torrents keep the limits set before`
          : `rollback done: ${restored} torrents have their own limits back; nothing is enforced until POST /resume`,
      ),
    ),
    bus.on('rollback:interrupted', ({ problem }) => logger.error(`rollback waits: ${problem}`)),
    bus.on('rollout:changed', (note) =>
      logger[isUnwelcome(note) ? 'warn' : 'info'](
        { rollout: note.what, percentage: note.percentage },
        rolloutLine(note),
      ),
    ),
    bus.on('rollout:not-remembered', ({ problem }) =>
      logger.error(`a restart would forget where the rollout stands: ${problem}`),
    ),
    bus.on('config:reloaded', ({ restartNeeded }) => {
      logger.info('config reloaded');
      if (restartNeeded.length > 0) {
        logger.warn(`needs a restart to take effect: ${restartNeeded.join(', ')}`);
      }
    }),
    bus.on('config:refused', ({ issues }) => {
      logger.error('config not reloaded, the one in force stays:');
      for (const issue of issues) logger.error(`  ${issue}`);
    }),
    bus.on('journal:failed', ({ problem }) => logger.error(`nothing is limited any more: ${problem}`)),
    bus.on('journal:recovered', () => logger.info('the journal can be written again')),
    bus.on('event:dropped', ({ type }) => logger.warn({ type }, `no state of the service wanted ${type}`)),
  ];
  return () => {
    for (const unsubscribe of subscriptions) unsubscribe();
  };
}

/** Retries of an hour's outage would fill the log: only what is new is told. */
function narrateLink(bus: Bus, logger: Logger, linkProblem: () => string | null): (() => void)[] {
  let told: string | null = null;
  return [
    bus.on('state:changed', ({ machine, to }) => {
      if (machine !== 'link') return;
      if (to === 'online') {
        told = null;
        logger.info('connected to qBittorrent');
        return;
      }
      const problem = to.startsWith('offline') ? linkProblem() : null;
      if (problem === null || problem === told) logger.debug(`link is ${to}`);
      else logger.warn(problem);
      told = problem ?? told;
    }),
  ];
}

/** Usage moves with every cycle: a cap that can't be held is told once, and once that it can again. */
function narrateCaps(bus: Bus, logger: Logger): () => void {
  const told = new Map<string, string>();
  return bus.on('cycle:finished', ({ trackers }) => {
    for (const report of trackers) {
      const { id, cannotHold } = report;
      if (cannotHold === null) {
        if (told.delete(id)) logger.info({ tracker: id }, `${id}: its cap can be held again`);
      } else if (told.get(id) !== cannotHold) {
        logger.warn({ tracker: id }, `${id}: ${capProblem(report)}`);
        told.set(id, cannotHold);
      }
    }
  });
}

function narrateCycles(bus: Bus, logger: Logger): (() => void)[] {
  let told: string | null = null;
  return [
    bus.on('cycle:finished', (summary) => {
      const { cycle, changed, calls, failedCalls, durationMs, managed, trackers, dryRun } = summary;
      if (told !== null) logger.info('cycles succeed again');
      told = null;
      const fields = { cycle, changed, calls, failedCalls, managed, ms: Math.round(durationMs) };
      const usage = trackers
        .filter((tracker) => Number.isFinite(tracker.effectiveCapBps))
        .map((t) => `${t.id} ${humanRate(t.usageBps)} of ${humanRate(t.effectiveCapBps)}`)
        .join(', ');
      const did = dryRun ? 'would change' : 'changed';
      const message = `cycle ${cycle}: ${did} ${changed} limits in ${calls - 1} calls; ${usage}`;
      logger[changed > 0 ? 'info' : 'debug'](fields, message);
    }),
    bus.on('cycle:failed', ({ problem }) => {
      logger[problem === told ? 'debug' : 'warn'](`cycle failed, nothing changed: ${problem}`);
      told = problem;
    }),
  ];
}
