import type { DescribedError } from './describe-error.ts';
import { visible } from './visible.ts';

interface Entry {
  readonly level: string;
  readonly time: string;
  readonly msg: string;
  readonly err?: DescribedError;
}

const COLORS: Readonly<Record<string, number>> = { debug: 34, info: 32, warn: 33, error: 31, fatal: 41 };

/**
 * A line of the log as people read it: time, level and message; fields are for programs. An error follows with where
 * it came from, indented, so that nothing in it can pass for a line of the log.
 * @param line as pino writes it
 */
export function humanLine(line: string, colored: boolean): string {
  // Our own logger's output, made a moment ago.
  const { level, time, msg, err } = JSON.parse(line) as Entry;
  const label = level.toUpperCase();
  const shown = colored ? `\u001b[${COLORS[level] ?? 0}m${label}\u001b[0m` : label;
  return [
    `[${timeOfDay(time)}] ${shown}: ${visible(msg ?? '')}`,
    ...(err === undefined ? [] : linesOf(err)),
    '',
  ].join('\n');
}

function linesOf({ type, message, stack, cause }: DescribedError): string[] {
  const told = (stack ?? `${type}: ${message}`).split('\n');
  if (cause !== undefined) told.push(`caused by: ${cause}`);
  return told.map((line) => `    ${visible(line.trim())}`);
}

function timeOfDay(iso: string): string {
  const at = new Date(iso);
  return [at.getHours(), at.getMinutes(), at.getSeconds()]
    .map((part) => String(part).padStart(2, '0'))
    .join(':');
}
