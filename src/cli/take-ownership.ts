import type { Contest } from '../../machines/service.types.ts';
import { systemClock } from '../service/clock.ts';
import { ClientGuard } from '../service/ownership/client-guard.ts';
import type { Arguments } from './arguments.ts';
import { withConnection } from './connection.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { loadOrExplain } from './load.ts';
import { openJournal } from './open-journal.ts';
import { liveController } from './other-controller.ts';
import { print, printError, printJson } from './output.ts';
import { ownershipOf } from './service-answers.ts';
import { clientOf, reportingProblems } from './service-client.ts';

/** Makes this controller the one in charge of the client, through the service when it runs. */
export async function takeOwnership({ config: flag, confirm }: Arguments): Promise<ExitCode> {
  const loaded = await loadOrExplain(flag);
  if (loaded === null) return EXIT.invalid;
  const { config } = loaded;
  if (config.global.dry_run) {
    printError('global.dry_run is on, and a dry run writes nothing: set it to false first');
    return EXIT.usage;
  }
  if (!confirm) {
    print('nothing was changed: add --confirm to take the client over from another controller');
    printJson({ status: 'not_confirmed' });
    return EXIT.usage;
  }
  const opened = await openJournal(config);
  if ('heldBy' in opened) {
    return await reportingProblems(async () => {
      const answer = await (await clientOf(config)).post('/ownership/take', { confirm: true });
      printJson(answer);
      return report(ownershipOf(answer));
    });
  }
  const { journal } = opened;
  try {
    return await withConnection(config, journal, true, async ({ client, held, keepsClientData }) => {
      const guard = new ClientGuard({
        client: () => client,
        journal,
        held,
        isDryRun: () => false,
        onJournalProblem: (error) => printError(error instanceof Error ? error.message : String(error)),
        clock: systemClock,
      });
      const live = await liveController(journal, keepsClientData ? client : null);
      if (live !== null) return refuse(live);
      const { signal } = new AbortController();
      const contest = await guard.claim(keepsClientData, true, signal);
      await guard.leave(signal);
      const answer = { status: contest === null ? 'taken' : 'contested', contest };
      printJson(answer);
      return report(answer);
    });
  } finally {
    await journal.close();
  }
}

/** Taken over by a process that then ends, the other one would be in charge again within seconds. */
function refuse(contest: Contest): ExitCode {
  printJson({ status: 'contested', contest });
  printError(`${contest.problem}; stop it, or start this service and then take the client over`);
  return EXIT.service;
}

function report({ status, contest }: ReturnType<typeof ownershipOf>): ExitCode {
  if (contest !== null) {
    printError(`still not enforcing: ${contest.problem}; ${contest.advice}`);
    return EXIT.service;
  }
  print(
    status === 'already_owner' ? 'this controller was in charge already' : 'this controller is in charge now',
  );
  return EXIT.ok;
}
