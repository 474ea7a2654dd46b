import { infoHashOf } from '../../control/torrent.ts';
import { scopeFields } from '../../control/torrent-scope.ts';
import type { StateReport } from '../operations.ts';
import type { Service } from '../service.ts';
import { regionState } from '../state-watch.ts';
import { rolloutNoteReport, rolloutReport } from './rollout-report.ts';

/** `/state`: each machine's state, since when, with what it knows, and the last events. */
export function stateReport(service: Service): StateReport {
  const { actor, status } = service;
  const { context } = actor.getSnapshot();
  const since = (machine: string) => {
    const at = status.since(machine);
    return at === null ? null : new Date(at).toISOString();
  };
  const lastNote = service.rollout.notes[0];
  return {
    service: {
      state: regionState(actor, 'service'),
      since: since('service'),
      rollout_percentage: context.percentage,
      rollout: rolloutReport(context.rollout),
      rollout_last_change: lastNote === undefined ? null : rolloutNoteReport(lastNote),
      rollout_problem: service.rollout.problem,
      rollback: context.rollback,
      rolled_back_parts: service.rollbacks.remembered.ofParts.map(({ by, reason, scope, isFinished }) => ({
        ...scopeFields(scope),
        by,
        reason,
        finished: isFinished,
      })),
      dry_run: service.live.dryRun !== null,
      dropped_events: context.dropped,
    },
    link: {
      state: regionState(actor, 'link'),
      since: since('link'),
      problem: context.linkProblem,
      contest: context.contest,
      failed_attempts: context.linkAttempts,
      qbittorrent_version: status.qbittorrentVersion,
      calls_waiting: service.queuedCalls,
    },
    cycle: {
      state: regionState(actor, 'cycle'),
      since: since('cycle'),
      number: context.cycles,
      next_is_waiting: context.pending !== null,
      problem: context.cycleProblem,
    },
    trackers: Object.fromEntries(
      [...service.fleet.snapshots()].map(([id, { state, context: known }]) => {
        const { id: _, ...shown } = known;
        return [id, { state, since: since(`tracker:${id}`), ...snakeCased(shown) }];
      }),
    ),
    held_torrents: service.held.size,
    missing_torrents: [...service.held.values()]
      .filter((held) => held.missingSince !== null)
      .map((held) => infoHashOf(held.key)),
    last_events: status.lastEvents,
  };
}

/** usageBps → usage_bps. */
function snakeCased(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      value,
    ]),
  );
}
