import path from 'node:path';
import * as t from 'io-ts';
import { MIB, readRegularText } from '../../files/read-regular.ts';
import { removeReplaced, replaceFile } from '../../replace-file.ts';
import type { Installation } from './webhook-plan.ts';

const VERSION = 1;

const Program = t.union([t.strict({ enabled: t.boolean, program: t.string }), t.null]);
const Programs = t.strict({ onAdded: Program, onFinished: Program });
const Kept = t.strict({ v: t.literal(VERSION), before: Programs, installed: Programs });

/** The record of an installation can't be read: what stood in qBittorrent before isn't known. */
export class WebhookRecordError extends Error {
  override readonly name = 'WebhookRecordError';

  constructor(file: string, why: string) {
    super(
      `${file} can't be used (${why}): it holds what stood in qBittorrent before the webhook. Mend or remove it, and ` +
        'set "Run external program" in qBittorrent by hand.',
    );
  }
}

/** Beside the journal, for its owner only: other programs' arguments may hold secrets, and the options hold the key. */
export class WebhookFiles {
  readonly optionsFile: string;
  readonly #record: string;

  constructor(databasePath: string) {
    this.optionsFile = path.resolve(`${databasePath}.webhook.curl`);
    this.#record = path.resolve(`${databasePath}.webhook.json`);
  }

  /** @throws WebhookRecordError */
  async former(): Promise<Installation | null> {
    let text: string;
    try {
      text = await readRegularText(this.#record, MIB);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT') return null;
      throw new WebhookRecordError(this.#record, code ?? String(error));
    }
    const parsed = parse(text);
    if (!Kept.is(parsed)) throw new WebhookRecordError(this.#record, `it is not of version ${VERSION}`);
    return { before: parsed.before, installed: parsed.installed };
  }

  /** On disk when it resolves. */
  async keep(installation: Installation): Promise<void> {
    await replaceFile(this.#record, `${JSON.stringify({ v: VERSION, ...installation }, null, 2)}\n`);
  }

  async writeOptions(text: string): Promise<void> {
    await replaceFile(this.optionsFile, text);
  }

  /** Of links, what they lead to, too. Rejects with the file system's error; it can be called again then. */
  async remove(): Promise<void> {
    await removeReplaced(this.optionsFile);
    await removeReplaced(this.#record);
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
