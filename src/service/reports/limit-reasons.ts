import type { Bus } from '../../bus.ts';
import { infoHashOf, type TorrentKey } from '../../control/torrent.ts';
import type { Events } from '../../events.ts';

export interface LimitReason {
  readonly reason: string;
  /** Unix ms. */
  readonly at: number;
}

/**
 * Why each torrent has the limit that it has: of the last change that qBittorrent accepted, or would have been asked
 * for in a dry run. One object is shared by all torrents of a call, so a torrent costs one entry of a map.
 */
export class LimitReasons {
  readonly #reasons = new Map<TorrentKey, LimitReason>();

  constructor(bus: Bus) {
    bus.on('limits:written', (event) => this.#note(event));
    bus.on('limits:would-change', (event) => this.#note(event));
    bus.on('rollback:finished', () => this.#reasons.clear());
    bus.on('limit:changed-by-user', ({ infoHash }) => {
      for (const key of this.#reasons.keys()) if (infoHashOf(key) === infoHash) this.#reasons.delete(key);
    });
  }

  of(key: TorrentKey): LimitReason | undefined {
    return this.#reasons.get(key);
  }

  get size(): number {
    return this.#reasons.size;
  }

  /** Torrents that are managed no longer are forgotten. */
  prune(isHeld: (key: TorrentKey) => boolean): void {
    for (const key of this.#reasons.keys()) if (!isHeld(key)) this.#reasons.delete(key);
  }

  #note({ call, at }: Events['limits:written']): void {
    const shared = { reason: call.reason, at };
    for (const { key } of call.changes) {
      if (call.kind === 'release') this.#reasons.delete(key);
      else this.#reasons.set(key, shared);
    }
  }
}
