import type { Logger } from 'pino';
import type { Bus } from '../bus.ts';
import { capProblem } from '../control/cap-problem.ts';
import { isUnwelcome, rolloutLine } from '../control/rollout-note.ts';
import { describeScope, type TorrentScope } from '../control/torrent-scope.ts';
import { humanRate } from '../control/units.ts';
import type { Events } from '../events.ts';

const AGAIN_AFTER_MS = 3_600_000;

/**
 * Tells the log what happens, in the words of the product: one line a cycle that changed something. A fault
 * that lasts is logged once, and its end.
 * @param linkProblem why qBittorrent can't be reached at present, or null
 */
export function narrate(bus: Bus, logger: Logger, linkProblem: () => string | null): () => void {
  const subscriptions = [
    ...narrateLink(bus, logger, linkProblem),
    ...narrateJournal(bus, logger),
    ...narrateCycles(bus, logger),
    ...narrateRollbacks(bus, logger),
    narrateCaps(bus, logger),
    ...narrateAlarms(bus, logger),
    ...narrateFailedWrites(bus, logger),
    ...narrateByHand(bus, logger),
    ...narrateNotifications(bus, logger),
    ...narrateCrossSeed(bus, logger),
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
    bus.on('event:dropped', ({ type }) => logger.warn({ type }, `no state of the service wanted ${type}`)),
  ];
  return () => {
    for (const unsubscribe of subscriptions) unsubscribe();
  };
}

/** Retries of an hour's outage would fill the log: only what is new is logged. */
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
      const problem = to === 'connecting' ? null : linkProblem();
      if (problem === null || problem === told) logger.debug(`link is ${to}`);
      else logger.warn(problem);
      told = problem ?? told;
    }),
  ];
}

/** A rollback that can't go on tries again every few seconds: only what is new is logged. */
function narrateRollbacks(bus: Bus, logger: Logger): (() => void)[] {
  let told: string | null = null;
  const nameOf = (scope: TorrentScope | null) =>
    scope === null ? 'rollback' : `rollback of ${describeScope(scope)}`;
  return [
    bus.on('rollback:started', ({ by, reason, scope }) => {
      told = null;
      logger.warn({ by, reason }, `${nameOf(scope)} begins`);
    }),
    bus.on('rollback:interrupted', ({ problem, scope, unrestored }) => {
      const message = `${nameOf(scope)} waits: ${problem}`;
      logger[message === told ? 'debug' : 'error']({ unrestored }, message);
      told = message;
    }),
    bus.on('rollback:finished', ({ scope, restored, missing, leftInForce, durationMs }) => {
      told = null;
      const off = scope === null ? 'nothing is enforced' : 'they are not limited again';
      logger.warn(
        { restored, missing, leftInForce, ms: Math.round(durationMs) },
        leftInForce > 0
          ? `dry run, so the rollback waits: ${leftInForce} torrents keep the limits set before`
          : `${nameOf(scope)} done: ${restored} torrents have their own limits back; ${off} until POST /resume`,
      );
    }),
  ];
}

/** A disk that is full again and again, or says so in turns with something else, tells each reason once an hour. */
function narrateJournal(bus: Bus, logger: Logger): (() => void)[] {
  const toldAt = new Map<string, number>();
  let isTold = false;
  return [
    bus.on('journal:failed', ({ problem, at }) => {
      const isNews = Math.abs(at - (toldAt.get(problem) ?? Number.NEGATIVE_INFINITY)) >= AGAIN_AFTER_MS;
      if (isNews) toldAt.set(problem, at);
      isTold ||= isNews;
      logger[isNews ? 'error' : 'debug'](`nothing is limited any more: ${problem}`);
    }),
    bus.on('journal:recovered', () => {
      logger[isTold ? 'info' : 'debug']('the journal can be written again');
      isTold = false;
    }),
  ];
}

/** Usage moves with every cycle: a cap that can't be held is logged once, and once that it can again. */
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

function narrateAlarms(bus: Bus, logger: Logger): (() => void)[] {
  return [
    bus.on('alarm:raised', ({ kind, problem, isFault }) =>
      logger[isFault ? 'warn' : 'info']({ alarm: kind }, problem),
    ),
    bus.on('alarm:cleared', ({ kind, message }) => logger.info({ alarm: kind }, message)),
  ];
}

