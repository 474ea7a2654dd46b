import type { Notice } from './notice.ts';

interface Kept {
  /** Monotonic ms: until then nothing more of its kind is sent. */
  readonly quietUntil: number;
  readonly latest: Notice | null;
  /** Besides the latest. */
  readonly leftOut: number;
}

/**
 * At most one notice of each kind in an interval. Of what comes between, the latest is sent at its end, with how many
 * were left out: so what is sent last is how things stand.
 */
export class Limiter {
  readonly #kept = new Map<Notice['kind'], Kept>();

  /** What to tell at once: the notice itself, or nothing yet. @param now monotonic ms */
  offer(notice: Notice, now: number, intervalMs: number): Notice | null {
    const { kind } = notice;
    const kept = this.#kept.get(kind);
    if (kept === undefined || (now >= kept.quietUntil && kept.latest === null)) {
      this.#kept.set(kind, { quietUntil: now + intervalMs, latest: null, leftOut: 0 });
      return notice;
    }
    this.#kept.set(kind, { ...kept, latest: notice, leftOut: kept.leftOut + (kept.latest === null ? 0 : 1) });
    return null;
  }

  /** What was kept back and may be told now. */
  due(now: number, intervalMs: number): Notice[] {
    const due: Notice[] = [];
    for (const [kind, { quietUntil, latest, leftOut }] of this.#kept) {
      if (now < quietUntil) continue;
      if (latest === null) {
        this.#kept.delete(kind);
        continue;
      }
      due.push(leftOut === 0 ? latest : withCount(latest, leftOut));
      this.#kept.set(kind, { quietUntil: now + intervalMs, latest: null, leftOut: 0 });
    }
    return due;
  }
}

function withCount(notice: Notice, leftOut: number): Notice {
  const others =
    leftOut === 1 ? '1 more message of this kind was' : `${leftOut} more messages of this kind were`;
  return { ...notice, message: `${notice.message}\n(${others} left out before.)` };
}
