/** What can be wrong with a config file, told in one line each. */

import { shownAddress } from '../control/shown-address.ts';

/** Where a value stands: keys and list indexes from the root. */
export type Path = readonly (string | number)[];

/** One thing wrong. The message never holds a secret. */
export interface ConfigIssue {
  /** As in the file: 'trackers[2].pattern'; '' when it is the file as a whole. */
  readonly path: string;
  readonly message: string;
  /** 1-based; absent when the value isn't in the file (environment, missing key at the root). */
  readonly line?: number;
}

/** An issue before it is tied to a line of the file. */
export interface Finding {
  readonly path: Path;
  readonly message: string;
}

/** `['trackers', 2, 'pattern']` as 'trackers[2].pattern'. Of an odd key only its first word: a quote in the wrong place can put a secret in it. */
export function formatPath(path: Path): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else if (/^[\w-]{1,60}$/.test(step)) text += text === '' ? step : `.${step}`;
    else text += `["${/^[\w-]{0,60}/.exec(step)?.[0] ?? ''}${step === '' ? '' : '…'}"]`;
  }
  return text;
}

/** One issue a line: 'trackers[2].pattern (line 31): message'. */
export function formatIssues(issues: readonly ConfigIssue[]): string {
  return issues
    .map(({ path, message, line }) => {
      const where = [path, line === undefined ? '' : path === '' ? `line ${line}` : `(line ${line})`];
      const place = where.filter((part) => part !== '').join(' ');
      return place === '' ? message : `${place}: ${message}`;
    })
    .join('\n');
}

const SHOWN_CHARACTERS = 60;

/** A text in quotes on one line, cut short when it is long. */
export function quote(text: string): string {
  return JSON.stringify(text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text);
}

const SECRET_KEY = /pass(word|wd|phrase|key)|secret|token|credential|api_?key|(^|_)(pass|pwd)(_|$)/i;

/** Whether what stands under this name (a key, or an environment variable) is never to be shown. */
export function isSecretName(name: string): boolean {
  return SECRET_KEY.test(name);
}

/** An address may hold a key in its path or query, whatever key of the config it stands under. */
function shownText(text: string): string {
  return /[/?#]/.test(text) ? shownAddress(text) : text;
}

/** What came instead of what was expected; `hidden` keeps the value itself out of it. */
export function describeValue(value: unknown, hidden: boolean): string {
  if (value === undefined || value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a mapping';
  if (typeof value === 'string') {
    // "user:password@host" may stand under any key.
    return hidden || value.includes('@') ? 'a text (not shown)' : quote(shownText(value));
  }
  return hidden ? `a ${typeof value} (not shown)` : String(value);
}