/** All of a cycle in one line: a qBittorrent that refuses everything would fill the log otherwise. */
function narrateFailedWrites(bus: Bus, logger: Logger): (() => void)[] {
  let failed: Events['limits:failed'][] = [];
  let written = 0;
  let told: string | null = null;
  return [
    bus.on('limits:failed', (failure) => void failed.push(failure)),
    bus.on('limits:written', () => {
      written += 1;
    }),
    onCycleEnd(bus, () => {
      const [first] = failed;
      if (first !== undefined) {
        const torrents = failed.reduce((sum, { call }) => sum + call.changes.length, 0);
        const level = first.problem === told ? 'debug' : 'warn';
        logger[level](
          { tracker: first.call.trackerId, torrents, calls: failed.length },
          `${count(failed.length, 'call')} to set limits failed: ${first.problem}`,
        );
        told = first.problem;
      } else if (told !== null && written > 0) {
        logger.info('limits can be set again');
        told = null;
      }
      failed = [];
      written = 0;
    }),
  ];
}

/** All of a cycle in one line: a user may change a thousand limits at once. */
function narrateByHand(bus: Bus, logger: Logger): (() => void)[] {
  let changed: string[] = [];
  return [
    bus.on('limit:changed-by-user', ({ infoHash, fromWire, toWire }) => {
      changed.push(infoHash);
      logger.debug({ infoHash, fromWire, toWire }, `the limit of ${infoHash} was changed from outside`);
    }),
    bus.on('limits:overwritten', ({ infoHashes }) => {
      const limits =
        infoHashes.length === 1 ? '1 limit of Qguardarr' : `${infoHashes.length} limits of Qguardarr`;
      logger.warn(
        { torrents: infoHashes.length },
        `someone else overwrote ${limits}: the originals stay as they are`,
      );
    }),
    bus.on('ownership:taken', () => logger.warn('the user puts this controller in charge of the client')),
    bus.on('originals:adopted', ({ as, torrents }) => {
      const what =
        as === 'as-is' ? 'the limits that they have now are their originals' : 'they have no original limits';
      logger.warn({ torrents }, `declared by the user for ${torrents} torrents: ${what}`);
    }),
    onCycleEnd(bus, () => {
      if (changed.length === 0) return;
      const whose = changed.length === 1 ? `the limit of ${changed[0]} was` : `${changed.length} limits were`;
      const its = changed.length === 1 ? "it is now the torrent's own" : "they are now the torrents' own";
      logger.info({ torrents: changed.length }, `${whose} changed from outside: ${its}`);
      changed = [];
    }),
  ];
}

function narrateNotifications(bus: Bus, logger: Logger): (() => void)[] {
  return [
    bus.on('notification:sent', ({ target, kind }) => logger.debug(`${target} was told of ${kind}`)),
    bus.on('notification:failed', ({ target, kind, problem }) =>
      logger.warn({ target, kind }, `${target} could not be told of ${kind}: ${problem}`),
    ),
  ];
}

/** One that is away for hours fails again and again: only what is new is logged. The metrics count all. */
function narrateCrossSeed(bus: Bus, logger: Logger): (() => void)[] {
  let told: string | null = null;
  return [
    bus.on('cross-seed:forwarded', ({ infoHash }) => {
      if (told !== null) logger.info('cross-seed takes torrents again');
      told = null;
      logger.debug({ infoHash }, `${infoHash} was forwarded to cross-seed`);
    }),
    bus.on('cross-seed:waiting', ({ problem, waiting, pauseMs }) => {
      logger[problem === told ? 'debug' : 'warn'](
        { waiting },
        `cross-seed can't be told of ${count(waiting, 'torrent')} yet (${problem}): again in ${pauseMs / 1000} s`,
      );
      told = problem;
    }),
    bus.on('cross-seed:given-up', ({ infoHash, problem, outcome }) => {
      logger[problem === told ? 'debug' : 'warn'](
        { infoHash, outcome },
        `${infoHash} is not forwarded to cross-seed: ${problem}`,
      );
      told = problem;
    }),
  ];
}

function onCycleEnd(bus: Bus, tell: () => void): () => void {
  return bus.on('state:changed', ({ machine, to }) => {
    if (machine === 'cycle' && to === 'idle') tell();
  });
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

function narrateCycles(bus: Bus, logger: Logger): (() => void)[] {
  let told: string | null = null;
  let journalProblem: string | null = null;
  return [
    bus.on('journal:failed', ({ problem }) => {
      journalProblem = problem;
    }),
    bus.on('journal:recovered', () => {
      journalProblem = null;
    }),
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
      const message = `cycle ${cycle}: ${did} ${count(changed, 'limit')} in ${count(calls - 1, 'call')}; ${usage}`;
      logger[changed > 0 ? 'info' : 'debug'](fields, message);
    }),
    bus.on('cycle:failed', ({ problem }) => {
      const isTold = problem === told || problem === journalProblem;
      logger[isTold ? 'debug' : 'warn'](`cycle failed, nothing changed: ${problem}`);
      if (problem !== journalProblem) told = problem;
    }),
  ];
}
