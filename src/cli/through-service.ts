/** What a command asks of the service when that runs, and so holds the journal. */
import type { Config } from '../config/schema.ts';
import { describeUnknown } from '../control/named-torrents.ts';
import { describeScope, scopeFields } from '../control/torrent-scope.ts';
import { humanRate, limitFromWire } from '../control/units.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { count, print, printError, printJson, table } from './output.ts';
import { withProgress } from './progress.ts';
import type { RollbackOrder } from './rollback.ts';
import { previewOf, rollbackOf, stateOf } from './service-answers.ts';
import { clientOf } from './service-client.ts';

/** Rejects with ServiceProblem. */
export async function rollbackThroughService(
  config: Config,
  { confirm, reason, scope, firstOriginals }: RollbackOrder,
): Promise<ExitCode> {
  const client = await clientOf(config);
  const held = stateOf(await client.get('/state')).held_torrents;
  print(`the service is running; under management: ${count(held, 'torrent')}`);
  if (!confirm) {
    print('nothing was changed: add --confirm to give them their own limits back');
    printJson({ status: 'not_confirmed', under_management: held });
    return EXIT.usage;
  }
  const originals = firstOriginals === true ? { originals: 'first' } : {};
  // Looked at now and then, for the bar only.
  let left = held;
  const look = setInterval(() => {
    client.get('/state').then(
      (answer) => {
        left = stateOf(answer).held_torrents;
      },
      () => undefined,
    );
  }, 500);
  const posted = withProgress(
    'giving limits back',
    () => (held === 0 ? 1 : 1 - left / held),
    () => client.post('/rollback', { confirm: true, reason, ...scopeFields(scope), ...originals }),
  );
  const answer = await posted.finally(() => clearInterval(look));
  printJson(answer);
  const { status, changes_reversed, missing = 0, unknown = [], message } = rollbackOf(answer);
  if (unknown.length > 0) printError(describeUnknown(unknown));
  if (status !== 'completed') {
    printError(message ?? `the rollback is ${status}: ${count(changes_reversed, 'torrent')} so far`);
    return EXIT.service;
  }
  if (message !== undefined) {
    print(message);
    return EXIT.ok;
  }
  print(`restored: ${count(changes_reversed, 'torrent')} with the limit of its own`);
  if (missing > 0)
    print(`not in qBittorrent now: ${count(missing, 'torrent')}; restored when they come back`);
  const off = scope === null ? 'nothing is enforced' : `${describeScope(scope)}: not limited`;
  print(`${off} until POST /resume`);
  return EXIT.ok;
}

/** Rejects with ServiceProblem. */
export async function previewThroughService(config: Config): Promise<ExitCode> {
  const answer = await (await clientOf(config)).get('/preview/next-cycle');
  printJson(answer);
  const preview = previewOf(answer);
  const changes = Object.entries(preview.proposed_changes);
  print(
    `by the running service: ${count(preview.torrents_considered, 'torrent')} considered, ` +
      `${count(changes.length, 'limit')} would change in ${count(preview.proposed_calls, 'call')}; nothing was written`,
  );
  print(
    ...table([
      ['TRACKER', 'CAP', 'IN FORCE'],
      ...preview.summary.trackers.map((tracker) => [tracker.id, tracker.base_cap_h, tracker.effective_cap_h]),
    ]),
  );
  if (changes.length > 0) {
    print();
    print(
      ...table([
        ['TORRENT', 'TO', 'WHY'],
        ...changes.map(([hash, wire]) => [
          hash,
          humanRate(limitFromWire(wire)),
          preview.reasons[hash]?.reason ?? '',
        ]),
      ]),
    );
  }
  return EXIT.ok;
}
