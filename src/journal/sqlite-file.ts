/** The Python Qguardarr's SQLite database, where a journal or its rows are expected. Nothing here reads SQLite. */
import { openRegular } from '../files/read-regular.ts';

const HEAD = Buffer.from('SQLite format 3\0', 'latin1');

/** Whether a file that begins with these bytes is an SQLite database: every one begins with the same 16. */
export function isSqlite(bytes: Buffer): boolean {
  return bytes.subarray(0, HEAD.length).equals(HEAD);
}

/** The same of a file. Rejects with UnfitFile or the system's error, also when there is no such file. */
export async function isSqliteFile(file: string): Promise<boolean> {
  const handle = await openRegular(file);
  try {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(HEAD.length), 0, HEAD.length, 0);
    return isSqlite(buffer.subarray(0, bytesRead));
  } finally {
    await handle.close();
  }
}

/**
 * The command that writes the rows of that database, oldest first, to rows.json. The documents have the same one.
 * @param database its path; quoted for a POSIX shell where that is needed
 */
export function rowsCommand(database: string): string {
  const quoted = /^[\w./+-]+$/.test(database) ? database : `'${database.replaceAll("'", "'\\''")}'`;
  return `sqlite3 -json ${quoted} "SELECT * FROM rollback_entries ORDER BY id" > rows.json`;
}
