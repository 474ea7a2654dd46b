import { createBus } from '../bus.ts';
import { compileMatcher } from '../control/matching.ts';
import { changesOf, plan } from '../control/plan.ts';
import { infoHashOf, type TorrentKey } from '../control/torrent.ts';
import { ScopeSet } from '../control/torrent-scope.ts';
import { EMPTY_MEMORY, type PlanInput } from '../control/types.ts';
import { humanRate } from '../control/units.ts';
import { MemoryJournal } from '../journal/memory-journal.ts';
import { systemClock } from '../service/clock.ts';
import { Observer } from '../service/limits/observer.ts';
import { previewReport } from '../service/reports/stats-report.ts';
import { controlSettings } from '../service/settings.ts';
import { TrackerFleet } from '../service/tracker-fleet.ts';
import { withConnection } from './connection.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { loadOrExplain } from './load.ts';
import { journalUnlessServed } from './open-journal.ts';
import { count, print, printJson, table } from './output.ts';
import { withProgress } from './progress.ts';
import { previewThroughService } from './through-service.ts';

/** Samples to measure rates by: three, so that one window of the control loop is whole. */
const SAMPLES = 4;

/** What a cycle would write, and why, by what qBittorrent does right now. Writes nothing. */
export async function preview(flag: string | null): Promise<ExitCode> {
  const loaded = await loadOrExplain(flag);
  if (loaded === null) return EXIT.invalid;
  const { config } = loaded;
  const journal = await journalUnlessServed(config, () => previewThroughService(config));
  if (typeof journal === 'number') return journal;
  try {
    return await withConnection(config, journal, false, async ({ picture, held }) => {
      const matcher = compileMatcher(config.trackers);
      const released = new ScopeSet(journal.openPartRollbacks.flatMap(({ scope }) => scope ?? []));
      const observer = new Observer({
        picture,
        // What it takes for changes by the user is for this preview only: the real journal is not changed.
        journal: new MemoryJournal({}),
        held,
        dryRun: () => null,
        matcher: () => matcher,
        released: () => released,
        knownLimits: () => journal,
        isContested: () => false,
        isRolledBack: () => false,
        takeDistrust: () => false,
        bus: createBus(() => undefined),
        clock: systemClock,
      });
      const settings = controlSettings(config, config.global.rollout_percentage);
      const { signal } = new AbortController();
      let seen = await observer.observe({ origins: [], full: true }, settings, signal);
      const intervalMs = config.global.control_interval * 1000;
      const startedAt = systemClock.monotonic();
      print(`measuring for ${((SAMPLES - 1) * intervalMs) / 1000} s…`);
      await withProgress(
        'measuring',
        () => (systemClock.monotonic() - startedAt) / ((SAMPLES - 1) * intervalMs),
        async () => {
          for (let sample = 1; sample < SAMPLES; sample += 1) {
            await systemClock.sleep(intervalMs, signal);
            seen = await observer.observe({ origins: [], full: false }, settings, signal);
          }
        },
      );
      const look = (trackerStates: PlanInput['trackerStates']) =>
        plan({
          now: systemClock.now(),
          settings,
          ...seen,
          clientLimitBps: observer.clientLimitBps,
          tenSecondMeans: observer.tenSecondMeans(),
          trackerStates,
          memory: EMPTY_MEMORY,
        });
      // Who may borrow is said by the tracker machines, from what a first plan tells them.
      const fleet = new TrackerFleet(() => undefined);
      fleet.configure(settings.trackers);
      fleet.observe(look(fleet.states()).trackers, settings.soft.borrowThresholdRatio);
      const planned = look(fleet.states());
      fleet.stop();
      const changes = changesOf(planned.calls);
      const nameOf = (key: TorrentKey) => picture.get(key)?.name ?? null;
      printJson(previewReport(planned, config.global.allocation_strategy, nameOf));
      print(
        `${count(planned.considered, 'torrent')} considered, ${count(changes.length, 'limit')} would change ` +
          `in ${count(planned.calls.length, 'call')}; nothing was written`,
      );
      print(
        ...table([
          ['TRACKER', 'CAP', 'USAGE', 'MANAGED', 'ACTIVE'],
          ...planned.trackers.map((report) => [
            report.id,
            humanRate(report.capBps),
            humanRate(report.usageBps),
            String(report.managed),
            String(report.active),
          ]),
        ]),
      );
      if (changes.length > 0) {
        print();
        print(
          ...table([
            ['TORRENT', 'TRACKER', 'FROM', 'TO', 'WHY'],
            ...changes.map((change) => [
              infoHashOf(change.key),
              change.trackerId,
              humanRate(change.fromBps),
              humanRate(change.toBps),
              change.reason,
            ]),
          ]),
        );
      }
      return EXIT.ok;
    });
  } finally {
    await journal.close();
  }
}
