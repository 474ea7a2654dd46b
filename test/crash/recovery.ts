/** As users get everything back who find a service stopped: it is started, takes charge if need be, and rolls back. */
import { setTimeout as sleep } from 'node:timers/promises';
import { keepCycling, until, untilAtRest } from './rest.ts';
import type { TappedService } from './tapped-service.ts';

const RESTS_FOR_MS = 150;
const NO_OPS = 10;

const isNoOp = (status: unknown, lifecycle: string) => status === 'completed' && lifecycle !== 'rolledBack';

/**
 * Started, and stopped in the end.
 * @param mayAdopt limits that stand against the journal are declared to be the torrents' own
 * @returns what went wrong, or null
 */
export async function recoverAll(tapped: TappedService, mayAdopt: boolean): Promise<string | null> {
  const { service, operations, journal } = tapped;
  service.start();
  const endCycling = keepCycling(tapped);
  try {
    await untilAtRest(tapped, RESTS_FOR_MS);
    const { contest } = service.actor.getSnapshot().context;
    if (contest?.kind === 'unknown-limits') {
      if (!mayAdopt) return `contested: ${contest.problem}`;
      await operations.adoptOriginals('as-is');
    } else if (contest !== null) {
      const { status } = await operations.takeOwnership();
      if (status !== 'taken') return `ownership was not taken: ${status}`;
    }
    await until('the client is ours', () => service.link === 'online');
    const rollBack = () => operations.rollback({ by: 'the crash matrix', reason: 'afterwards' });
    let answer = await rollBack();
    // A rollback changes nothing before the first cycle, and where no original is above a limit.
    for (let again = 0; again < NO_OPS && isNoOp(answer.status, service.lifecycle); again += 1) {
      await sleep(RESTS_FOR_MS);
      answer = await rollBack();
    }
    if (!isNoOp(answer.status, service.lifecycle)) {
      await until(`rolled back (${JSON.stringify(answer)})`, () => service.lifecycle === 'rolledBack');
    }
    const left = journal.originals.size;
    return left > 0 ? `${left} originals are left in the journal` : null;
  } finally {
    endCycling();
    await tapped.stop();
  }
}
