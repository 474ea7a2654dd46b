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

/** Where it can't be done, or what to set. */
export type InstallPlan =
  | { readonly kind: 'taken'; readonly labels: readonly string[] }
  | { readonly kind: 'set'; readonly installation: Installation };

/**
 * qBittorrent runs one program for each event and no shell: no two can be chained without a script of the user's, so
 * a program that is on is left alone. One that is off is kept, and comes back with `restorePlan`.
 * @param former what an earlier installation left; its `before` stays the one that counts
 */
export function installPlan(
  present: ExternalPrograms,
  former: Installation | null,
  optionsFile: string,
): InstallPlan {
  const isTaken = (slot: Slot) => {
    const program = present[slot];
    return (
      program?.enabled === true && program.program.trim() !== '' && !isOurs(program, former?.installed[slot])
    );
  };
  const labels = SLOTS.filter(({ slot }) => isTaken(slot)).map(({ label }) => label);
  if (labels.length > 0) return { kind: 'taken', labels };
  const installedAs = (slot: Slot, event: string): ExternalProgram | null =>
    present[slot] === null ? null : { enabled: true, program: programFor(optionsFile, event) };
  const before = (slot: Slot) =>
    former !== null && isOurs(present[slot], former.installed[slot]) ? former.before[slot] : present[slot];
  return {
    kind: 'set',
    installation: {
      before: { onAdded: before('onAdded'), onFinished: before('onFinished') },
      installed: {
        onAdded: installedAs('onAdded', 'add'),
        onFinished: installedAs('onFinished', 'complete'),
      },
    },
  };
}

/** What to set so that all is as before. A program that the user has changed since is his, and stays. */
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
function programFor(optionsFile: string, event: string): string {
  return `curl --config "${optionsFile}" --data-urlencode "event=${event}" --data-urlencode "hash=%I"`;
}

/** Whether a path can stand in quotes in qBittorrent's setting, which replaces %-placeholders. */
export function isUsablePath(file: string): boolean {
  return /^[^"%\\\r\n]+$/.test(file);
}

/** curl's options: what would be seen by others on the command line. @param key '' for none */
export function optionsText(webhookUrl: string, key: string): string {
  const quoted = (text: string) => `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
  const lines = [
    '# Options of curl for the webhook, made by: qguardarr doctor --install-webhook',
    `url = ${quoted(webhookUrl)}`,
    'request = "POST"',
    'max-time = 10',
    'fail',
    'silent',
    'show-error',
    ...(key === '' ? [] : [`header = ${quoted(`X-Api-Key: ${key}`)}`]),
  ];
  return `${lines.join('\n')}\n`;
}
