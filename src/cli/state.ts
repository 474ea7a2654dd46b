import { humanRate, UNLIMITED } from '../control/units.ts';
import type { Arguments } from './arguments.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { print, printJson, type Style, styled, table } from './output.ts';
import { rolloutLines } from './rollout.ts';
import { type StateAnswer, stateOf } from './service-answers.ts';
import { withService } from './service-client.ts';

/** How the running service fares. */
export async function state(options: Arguments): Promise<ExitCode> {
  return await withService(options, async (client) => {
    const answer = await client.get('/state');
    printJson(answer);
    if (!options.json) show(stateOf(answer));
    return EXIT.ok;
  });
}

function show({ service, link, cycle, trackers, held_torrents }: StateAnswer): void {
  const version = link.qbittorrent_version === null ? '' : `, qBittorrent ${link.qbittorrent_version}`;
  print(line('service', service.state, `since ${service.since}${service.dry_run ? ', dry run' : ''}`));
  print(line('link', link.state, `since ${link.since}${version}`, link.problem));
  print(line('cycle', cycle.state, `number ${cycle.number}`, cycle.problem));
  print(`${'torrents'.padEnd(9)}${held_torrents} under management`);
  for (const text of rolloutLines(service)) print(text);
  print();
  print(
    ...table(
      [
        ['TRACKER', 'STATE', 'USAGE', 'CAP', 'IN FORCE', 'BORROWED', 'LENT'],
        ...Object.entries(trackers).map(([id, tracker]) => [
          id,
          tracker.state,
          humanRate(tracker.usage_bps),
          humanRate(tracker.cap_bps ?? UNLIMITED),
          humanRate(tracker.effective_cap_bps ?? UNLIMITED),
          humanRate(tracker.borrowed_bps),
          humanRate(tracker.lent_bps),
        ]),
      ],
      (cell, column) => (column === 1 ? (TRACKER_STYLES[cell] ?? null) : null),
    ),
  );
}

const TRACKER_STYLES: Readonly<Record<string, Style>> = {
  pressing: 'yellow',
  borrowing: 'cyan',
  lending: 'cyan',
  within: 'green',
};

const STATE_STYLES: Readonly<Record<string, Style>> = { steady: 'green', online: 'green', offline: 'red' };

function line(name: string, stateName: string, more: string, problem: string | null = null): string {
  const style = STATE_STYLES[stateName.split('.')[0] ?? ''];
  const shown = style === undefined ? stateName : styled(style, stateName);
  return `${name.padEnd(9)}${shown}, ${more}${problem === null ? '' : `: ${styled('red', problem)}`}`;
}
