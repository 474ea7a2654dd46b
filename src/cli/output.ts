import { styleText } from 'node:util';

/** Whether a command answers people or scripts: lines are for the one, JSON for the other. */
let answersInJson = false;

/** From now on `print` says nothing, and `printJson` is the answer. */
export function answerInJson(): void {
  answersInJson = true;
}

/** A line of a command's answer to people. */
export function print(line = ''): void {
  if (!answersInJson) process.stdout.write(`${line}\n`);
}

/** The answer to scripts. */
export function printJson(answer: unknown): void {
  if (answersInJson) process.stdout.write(`${JSON.stringify(answer, null, 2)}\n`);
}

/** One line on stderr, with the program's name as is usual. */
export function printError(line: string): void {
  process.stderr.write(`qguardarr: ${line}\n`);
}

/** A reader that goes away (`| head`, a log collector that restarts) ends neither a command nor the service. */
export function outliveReaders(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
}

export type Style = 'bold' | 'dim' | 'red' | 'yellow' | 'green' | 'cyan';

export interface Terminal {
  readonly isTTY?: boolean;
}

/** Colours are for terminals whose user hasn't asked for none (https://no-color.org). */
export function takesColours(stream: Terminal, env: Readonly<Record<string, string | undefined>>): boolean {
  return stream.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb';
}

/** The text in that style where stdout takes colours, or else as it is. */
export function styled(style: Style, text: string): string {
  if (!takesColours(process.stdout, process.env)) return text;
  return styleText(style, text, { validateStream: false });
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
 * Rows as columns, each as wide as its widest cell; the first row is the heading.
 * @param styleOf of a cell below the heading
 */
export function table(
  rows: readonly (readonly string[])[],
  styleOf: (cell: string, column: number) => Style | null = () => null,
): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row, index) =>
      row
        .map((cell, column) => {
          const isLast = column === row.length - 1;
          const padding = ' '.repeat(isLast ? 0 : (widths[column] ?? 0) - cell.length);
          const style = index === 0 ? 'bold' : styleOf(cell, column);
          return (style === null ? cell : styled(style, cell)) + padding;
        })
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
