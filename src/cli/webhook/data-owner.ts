import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { FileOwner } from '../../http/api-key-file.ts';

/** Files for the service would be made for a user that isn't the service's. The message says what to do. */
export class ForeignDataFolder extends Error {
  override readonly name = 'ForeignDataFolder';
}

export interface DataOwnerOptions {
  /** Of the journal. */
  readonly databasePath: string;
  /** Of this process; null: the system has no such ids. */
  readonly uid: number | null;
}

/**
 * Whom a file that the service is to read has to be given to: the owner of its journal, or of the data folder where
 * there is none yet. Null: this process's files are the service's. Rejects with ForeignDataFolder when this process is
 * neither that user nor root.
 */
export async function dataOwner({ databasePath, uid }: DataOwnerOptions): Promise<FileOwner | null> {
  const journal = await ownerOf(databasePath);
  const owner = journal ?? (await ownerOf(path.dirname(databasePath)));
  if (uid === null || owner === null || owner.uid === uid) return null;
  if (uid === 0) return owner;
  // A folder may belong to root and be writable by the service's group: only its files tell who it runs as.
  if (journal === null) return null;
  throw new ForeignDataFolder(
    `${databasePath} belongs to the user with the id ${owner.uid}, and this is run by ${uid}: the service could not ` +
      `read the key that is made here. Run it as that user, such as by sudo -u '#${owner.uid}', or as root.`,
  );
}

async function ownerOf(file: string): Promise<FileOwner | null> {
  try {
    const { uid, gid } = await stat(file);
    return { uid, gid };
  } catch {
    // Missing or closed to us: what is made there fails with its own error.
    return null;
  }
}
