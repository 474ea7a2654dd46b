import type { Picture, SyncAnswer } from './picture.ts';

interface Sent {
  readonly rid: number;
  readonly revision: number;
}

/**
 * One session's side of `sync/maindata`. A rid is accepted when the client sends it back; until then the next
 * answer is again relative to the last accepted one, so that a lost answer loses nothing. Every other rid
 * (0, unknown, older) gets the full picture. Rids count up by one an answer, full pictures too.
 */
export class SyncSession {
  #accepted: Sent | null = null;
  #sent: Sent = { rid: 0, revision: 0 };

  answer(rid: number, picture: Picture): SyncAnswer & { readonly rid: number } {
    if (rid > 0 && rid === this.#sent.rid) this.#accepted = this.#sent;
    else if (rid !== this.#accepted?.rid) this.#accepted = null;
    this.#sent = { rid: this.#sent.rid + 1, revision: picture.revision };
    const changes = this.#accepted === null ? picture.full() : picture.since(this.#accepted.revision);
    return { rid: this.#sent.rid, ...changes };
  }
}
