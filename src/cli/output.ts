/** A line of a command's answer. */
export function print(line = ''): void {
  process.stdout.write(`${line}\n`);
}

/** One line on stderr, with the program's name as is usual. */
export function printError(line: string): void {
  process.stderr.write(`qguardarr: ${line}\n`);
}

/** A reader that goes away (`| head`, a log collector that restarts) ends neither a command nor the service. */
export function outliveReaders(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
}

/** Such as `1 tracker`, `2 trackers`. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

/** Rows as columns, each as wide as its widest cell; the first row is the heading. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
