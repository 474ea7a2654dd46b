/** The matrix as text. Pure. */

export interface Row {
  readonly place: string;
  readonly lost: number;
  readonly problem: string | null;
}

const HEADINGS = ['step', 'cases', 'survived', 'lost'] as const;

/** One line a place, by name, and their sum. `lost` counts torrents. */
export function resultTable(results: readonly Row[]): string {
  const places = [...new Set(results.map(({ place }) => place))].sort();
  const line = (name: string, of: readonly Row[]): string[] => [
    name,
    String(of.length),
    String(of.filter(({ problem }) => problem === null).length),
    String(of.reduce((sum, { lost }) => sum + lost, 0)),
  ];
  const lines: (readonly string[])[] = [
    HEADINGS,
    ...places.map((place) =>
      line(
        place,
        results.filter((result) => result.place === place),
      ),
    ),
    line('all', results),
  ];
  const widths = HEADINGS.map((_, column) => Math.max(...lines.map((cells) => cells[column]?.length ?? 0)));
  const padded = (cells: readonly string[]) =>
    cells.map((cell, n) => (n === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[n] ?? 0)));
  return lines.map((cells) => padded(cells).join('  ')).join('\n');
}
