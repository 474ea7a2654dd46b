import { rename } from 'node:fs/promises';
import { isLeft } from 'fp-ts/lib/Either.js';
import { MIB, readRegularText } from '../../files/read-regular.ts';
import { assertReplaceable } from '../../journal/regular-file.ts';
import { replaceFile } from '../../replace-file.ts';
import { messageOf } from '../failures.ts';
import { decodeRollout, encodeRollout, type RememberedRollout } from './remembered-rollout.ts';

/** Keeps what of rollout is to outlive the process. */
export interface RolloutStore {
  /** As the former run left it; null: nothing. */
  readonly left: RememberedRollout | null;
  /** Why what was left can't be used, in words; null: it can, or there was nothing. */
  readonly problem: string | null;
  /** Durable when it resolves. Rejects with the file system's error. */
  save(remembered: RememberedRollout): Promise<void>;
}

/** Ends with its process: for tests. Whatever is saved is what the next run finds. */
export class MemoryRolloutStore implements RolloutStore {
  left: RememberedRollout | null = null;
  readonly problem = null;

  async save(remembered: RememberedRollout): Promise<void> {
    this.left = remembered;
  }
}

/** Where it is kept: beside the journal, whose lock says who may write there. */
export function rolloutFileOf(databasePath: string): string {
  return `${databasePath}.rollout.json`;
}

/** One small JSON file, replaced whole; saves run one after another. */
export class RolloutFile implements RolloutStore {
  readonly left: RememberedRollout | null;
  readonly problem: string | null;
  readonly #file: string;
  #lastSave: Promise<void> = Promise.resolve();

  private constructor(file: string, left: RememberedRollout | null, problem: string | null) {
    this.#file = file;
    this.left = left;
    this.problem = problem;
  }

  /** What can't be read is put aside and told, as the service can go by its config. Never rejects. */
  static async open(file: string): Promise<RolloutFile> {
    const asideFile = `${file}.unreadable`;
    const unusable = (why: string) =>
      `${file} can't be used (${why}): the rollout goes by global.rollout_percentage`;
    try {
      await assertReplaceable(file);
      const decoded = decodeRollout(await readRegularText(file, MIB));
      if (!isLeft(decoded)) return new RolloutFile(file, decoded.right, null);
      await rename(file, asideFile);
      return new RolloutFile(file, null, `${unusable(decoded.left)}; it was put aside as ${asideFile}`);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      return new RolloutFile(file, null, code === 'ENOENT' ? null : unusable(code ?? messageOf(error)));
    }
  }

  save(remembered: RememberedRollout): Promise<void> {
    const saved = this.#lastSave.then(() => replaceFile(this.#file, encodeRollout(remembered)));
    this.#lastSave = saved.catch(() => undefined);
    return saved;
  }
}
