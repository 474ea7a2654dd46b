import type { SimulatedTorrent } from './torrent.ts';

/** How long a torrent's files take to another place. */
const MOVE_MS = 5_000;

interface Move {
  readonly torrent: SimulatedTorrent;
  readonly untilMs: number;
  /** The state that the torrent has again at the end. */
  readonly heldAs: string | null;
}

/** Torrents whose files are on their way to another place: qBittorrent shows them as `moving`. */
export class FileMoves {
  readonly #moves = new Map<string, Move>();

  begin(torrent: SimulatedTorrent, nowMs: number): void {
    if (this.#moves.has(torrent.hash)) return;
    this.#moves.set(torrent.hash, { torrent, untilMs: nowMs + MOVE_MS, heldAs: torrent.heldAs });
  }

  forget(hash: string): void {
    this.#moves.delete(hash);
  }

  /** Those that end by now, each once. */
  takeDue(nowMs: number): readonly Move[] {
    if (this.#moves.size === 0) return [];
    const due = [...this.#moves.values()].filter(({ untilMs }) => untilMs <= nowMs);
    for (const { torrent } of due) this.#moves.delete(torrent.hash);
    return due;
  }
}
