/** A line of a command's answer. */
export function print(line = ''): void {
  process.stdout.write(`${line}\n`);
}

/** One line on stderr, with the program's name as is usual. */
export function printError(line: string): void {
  process.stderr.write(`qguardarr: ${line}\n`);
}

/** Rows as columns, each as wide as its widest cell; the first row is the heading. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ').trimEnd())
    .join('\n');
}
