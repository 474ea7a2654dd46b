import path from 'node:path';
import { type Logger, multistream, pino, type StreamEntry } from 'pino';
import { createStream } from 'rotating-file-stream';
import type { Config } from '../config/schema.ts';

const LEVELS = { DEBUG: 'debug', INFO: 'info', WARNING: 'warn', ERROR: 'error' } as const;

export interface Log {
  readonly logger: Logger;
  setLevel(level: Config['logging']['level']): void;
  /** Resolves when the file, if any, is written. */
  close(): Promise<void>;
}

/** Human lines on a terminal, JSON lines otherwise; and a file with rotation where one is configured. */
export async function createLog(logging: Config['logging'], terminal: boolean): Promise<Log> {
  const level = LEVELS[logging.level];
  const streams: StreamEntry[] = [{ level: 'trace', stream: terminal ? await prettyStream() : process.stdout }];
  const file = logging.file === '' ? null : rotatingFile(logging.file, logging);
  const logger = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    multistream(file === null ? streams : [...streams, { level: 'trace', stream: file }]),
  );
  file?.on('error', (error) => process.stderr.write(`qguardarr: the log file can't be written: ${error.message}\n`));
  return {
    logger,
    setLevel: (next) => {
      logger.level = LEVELS[next];
    },
    close: () => new Promise((resolve) => (file === null ? resolve() : file.end(() => resolve()))),
  };
}

async function prettyStream() {
  const { default: pretty } = await import('pino-pretty');
  return pretty({ translateTime: 'SYS:HH:MM:ss', ignore: 'pid,hostname', sync: true });
}

function rotatingFile(file: string, logging: Config['logging']) {
  return createStream(path.basename(file), {
    path: path.dirname(path.resolve(file)),
    size: `${logging.max_size_mb}M`,
    maxFiles: logging.backup_count,
  });
}
