/** Which fields of a torrent in the sync data are in use, and which of them can't be done without. */
import type { TorrentFields } from './codecs.ts';

export const TEXT_FIELDS = ['name', 'state', 'category', 'tracker'] as const;
export const NUMBER_FIELDS = [
  'up_limit',
  'upspeed',
  'uploaded_session',
  'num_leechs',
  'num_incomplete',
  'last_activity',
  'added_on',
  'trackers_count',
] as const;
export type TextField = (typeof TEXT_FIELDS)[number];
export type NumberField = (typeof NUMBER_FIELDS)[number];
export type Field = TextField | NumberField;

/** The fields, in the order of their bits; those of numbers first, in the order of their columns. */
export const FIELDS = [...NUMBER_FIELDS, ...TEXT_FIELDS] as const satisfies readonly (keyof TorrentFields)[];
export const NUMBERS = NUMBER_FIELDS.length;
export const INDEX = Object.fromEntries(FIELDS.map((field, index) => [field, index])) as Record<
  Field,
  number
>;
export const IN_USE = 1 << FIELDS.length;

/** What must not be guessed: limits and rates are decided by these. */
export const ESSENTIAL = [
  'state',
  'up_limit',
  'upspeed',
  'uploaded_session',
  'num_leechs',
  'last_activity',
  'added_on',
] as const satisfies readonly Field[];

export const ESSENTIAL_BITS = ESSENTIAL.reduce((bits, field) => bits | (1 << INDEX[field]), 0);

export function bitOf(field: Field): number {
  return 1 << INDEX[field];
}

export function isText(field: Field): field is TextField {
  return field === 'name' || field === 'state' || field === 'category' || field === 'tracker';
}
