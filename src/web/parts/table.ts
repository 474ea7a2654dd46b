import { type Child, h } from '../dom.ts';

export interface Column<Row> {
  readonly key: string;
  readonly label: string;
  readonly cell: (row: Row) => Child;
  readonly numeric?: boolean;
  /** Left out where the page is narrow; say it in another cell too if it matters. */
  readonly wide?: boolean;
  readonly sortable?: boolean;
}

export interface Sorting {
  readonly sort: string;
  readonly order: 'asc' | 'desc';
  readonly onSort: (key: string) => void;
}

export interface TableOptions<Row> {
  /** For those who listen instead of look. */
  readonly caption: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly empty: string;
  readonly sorting?: Sorting;
}

export function table<Row>(options: TableOptions<Row>): HTMLElement {
  const { caption, columns, rows, empty, sorting } = options;
  const head = columns.map((column) => headCell(column, sorting));
  const body = rows.map((row) =>
    h('tr', null, ...columns.map((column) => h('td', { class: classOf(column) }, column.cell(row)))),
  );
  const nothing = h('tr', null, h('td', { class: 'empty', colspan: columns.length }, empty));
  return h(
    'div',
    { class: 'table-box', tabindex: 0, role: 'region', 'aria-label': caption },
    h(
      'table',
      null,
      h('caption', { class: 'unseen' }, caption),
      h('thead', null, h('tr', null, ...head)),
      h('tbody', null, ...(body.length === 0 ? [nothing] : body)),
    ),
  );
}

function headCell<Row>(column: Column<Row>, sorting: Sorting | undefined): HTMLElement {
  if (sorting === undefined || column.sortable !== true) {
    return h('th', { scope: 'col', class: classOf(column) }, column.label);
  }
  const isSorted = sorting.sort === column.key;
  const direction = sorting.order === 'asc' ? 'ascending' : 'descending';
  return h(
    'th',
    { scope: 'col', class: classOf(column), 'aria-sort': isSorted ? direction : null },
    h(
      'button',
      { class: 'sort', type: 'button', 'data-sort': column.key, onclick: () => sorting.onSort(column.key) },
      column.label,
      h(
        'span',
        { class: 'arrow', 'aria-hidden': 'true' },
        isSorted ? (sorting.order === 'asc' ? '↑' : '↓') : '',
      ),
    ),
  );
}

function classOf<Row>({ numeric, wide }: Column<Row>): string | null {
  const classes = [numeric === true ? 'num' : '', wide === true ? 'wide' : ''].filter((name) => name !== '');
  return classes.length === 0 ? null : classes.join(' ');
}
