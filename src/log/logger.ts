import { type DestinationStream, type Logger, pino } from 'pino';
import type { Config } from '../config/schema.ts';
import { describeError } from './describe-error.ts';
import { humanLine } from './human-line.ts';
import { LogFile } from './log-file.ts';
import { SecretFilter } from './secret-filter.ts';
import { writeLines } from './terminal.ts';
import { withoutUnruly } from './visible.ts';

const LEVELS = { DEBUG: 'debug', INFO: 'info', WARNING: 'warn', ERROR: 'error' } as const;

type Logging = Config['logging'];

export interface Log {
  readonly logger: Logger;
  /** Stars what is never to be seen in every line from now on, and in what else is passed through it. */
  readonly secrets: SecretFilter;
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
export function createLog(options: LogOptions): Log {
  const { terminal, output = process.stdout, onFileError = toStandardError } = options;
  const colored = terminal && !process.env.NO_COLOR;
  let { logging } = options;
  let file = openFile(logging, onFileError);
  const secrets = new SecretFilter();
  const logger = pino(
    {
      level: LEVELS[logging.level],
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: describeError },
    },
    {
      write: (written) => {
        const line = secrets.clean(withoutUnruly(written));
        output.write(terminal ? humanLine(line, colored) : line);
        file?.write(line);
      },
    },
  );
  return {
    logger,
    secrets,
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
  writeLines(process.stderr, [`qguardarr: ${message}`]);
}
