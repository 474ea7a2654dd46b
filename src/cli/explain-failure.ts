import { readFailure } from '../config/environment.ts';
import { ApiKeyFileError } from '../http/api-key-file.ts';
import { ListenError } from '../http/errors.ts';
import { TlsFilesError } from '../http/tls-files.ts';
import { JournalError } from '../journal/errors.ts';
import { describeError } from '../log/describe-error.ts';
import { ForeignJournal } from '../service/foreign-journal.ts';

const CORRECTABLE = [JournalError, ListenError, ApiKeyFileError, TlsFilesError, ForeignJournal];

/** One line for what ended the program: what the user can put right, or else a bug and where it is. */
export function explainFailure(error: unknown): string {
  if (CORRECTABLE.some((kind) => error instanceof kind)) return (error as Error).message;
  const { code, path } = (error ?? {}) as NodeJS.ErrnoException;
  if (code !== undefined && path !== undefined) {
    return `${path} can't be used (${code}): ${readFailure(error)}. Correct the path in the config, or what this user may do there.`;
  }
  return explainBug(error);
}

/** One line: the message and the innermost place of our own that the error came through. */
export function explainBug(error: unknown): string {
  const { type, message, stack = '' } = describeError(error);
  const place = /\n\s+at (?!.*(?:node:|node_modules))(.+)/.exec(stack)?.[1];
  const where = place === undefined ? '' : ` (at ${place})`;
  return `internal error, please report it: ${type}: ${message.replace(/\s*\n\s*/g, ' ')}${where}`;
}
