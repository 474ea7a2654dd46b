/**
 * What the program writes to standard output and standard error, except for the log, goes through `writeLines` or
 * `writeJson`. Texts may come from a hostile client, from arguments or from files. A terminal obeys control characters
 * in them, so they are written as `\u001b` and the like.
 */
import { randomUUID } from 'node:crypto';
import { styleText } from 'node:util';
import { visible, withoutUnruly } from './visible.ts';

export type Style = 'bold' | 'dim' | 'red' | 'yellow' | 'green' | 'cyan';

/** Stands for the escape character of our own styles. New in each process: a text from outside can't contain it. */
const OWN_ESCAPE = randomUUID();
const ESCAPE = '\u001b';

/** The text in that style, its own control characters visible. To be written by `writeLines`, and only by that. */
export function withStyle(style: Style, text: string): string {
  const styles = styleText(style, ' ', { validateStream: false });
  return styles.replaceAll(ESCAPE, OWN_ESCAPE).replace(' ', () => visible(text));
}

/** Each text as one line: a line break in it becomes `\n`, and styles are those of `withStyle` alone. */
export function writeLines(stream: NodeJS.WritableStream, lines: readonly string[]): void {
  stream.write(lines.map((line) => `${visible(line).replaceAll(OWN_ESCAPE, ESCAPE)}\n`).join(''));
}

/** JSON that means the same, with control characters as JSON's own escapes. Its line breaks stay. */
export function writeJson(stream: NodeJS.WritableStream, json: string): void {
  stream.write(`${withoutUnruly(json)}\n`);
}

/** Overwrites the present line of a terminal; '' removes it. */
export function overwriteLine(stream: NodeJS.WritableStream, text: string): void {
  stream.write(`\r${ESCAPE}[K${visible(text)}`);
}
