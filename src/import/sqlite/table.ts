/** The rows of a table, in the order of their ids: a walk over its b-tree. */
import { DatabaseError, damaged } from './errors.ts';
import type { Pages } from './pages.ts';
import { decodeRecord, readVarint, type Value } from './record.ts';

const INTERIOR = 5;
const LEAF = 13;
/** Far more than a table of any size has. */
const MOST_LEVELS = 40;

export interface Row {
  readonly id: number;
  readonly values: readonly Value[];
}

/**
 * Page by page, as a row alone isn't worth a turn.
 * @param root the page of the table's root. Throws DatabaseError where the file contradicts the format.
 */
export async function* rowsOf(pages: Pages, root: number, level = 0): AsyncGenerator<readonly Row[]> {
  if (level > MOST_LEVELS) throw damaged(pages.file, 'the pages of a table go round in a circle');
  const page = await pages.page(root);
  const start = root === 1 ? 100 : 0;
  const type = page.readUInt8(start);
  if (type !== INTERIOR && type !== LEAF) {
    throw damaged(pages.file, `page ${root} should belong to a table, its type is ${type}`);
  }
  const pointers = start + (type === LEAF ? 8 : 12);
  const cells = guarded(pages, root, () =>
    Array.from({ length: page.readUInt16BE(start + 3) }, (_, index) =>
      page.readUInt16BE(pointers + 2 * index),
    ),
  );
  if (type === LEAF) {
    const rows: Row[] = [];
    for (const at of cells) rows.push(await readCell(pages, root, page, at));
    yield rows;
    return;
  }
  for (const at of cells) {
    yield* rowsOf(
      pages,
      guarded(pages, root, () => page.readUInt32BE(at)),
      level + 1,
    );
  }
  yield* rowsOf(pages, page.readUInt32BE(start + 8), level + 1);
}

async function readCell(pages: Pages, number: number, page: Buffer, at: number): Promise<Row> {
  const { length, id, start, local } = guarded(pages, number, () => {
    const size = readVarint(page, at);
    const rowId = readVarint(page, size.end);
    return {
      length: size.value,
      id: rowId.value,
      start: rowId.end,
      local: localBytes(size.value, pages.usableSize),
    };
  });
  let payload = page.subarray(start, start + local);
  if (local < length) {
    const first = guarded(pages, number, () => page.readUInt32BE(start + local));
    payload = Buffer.concat([payload, ...(await overflow(pages, first, length - local))]);
  }
  if (payload.length !== length) throw damaged(pages.file, `row ${id} on page ${number} is cut off`);
  return { id, values: guarded(pages, number, () => decodeRecord(payload, pages.encoding)) };
}

/** How much of a payload is in the leaf itself, by the format's own rule. */
function localBytes(length: number, usable: number): number {
  const most = usable - 35;
  if (length <= most) return length;
  const least = Math.floor(((usable - 12) * 32) / 255) - 23;
  const fitting = least + ((length - least) % (usable - 4));
  return fitting <= most ? fitting : least;
}

async function overflow(pages: Pages, first: number, length: number): Promise<Buffer[]> {
  const parts: Buffer[] = [];
  let left = length;
  for (let next = first; left > 0; ) {
    const page = await pages.page(next);
    const part = page.subarray(4, 4 + Math.min(left, pages.usableSize - 4));
    parts.push(part);
    left -= part.length;
    next = page.readUInt32BE(0);
  }
  return parts;
}

/** Reading past the end of a page says where the file is damaged. */
function guarded<T>(pages: Pages, page: number, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw damaged(pages.file, `page ${page} is damaged (${error.message})`);
  }
}

export interface Table {
  readonly root: number;
  /** Names of the columns, in the order of a row's values. */
  readonly columns: readonly string[];
}

/** @throws DatabaseError when there is no such table */
export async function findTable(pages: Pages, name: string): Promise<Table> {
  const found: string[] = [];
  for await (const rows of rowsOf(pages, 1)) {
    for (const { values } of rows) {
      const [type, tableName, , root, sql] = values;
      if (type !== 'table' || typeof tableName !== 'string') continue;
      found.push(tableName);
      if (tableName !== name || typeof root !== 'number' || typeof sql !== 'string') continue;
      return { root, columns: columnsOf(sql) };
    }
  }
  throw new DatabaseError(
    pages.file,
    `it has no table "${name}" (it has ${found.length === 0 ? 'none' : found.slice(0, 10).join(', ')})`,
    'Give the rollback database of the Python Qguardarr, rollback.database_path in its config.',
  );
}

const CONSTRAINT = /^(constraint|primary|unique|check|foreign)\b/i;

/** The first word of each part of `CREATE TABLE name (part, part, ...)`. */
export function columnsOf(sql: string): string[] {
  const body = sql.slice(sql.indexOf('(') + 1, sql.lastIndexOf(')'));
  return splitParts(body)
    .map((part) => part.trim())
    .filter((part) => part !== '' && !CONSTRAINT.test(part))
    .map(
      (part) => /^(?:"([^"]+)"|`([^`]+)`|\[([^\]]+)\]|([^\s(]+))/.exec(part)?.slice(1).find(Boolean) ?? part,
    );
}

/** At the commas that stand in no brackets and no quotes. */
function splitParts(body: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let quote = '';
  let from = 0;
  for (let at = 0; at < body.length; at += 1) {
    const character = body.charAt(at);
    if (quote !== '') {
      if (character === quote) quote = '';
    } else if (character === "'" || character === '"' || character === '`') quote = character;
    else if (character === '(') depth += 1;
    else if (character === ')') depth -= 1;
    else if (character === ',' && depth === 0) {
      parts.push(body.slice(from, at));
      from = at + 1;
    }
  }
  parts.push(body.slice(from));
  return parts;
}
