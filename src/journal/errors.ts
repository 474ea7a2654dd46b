import path from 'node:path';
import { UnfitFile } from '../files/read-regular.ts';
import { rowsCommand } from './sqlite-file.ts';

/**
 * - `locked`: another process owns the file
 * - `unwritable`: missing rights, a read-only or failing disk
 * - `full`: no space left
 * - `corrupt`: a line that is no record of this journal; nothing was changed
 * - `newer`: written by a later release in a format that this one doesn't know; nothing was changed
 * - `slow`: it has not answered for long; what was asked may be on disk yet
 * - `closed`: used after close() or before open()
 */
export type JournalErrorKind = 'locked' | 'unwritable' | 'full' | 'corrupt' | 'newer' | 'slow' | 'closed';

/** What was asked of the journal is not on disk. The message says why and what the user can do. */
export class JournalError extends Error {
  override readonly name = 'JournalError';
  readonly kind: JournalErrorKind;
  readonly path: string;

  constructor(kind: JournalErrorKind, file: string, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.kind = kind;
    this.path = file;
  }
}

/** Another process owns the file. */
export class JournalLocked extends JournalError {
  /** `process 12 on nas, running since 2026-11-22T10:00:00.000Z`. */
  readonly holder: string;

  constructor(file: string, holder: string, staleAfterSeconds: number) {
    super(
      'locked',
      file,
      `The journal ${file} is in use by ${holder}. Two at once would lose each other's records: stop the ` +
        `other Qguardarr, or give this one its own rollback.database_path. If that process is gone, "qguardarr run" ` +
        `takes the journal over once it has seen no heartbeat of it for ${staleAfterSeconds} s.`,
    );
    this.holder = holder;
  }
}

const NO_SPACE: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

/** Any failure of the file system (or of NeDB on it) as a JournalError; one that already is comes back as it is. */
export function storageError(file: string, cause: unknown): JournalError {
  if (cause instanceof JournalError) return cause;
  const code = errorCode(cause);
  if (code !== null && NO_SPACE.has(code)) {
    return new JournalError(
      'full',
      file,
      `No space left to write the journal ${file} (${code}). Until there is, no limit is changed in ` +
        'qBittorrent; a rollback still works. Free space on that disk: the journal carries on by itself.',
      cause,
    );
  }
  const why =
    cause instanceof UnfitFile
      ? `${cause.path}: ${cause.message}`
      : (code ?? (cause instanceof Error ? cause.message : String(cause)));
  return new JournalError(
    'unwritable',
    file,
    `The journal ${file} can't be written (${why}). Check that the folder ${path.dirname(file)} exists, is ` +
      'mounted read-write and belongs to the user that runs Qguardarr, or set another rollback.database_path.',
    cause,
  );
}

/** Of a line that none of ours can be, or of a file that isn't a journal. */
export function corruptError(file: string, line: number, why: string): JournalError {
  return new JournalError(
    'corrupt',
    file,
    `Line ${line} of the journal ${file} is no record of Qguardarr's: ${why}. Nothing was changed. Correct or ` +
      'delete that line (keep a copy of the file), or move the file away to begin a new journal: then the limits ' +
      'that torrents have now count as their own.',
  );
}

/** Half of a later format understood could be an original lost: all of it is refused. */
export function newerFormatError(file: string, version: number, readable: number): JournalError {
  return new JournalError(
    'newer',
    file,
    `The journal ${file} was written by a newer Qguardarr, in version ${version} of its format; this one reads ` +
      `versions up to ${readable}. Nothing was changed. Start the newer Qguardarr again, or have it roll back ` +
      '(qguardarr rollback --confirm) and move the file away before you go back to this one.',
  );
}

/** The Python Qguardarr's database stands where the journal belongs. */
export function sqliteError(file: string): JournalError {
  return new JournalError(
    'corrupt',
    file,
    `${file} is an SQLite database, probably that of the Python Qguardarr, and the journal belongs there. Nothing was ` +
      `changed. To take the torrents' own limits over, stop the Python Qguardarr and write its rows to a file: ` +
      `${rowsCommand(file)}. Then move the database into another folder, and run: qguardarr import rows.json ` +
      '--confirm. Or set another rollback.database_path without an import: then the limits that torrents have now ' +
      'count as their own.',
  );
}

export function closedError(file: string): JournalError {
  return new JournalError(
    'closed',
    file,
    `The journal ${file} is not open: call open() before, close() last.`,
  );
}

/** NeDB wraps what fsync or close said in an error without a code. */
export function errorCode(error: unknown): string | null {
  if (typeof error !== 'object' || error === null) return null;
  if ('code' in error && typeof error.code === 'string') return error.code;
  if ('errorOnFsync' in error && error.errorOnFsync) return errorCode(error.errorOnFsync);
  if ('errorOnClose' in error && error.errorOnClose) return errorCode(error.errorOnClose);
  return null;
}

/** For `catch` where a file that isn't there is as good. */
export function ignoreMissing(error: unknown): void {
  if (errorCode(error) !== 'ENOENT') throw error;
}
