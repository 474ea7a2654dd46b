import { type Style, withStyle, writeJson, writeLines } from '../log/terminal.ts';
import { visible } from '../log/visible.ts';

export type { Style };

/** Whether a command answers people or scripts: lines are for the one, JSON for the other. */
let answersInJson = false;

/** From now on `print` says nothing, and `printJson` is the answer. */
export function answerInJson(): void {
  answersInJson = true;
}

/** Lines of a command's answer to people. A line break within one is shown as `\n`. */
export function print(...lines: readonly string[]): void {
  if (!answersInJson) writeLines(process.stdout, lines.length === 0 ? [''] : lines);
}

/** The answer to scripts. */
export function printJson(answer: unknown): void {
  if (answersInJson) writeJson(process.stdout, JSON.stringify(answer, null, 2));
}

/** One line on stderr, with the program's name as is usual, and lines below it that belong to it. */
export function printError(line: string, ...below: readonly string[]): void {
  writeLines(process.stderr, [`qguardarr: ${line}`, ...below]);
}

/** A reader that goes away (`| head`, a log collector that restarts) ends neither a command nor the service. */
export function outliveReaders(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
}

export interface Terminal {
  readonly isTTY?: boolean;
}

/** Colours are for terminals whose user hasn't asked for none (https://no-color.org). */
export function takesColours(stream: Terminal, env: Readonly<Record<string, string | undefined>>): boolean {
  return stream.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb';
}

/** The text in that style where stdout takes colours, or else as it is. For `print` only. */
export function styled(style: Style, text: string): string {
  if (!takesColours(process.stdout, process.env)) return text;
  return withStyle(style, text);
}

/** Whether lines that overwrite each other can be shown on stderr. */
export function showsProgress(): boolean {
  return process.stderr.isTTY === true && process.env.TERM !== 'dumb' && !answersInJson;
}

/** Such as `1 tracker`, `2 trackers`. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

/**
 * Rows as lines of columns, each as wide as its widest cell; the first row is the heading.
 * @param styleOf of a cell below the heading
 */
export function table(
  rows: readonly (readonly string[])[],
  styleOf: (cell: string, column: number) => Style | null = () => null,
): string[] {
  const shown = rows.map((row) => row.map(visible));
  const widths = (shown[0] ?? []).map((_, column) =>
    Math.max(...shown.map((row) => row[column]?.length ?? 0)),
  );
  return shown.map((row, index) =>
    row
      .map((cell, column) => {
        const isLast = column === row.length - 1;
        const padding = ' '.repeat(isLast ? 0 : (widths[column] ?? 0) - cell.length);
        const style = index === 0 ? 'bold' : styleOf(cell, column);
        return (style === null ? cell : styled(style, cell)) + padding;
      })
      .join('  ')
      .trimEnd(),
  );
}
