import type { Contest } from '../../../machines/service.types.ts';

/** What people see of a contest, and what the command line and the log say. */
export function contestText({ problem, advice }: Contest): string {
  return `not enforcing: ${problem}; ${advice}`;
}

/** Limits were to be written to a contested client. */
export class ClientContested extends Error {
  override readonly name = 'ClientContested';

  constructor(contest: Contest) {
    super(contestText(contest));
  }
}

export function controllerContest(holder: string): Contest {
  return {
    kind: 'controller',
    problem: `another controller enforces this client: ${holder}`,
    advice:
      'stop the other one (with a rollback), and this one continues within a minute; or take the client over: ' +
      'qguardarr take-ownership --confirm',
  };
}

export function rewriterContest(problem: string): Contest {
  return {
    kind: 'rewriter',
    problem,
    advice:
      'stop the other program from setting upload limits, then continue: qguardarr take-ownership --confirm',
  };
}

/** @param holder whose limits they are, where a marker says so */
export function unknownLimitsContest(torrents: number, holder: string | null): Contest {
  const whose = holder === null ? 'look like limits of Qguardarr' : `were written by ${holder}`;
  const have = torrents === 1 ? '1 torrent has an upload limit' : `${torrents} torrents have upload limits`;
  return {
    kind: 'unknown-limits',
    problem: `${have} that ${whose}, and this journal does not know the original limits`,
    advice:
      'bring the right journal back, or import its originals (qguardarr originals import FILE --confirm), or declare ' +
      'what the original limits are: qguardarr originals adopt --as-is --confirm (the limits they have now) or ' +
      '--unlimited --confirm (none)',
  };
}
