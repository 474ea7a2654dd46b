/** Pure: what the webhook installer would set in qBittorrent, and what it puts back. */
import type { ExternalProgram, ExternalPrograms } from '../../qbittorrent/external-programs.ts';

/** Slots of qBittorrent's settings, and how the user finds them. */
export const SLOTS = [
  { slot: 'onAdded', event: 'add', label: 'Run on torrent added' },
  { slot: 'onFinished', event: 'complete', label: 'Run on torrent finished' },
] as const;
export type Slot = (typeof SLOTS)[number]['slot'];

/** What is known of an installation: what stood there before, and what stands there since. */
export interface Installation {
  readonly before: ExternalPrograms;
  readonly installed: ExternalPrograms;
}

/**
 * A program that is on goes on to run, with ours beside it; one that is off is kept, and comes back with `restorePlan`.
 * @param former what an earlier installation left; its `before` stays the one that counts
 * @param optionsFile curl's, as qBittorrent sees it: a path that `isUsablePath`
 */
export function installPlan(
  present: ExternalPrograms,
  former: Installation | null,
  optionsFile: string,
): Installation {
  const before = (slot: Slot) =>
    former !== null && isOurs(present[slot], former.installed[slot]) ? former.before[slot] : present[slot];
  const installed = (slot: Slot, event: string): ExternalProgram | null => {
    if (present[slot] === null) return null;
    const running = before(slot);
    const program = running?.enabled === true ? running.program.trim() : '';
    return {
      enabled: true,
      program: program === '' ? webhookProgram(optionsFile, event) : chained(optionsFile, event, program),
    };
  };
  return {
    before: { onAdded: before('onAdded'), onFinished: before('onFinished') },
    installed: { onAdded: installed('onAdded', 'add'), onFinished: installed('onFinished', 'complete') },
  };
}

/** What to set so that all is as before. A program that the user has changed since is theirs, and stays. */
export function restorePlan(
  present: ExternalPrograms,
  { before, installed }: Installation,
): { readonly programs: ExternalPrograms; readonly kept: readonly string[] } {
  const restored = (slot: Slot) => (isOurs(present[slot], installed[slot]) ? before[slot] : null);
  const kept = SLOTS.filter(({ slot }) => installed[slot] !== null && restored(slot) === null);
  return {
    programs: { onAdded: restored('onAdded'), onFinished: restored('onFinished') },
    kept: kept.map(({ label }) => label),
  };
}

export function samePrograms(one: ExternalPrograms, other: ExternalPrograms): boolean {
  return SLOTS.every(
    ({ slot }) =>
      one[slot]?.enabled === other[slot]?.enabled &&
      one[slot]?.program.trim() === other[slot]?.program.trim(),
  );
}

/** Ours whether on or off: switched off by hand, it is still not what stood there before. */
function isOurs(
  present: ExternalProgram | null,
  installed: ExternalProgram | null | undefined,
): present is ExternalProgram {
  return present !== null && present.program.trim() === installed?.program.trim();
}

/** Neither key nor address stand in it: any user of the machine sees a program's arguments while it runs. */
function webhookProgram(optionsFile: string, event: string): string {
  return `curl --config "${optionsFile}" --data-urlencode "event=${event}" --data-urlencode "hash=%I"`;
}

/**
 * Both, since qBittorrent runs one program for each event. It splits at blanks outside of quotes, takes the outermost
 * quotes of an argument away, and only then puts names and hashes in, without a shell: so the user's program gets its
 * arguments exactly as it would alone, and no torrent's name ever becomes part of the shell's text.
 */
function chained(optionsFile: string, event: string, program: string): string {
  const webhook = `curl --config '${optionsFile}' --data-urlencode event=${event} --data-urlencode hash=$0`;
  return `sh -c "${webhook} & exec "$@"" "%I" ${program}`;
}

/** Whether a path can stand in quotes in qBittorrent's setting, which replaces %-placeholders, and in a shell's. */
export function isUsablePath(file: string): boolean {
  return /^[^"'%\\\r\n]+$/.test(file);
}

/**
 * curl's options: what would be seen by others on the command line. It asks again after what passes: no answer yet, too
 * many at once, a restart.
 */
export function optionsText(webhookUrl: string, key: string): string {
  const quoted = (text: string) => `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
  const lines = [
    '# Options of curl for the webhook, made by: qguardarr doctor --install-webhook',
    `url = ${quoted(webhookUrl)}`,
    'request = "POST"',
    'max-time = 10',
    'retry = 5',
    'retry-connrefused',
    'retry-max-time = 60',
    'fail',
    'silent',
    'show-error',
    `header = ${quoted(`X-Api-Key: ${key}`)}`,
  ];
  return `${lines.join('\n')}\n`;
}
