import type { LiveState } from '../../service/live-types.ts';
import { counted, stateWords, wireRate } from '../format.ts';

type Told = LiveState['last_events'][number];
type Words = (event: Told) => string;

const text = (value: unknown) => (value === null || value === undefined ? '' : String(value));
const number = (value: unknown) => (typeof value === 'number' ? value : 0);

/** In the words of the one who looks; events without an entry are shown by their name. */
const WORDS: Readonly<Record<string, Words>> = {
  'limits:failed': (event) =>
    `${text(event.tracker)}: ${wireRate(number(event.limit))} was refused: ${text(event.problem)}`,
  'limit:changed-by-user': (event) =>
    `a limit was set by hand: ${wireRate(number(event.toWire))} on ${text(event.infoHash).slice(0, 8)}…`,
  'ownership:taken': () => 'this controller was put in charge of the client',
  'originals:adopted': (event) =>
    `the originals of ${counted(number(event.torrents), 'torrent')} were declared`,
  'limits:overwritten': (event) => `someone else overwrote ${counted(number(event.torrents), 'limit')}`,
  'cycle:finished': (event) =>
    `cycle ${text(event.cycle)}: ${counted(number(event.changed), 'limit')} changed`,
  'cycle:failed': (event) => `a cycle failed: ${text(event.problem)}`,
  'state:changed': (event) => `${text(event.machine).replace('tracker:', '')}: ${stateWords(text(event.to))}`,
  'event:dropped': (event) => `an event was dropped: ${text(event.type)}`,
  'webhook:received': (event) => `webhook: ${text(event.event)} ${text(event.hash).slice(0, 8)}`,
  'rollback:started': (event) => `rollback by ${text(event.by)}: ${text(event.reason)}`,
  'rollback:finished': (event) => `rolled back: ${counted(number(event.restored), 'torrent')} restored`,
  'rollback:interrupted': (event) => `the rollback was interrupted: ${text(event.problem)}`,
  'rollout:changed': (event) =>
    `rollout: ${text(event.what).replaceAll('-', ' ')}, ${text(event.percentage)} %`,
  'alarm:raised': (event) => text(event.problem),
  'alarm:cleared': (event) => text(event.message),
  'config:reloaded': () => 'the config was reloaded',
  'config:refused': (event) =>
    `the config was refused: ${Array.isArray(event.issues) ? text(event.issues[0]) : ''}`,
  'journal:failed': (event) => `the journal can't be written: ${text(event.problem)}`,
  'cross-seed:forwarded': (event) => `forwarded to cross-seed: ${text(event.infoHash).slice(0, 8)}…`,
  'cross-seed:waiting': (event) => `cross-seed can't be told yet: ${text(event.problem)}`,
  'cross-seed:given-up': (event) =>
    `not forwarded to cross-seed: ${text(event.infoHash).slice(0, 8)}…, ${text(event.problem)}`,
  'journal:recovered': () => 'the journal can be written again',
};

export function describeEvent(event: Told): string {
  return WORDS[event.event]?.(event) ?? event.event;
}
