import { compileMatcher } from '../control/matching.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { loadOrExplain } from './load.ts';
import { print, printJson, table } from './output.ts';

/** Which tracker an announce URL belongs to, and why. */
export async function match(flag: string | null, url: string): Promise<ExitCode> {
  const loaded = await loadOrExplain(flag);
  if (loaded === null) return EXIT.invalid;
  const explained = compileMatcher(loaded.config.trackers).explain(url);
  printJson({
    tracker: explained.trackerId,
    url: explained.url,
    reason: explained.reason,
    patterns: explained.trials.map(({ trackerId, pattern, matched, wins }) => ({
      tracker: trackerId,
      pattern,
      matched,
      wins,
    })),
  });
  print(explained.reason);
  print(
    ...table(
      [
        ['TRACKER', 'PATTERN', 'MATCHES', 'WINS'],
        ...explained.trials.map((trial) => [
          trial.trackerId,
          trial.pattern,
          trial.matched ? 'yes' : 'no',
          trial.wins ? 'yes' : '',
        ]),
      ],
      (cell, column) => (column === 3 && cell === 'yes' ? 'green' : null),
    ),
  );
  return explained.trackerId === null ? EXIT.invalid : EXIT.ok;
}
