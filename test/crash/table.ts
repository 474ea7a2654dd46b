/** The matrix as text. Pure. */

export interface Row {
  readonly place: string;
  readonly lost: number;
  readonly either: number;
  readonly problem: string | null;
}

const HEADINGS = ['cases', 'survived', 'lost', 'either'] as const;

/**
 * One line a place, by name, and their sum. `lost` and `either` count torrents: those with a wrong limit in the end, and
 * those of which two limits are right, since Qguardarr wrote before the user's limit was shown to any program.
 * @param heading of the first column
 */
export function resultTable(heading: string, results: readonly Row[]): string {
  const places = [...new Set(results.map(({ place }) => place))].sort();
  const line = (name: string, of: readonly Row[]): string[] => [
    name,
    String(of.length),
    String(of.filter(({ problem }) => problem === null).length),
    String(of.reduce((sum, { lost }) => sum + lost, 0)),
    String(of.reduce((sum, { either }) => sum + either, 0)),
  ];
  const lines: (readonly string[])[] = [
    [heading, ...HEADINGS],
    ...places.map((place) =>
      line(
        place,
        results.filter((result) => result.place === place),
      ),
    ),
    line('all', results),
  ];
  const widths = [heading, ...HEADINGS].map((_, column) =>
    Math.max(...lines.map((cells) => cells[column]?.length ?? 0)),
  );
  const padded = (cells: readonly string[]) =>
    cells.map((cell, n) => (n === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[n] ?? 0)));
  return lines.map((cells) => padded(cells).join('  ')).join('\n');
}
