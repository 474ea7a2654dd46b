/**
 * The pages of an SQLite database file as the last committed transaction left them: from the file, or from the
 * write-ahead log beside it. Read-only; of the file format (https://www.sqlite.org/fileformat2.html) what that takes.
 */
import type { FileHandle } from 'node:fs/promises';
import { openRegular } from '../../files/read-regular.ts';
import { DatabaseError, damaged } from './errors.ts';
import { openIfThere, readAt, stampOf } from './files.ts';
import { readWal, type Wal } from './wal.ts';

const MAGIC = 'SQLite format 3\0';
const HEADER_BYTES = 100;
const JOURNAL_MAGIC = Buffer.from('d9d505f920a163d7', 'hex');

export type TextEncoding = 'utf-8' | 'utf-16le' | 'utf-16be';
const ENCODINGS: ReadonlyMap<number, TextEncoding> = new Map([
  [0, 'utf-8'],
  [1, 'utf-8'],
  [2, 'utf-16le'],
  [3, 'utf-16be'],
]);

interface Header {
  readonly pageSize: number;
  /** Bytes at the end of each page that are not SQLite's. */
  readonly reserved: number;
  readonly encoding: TextEncoding;
  readonly pageCount: number;
}

export class Pages {
  readonly file: string;
  readonly encoding: TextEncoding;
  readonly pageCount: number;
  /** Bytes of a page that hold content. */
  readonly usableSize: number;
  readonly #pageSize: number;
  readonly #handle: FileHandle;
  readonly #wal: Wal | null;
  readonly #before: string;
  #read = 0;

  private constructor(file: string, handle: FileHandle, header: Header, wal: Wal | null, before: string) {
    this.file = file;
    this.encoding = header.encoding;
    this.pageCount = header.pageCount;
    this.usableSize = header.pageSize - header.reserved;
    this.#pageSize = header.pageSize;
    this.#handle = handle;
    this.#wal = wal;
    this.#before = before;
  }

  /** Rejects with DatabaseError, or the system's error when the file can't be opened. */
  static async open(file: string): Promise<Pages> {
    const handle = await openRegular(file);
    let wal: Wal | null = null;
    try {
      await refuseUnfinished(file);
      const before = await stampOf(handle);
      const ofFile = await readHeader(file, handle);
      wal = await readWal(`${file}-wal`, ofFile.pageSize);
      const header = wal === null ? ofFile : await inForce(file, ofFile, wal);
      return new Pages(file, handle, header, wal, before);
    } catch (error) {
      await wal?.close();
      await handle.close();
      throw error;
    }
  }

  /** How much of the database has been read, 0 to 1, when each page is read once. */
  get fraction(): number {
    return this.pageCount === 0 ? 1 : Math.min(1, this.#read / this.pageCount);
  }

  /** @param number 1-based. Rejects with DatabaseError for one that isn't there. */
  async page(number: number): Promise<Buffer> {
    if (number < 1 || number > this.pageCount) {
      throw damaged(this.file, `it refers to page ${number} and has ${this.pageCount}`);
    }
    this.#read += 1;
    const logged = await this.#wal?.page(number);
    if (logged) return logged;
    const page = Buffer.alloc(this.#pageSize);
    const { bytesRead } = await this.#handle.read(page, 0, page.length, (number - 1) * this.#pageSize);
    if (bytesRead < page.length) throw damaged(this.file, `page ${number} of ${this.pageCount} is cut off`);
    return page;
  }

  /** To be called last: what was read while someone wrote may be half of the one and half of the other. */
  async assertUnchanged(): Promise<void> {
    const isSame =
      this.#before === (await stampOf(this.#handle)) && (await this.#wal?.isUnchanged()) !== false;
    if (isSame) return;
    throw new DatabaseError(
      this.file,
      'it was written to while it was read',
      'Stop the Python Qguardarr, then try again.',
    );
  }

  async close(): Promise<void> {
    await this.#wal?.close();
    await this.#handle.close();
  }
}

/** A rollback journal with pages in it says that the last transaction was cut off: SQLite itself must undo it. */
async function refuseUnfinished(file: string): Promise<void> {
  const head = await headOf(`${file}-journal`, 12);
  if (head === null || !head.subarray(0, 8).equals(JOURNAL_MAGIC) || head.readUInt32BE(8) === 0) return;
  throw new DatabaseError(
    file,
    `a transaction was cut off, and what undoes it is in ${file}-journal`,
    'Start the Python Qguardarr once more and stop it, or run: sqlite3 FILE "PRAGMA user_version", with both files there.',
  );
}

async function headOf(file: string, bytes: number): Promise<Buffer | null> {
  const handle = await openIfThere(file);
  if (handle === null) return null;
  try {
    return await readAt(handle, 0, bytes);
  } finally {
    await handle.close();
  }
}

async function readHeader(file: string, handle: FileHandle): Promise<Header> {
  const bytes = Buffer.alloc(HEADER_BYTES);
  const { bytesRead } = await handle.read(bytes, 0, HEADER_BYTES, 0);
  if (bytesRead < HEADER_BYTES) {
    throw damaged(file, `expected a header of ${HEADER_BYTES} bytes, the file has ${bytesRead}`);
  }
  const { size } = await handle.stat();
  return decodeHeader(file, bytes, size);
}

/** Page 1 of the log has a header of its own, and the last commit says how many pages there are. */
async function inForce(file: string, ofFile: Header, wal: Wal): Promise<Header> {
  const first = await wal.page(1);
  const header = first === null ? ofFile : decodeHeader(file, first, wal.pageCount * ofFile.pageSize);
  return { ...header, pageCount: wal.pageCount };
}

/** @param size of the whole, bytes */
function decodeHeader(file: string, bytes: Buffer, size: number): Header {
  if (bytes.toString('latin1', 0, MAGIC.length) !== MAGIC) {
    throw new DatabaseError(
      file,
      'it does not begin with "SQLite format 3"',
      'Give the rollback database of the Python Qguardarr, rollback.database_path in its config.',
    );
  }
  const stored = bytes.readUInt16BE(16);
  const pageSize = stored === 1 ? 65_536 : stored;
  if (pageSize < 512 || (pageSize & (pageSize - 1)) !== 0) {
    throw damaged(file, `its page size should be a power of two from 512 to 65536, got ${pageSize}`);
  }
  const version = bytes.readUInt8(19);
  if (version > 2) throw damaged(file, `its format has version ${version}, known are 1 and 2`);
  const encoding = ENCODINGS.get(bytes.readUInt32BE(56));
  if (encoding === undefined) throw damaged(file, 'its text encoding is unknown');
  const reserved = bytes.readUInt8(20);
  if (pageSize - reserved < 480) throw damaged(file, `it reserves ${reserved} bytes of each page`);
  const isCountValid = bytes.readUInt32BE(24) === bytes.readUInt32BE(92);
  const counted = isCountValid ? bytes.readUInt32BE(28) : 0;
  const pageCount = counted === 0 ? Math.floor(size / pageSize) : counted;
  return { pageSize, reserved, encoding, pageCount };
}
