import { type DestinationStream, type Logger, pino } from 'pino';
import type { Config } from '../config/schema.ts';
import { describeError } from './describe-error.ts';
import { LogFile } from './log-file.ts';

const LEVELS = { DEBUG: 'debug', INFO: 'info', WARNING: 'warn', ERROR: 'error' } as const;

type Logging = Config['logging'];

export interface Log {
  readonly logger: Logger;
  /** Puts other settings in force: the level, and the file when it or its rotation changed. */
  configure(logging: Logging): Promise<void>;
  /** Resolves when the file, if any, is written. */
  close(): Promise<void>;
}

export interface LogOptions {
  readonly logging: Logging;
  /** Human lines instead of JSON lines. */
  readonly terminal: boolean;
  /** Where lines go besides the file; default standard output. */
  readonly output?: DestinationStream;
  /** Told once a minute at most that the file can't be written; default a line on standard error. */
  readonly onFileError?: (message: string) => void;
}

/** Human lines on a terminal, JSON lines otherwise; and a file with rotation where one is configured. */
export async function createLog(options: LogOptions): Promise<Log> {
  const { terminal, onFileError = toStandardError } = options;
  let { logging } = options;
  const output = options.output ?? (terminal ? await prettyStream() : process.stdout);
  let file = openFile(logging, onFileError);
  const logger = pino(
    {
      level: LEVELS[logging.level],
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: describeError },
    },
    {
      write: (line) => {
        output.write(line);
        file?.write(line);
      },
    },
  );
  return {
    logger,
    configure: async (next) => {
      const before = logging;
      logging = next;
      logger.level = LEVELS[next.level];
      const sameFile = FILE_KEYS.every((key) => before[key] === next[key]);
      if (sameFile) return;
      const old = file;
      file = openFile(next, onFileError);
      await old?.close();
    },
    close: async () => file?.close(),
  };
}

const FILE_KEYS = ['file', 'max_size_mb', 'backup_count'] as const;

function openFile(logging: Logging, onFileError: (message: string) => void): LogFile | null {
  if (logging.file === '') return null;
  return new LogFile(logging, {
    onError: (error) =>
      onFileError(
        `the log file ${logging.file} can't be written (${error.message}): it is tried again in a minute; ` +
          'make its folder writable and see that the disk is not full, or set logging.file to another place',
      ),
  });
}

function toStandardError(message: string): void {
  process.stderr.write(`qguardarr: ${message}\n`);
}

async function prettyStream(): Promise<DestinationStream> {
  const { default: pretty } = await import('pino-pretty');
  // The message says it all; fields are for programs. An error's stack is shown all the same.
  return pretty({ translateTime: 'SYS:HH:MM:ss', hideObject: true, sync: true });
}
