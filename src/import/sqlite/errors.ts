/** The file is no database that can be read. The message says what was expected, what came and what helps. */
export class DatabaseError extends Error {
  override readonly name = 'DatabaseError';

  constructor(file: string, why: string, advice: string) {
    super(`${file} can't be read as an SQLite database: ${why}. Nothing was changed. ${advice}`);
  }
}

const WHOLE_COPY =
  'Use the whole file as the Python Qguardarr left it when it was stopped, with the -wal file if there is one.';

/** What stands in the file contradicts the format. */
export function damaged(file: string, why: string): DatabaseError {
  return new DatabaseError(file, why, WHOLE_COPY);
}
