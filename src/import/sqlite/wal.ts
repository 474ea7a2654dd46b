/** The write-ahead log beside a database: its frames up to the last commit, each the latest of its page. */
import type { FileHandle } from 'node:fs/promises';
import { openIfThere, readAt, stampOf } from './files.ts';

const HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;
/** The last bit says in which byte order the checksums were counted. */
const MAGIC_LITTLE_ENDIAN = 0x377f0682;
const MAGIC_BIG_ENDIAN = 0x377f0683;

type Sum = readonly [number, number];

export interface Wal {
  /** Pages of the database after the last commit. */
  readonly pageCount: number;
  /** Null: the file has the latest of that page. */
  page(number: number): Promise<Buffer | null>;
  isUnchanged(): Promise<boolean>;
  close(): Promise<void>;
}

/** Null when there is no log, or no commit in it: then the file alone counts. */
export async function readWal(file: string, pageSize: number): Promise<Wal | null> {
  const handle = await openIfThere(file);
  if (handle === null) return null;
  try {
    const before = await stampOf(handle);
    const committed = await commits(handle, pageSize);
    if (committed === null) {
      await handle.close();
      return null;
    }
    const { pageCount, offsets } = committed;
    return {
      pageCount,
      async page(number) {
        const offset = offsets.get(number);
        return offset === undefined ? null : await readAt(handle, offset, pageSize);
      },
      async isUnchanged() {
        return before === (await stampOf(handle));
      },
      close: () => handle.close(),
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

interface Committed {
  readonly pageCount: number;
  /** By page, where its content starts. */
  readonly offsets: ReadonlyMap<number, number>;
}

/**
 * A log is written over from its start, so frames of a former round follow the valid ones: they have other salts,
 * or sums that don't go on. The first such frame is the end; so is one that was cut off.
 */
async function commits(handle: FileHandle, pageSize: number): Promise<Committed | null> {
  const header = await readAt(handle, 0, HEADER_BYTES);
  if (header === null) return null;
  const magic = header.readUInt32BE(0);
  if (magic !== MAGIC_LITTLE_ENDIAN && magic !== MAGIC_BIG_ENDIAN) return null;
  if (header.readUInt32BE(8) !== pageSize) return null;
  const isLittle = magic === MAGIC_LITTLE_ENDIAN;
  let sum = add([0, 0], header.subarray(0, 24), isLittle);
  if (!isSum(header, 24, sum)) return null;
  const salts = header.subarray(16, 24);

  const offsets = new Map<number, number>();
  const uncommitted = new Map<number, number>();
  let pageCount = 0;
  for (let at = HEADER_BYTES; ; at += FRAME_HEADER_BYTES + pageSize) {
    const frame = await readAt(handle, at, FRAME_HEADER_BYTES + pageSize);
    if (frame === null || !frame.subarray(8, 16).equals(salts)) break;
    sum = add(sum, frame.subarray(0, 8), isLittle);
    sum = add(sum, frame.subarray(FRAME_HEADER_BYTES), isLittle);
    if (!isSum(frame, 16, sum)) break;
    uncommitted.set(frame.readUInt32BE(0), at + FRAME_HEADER_BYTES);
    const pagesAfter = frame.readUInt32BE(4);
    if (pagesAfter === 0) continue;
    pageCount = pagesAfter;
    for (const [page, offset] of uncommitted) offsets.set(page, offset);
    uncommitted.clear();
  }
  return pageCount === 0 ? null : { pageCount, offsets };
}

function add([first, second]: Sum, bytes: Buffer, isLittle: boolean): Sum {
  let a = first;
  let b = second;
  for (let at = 0; at < bytes.length; at += 8) {
    a = (a + word(bytes, at, isLittle) + b) >>> 0;
    b = (b + word(bytes, at + 4, isLittle) + a) >>> 0;
  }
  return [a, b];
}

function word(bytes: Buffer, at: number, isLittle: boolean): number {
  return isLittle ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at);
}

/** Stored sums are big-endian, however they were counted. */
function isSum(bytes: Buffer, at: number, [a, b]: Sum): boolean {
  return bytes.readUInt32BE(at) === a && bytes.readUInt32BE(at + 4) === b;
}
