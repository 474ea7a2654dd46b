import { isLoopbackAddress } from '../config/addresses.ts';

export interface SharesOptions<C> {
  readonly limit: number;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** Whether a request is being answered on it: such a one goes last. */
  readonly isBusy: (connection: C) => boolean;
}

/** A client sends its request at once; a connection that is silent for longer (ms) makes room for any other. */
const PATIENCE_MS = 2_000;
/** Networks that showed a key of late. They, and this machine, get in where each place is another network's. */
const KNOWN_OWNERS = 64;

interface Listed {
  readonly group: string;
  readonly since: number;
}

/**
 * Who may have a connection when all are taken. A connection is silent (no request came yet), a client's, or an
 * owner's (its last request was one of this machine, or carried a key or a login). Silent ones and clients' form
 * groups by network; a newcomer takes the place of the group that has most, unless that is its own.
 *
 * Invariants: at most `limit` connections are listed; an owner's never has to go for another.
 */
export class ConnectionShares<C> {
  readonly #options: SharesOptions<C>;
  readonly #listed = new Map<C, Listed>();
  readonly #groups = new Map<string, Set<C>>();
  /** Oldest first. */
  readonly #silent = new Set<C>();
  readonly #owners = new Set<string>();

  constructor(options: SharesOptions<C>) {
    this.#options = options;
  }

  get size(): number {
    return this.#listed.size;
  }

  /**
   * Lists a new connection. Returns the one that has to go for it, null when there is room, or 'refused': then it is
   * not listed.
   * @param network as `clientNetwork` names it
   */
  enter(connection: C, network: string): C | null | 'refused' {
    const group = `silent ${network}`;
    const out = this.size < this.#options.limit ? null : (this.#stale() ?? this.#takenFrom(group, network));
    if (out === undefined) return 'refused';
    if (out !== null) this.leave(out);
    this.#list(connection, group);
    this.#silent.add(connection);
    return out;
  }

  /** A request came on it, of a client whose right isn't known. */
  heard(connection: C, network: string): void {
    this.#move(connection, `client ${network}`);
  }

  /** The request had a right of its own. */
  proved(connection: C, network: string): void {
    this.#move(connection, null);
    this.#owners.delete(network);
    this.#owners.add(network);
    const [oldest] = this.#owners;
    if (this.#owners.size > KNOWN_OWNERS && oldest !== undefined) this.#owners.delete(oldest);
  }

  leave(connection: C): void {
    const listed = this.#listed.get(connection);
    if (listed === undefined) return;
    this.#listed.delete(connection);
    this.#silent.delete(connection);
    const members = this.#groups.get(listed.group);
    members?.delete(connection);
    if (members?.size === 0) this.#groups.delete(listed.group);
  }

  /** @param group null: an owner's */
  #move(connection: C, group: string | null): void {
    const listed = this.#listed.get(connection);
    if (listed === undefined || listed.group === (group ?? '')) return;
    this.leave(connection);
    this.#list(connection, group);
  }

  #list(connection: C, group: string | null): void {
    this.#listed.set(connection, { group: group ?? '', since: this.#options.now() });
    if (group === null) return;
    const members = this.#groups.get(group) ?? new Set();
    this.#groups.set(group, members.add(connection));
  }

  #stale(): C | undefined {
    const [oldest] = this.#silent;
    const since = oldest === undefined ? undefined : this.#listed.get(oldest)?.since;
    return since !== undefined && this.#options.now() - since >= PATIENCE_MS ? oldest : undefined;
  }

  /** Of the group with most: one that waits for a request if there is one, and then the oldest. */
  #takenFrom(newcomers: string, network: string): C | undefined {
    let largest: readonly [name: string, members: ReadonlySet<C>] | undefined;
    for (const entry of this.#groups) if (entry[1].size > (largest?.[1].size ?? 0)) largest = entry;
    if (largest === undefined || largest[0] === newcomers) return undefined;
    const [, members] = largest;
    const own = this.#groups.get(newcomers)?.size ?? 0;
    const isKnown = isLoopbackAddress(network) || this.#owners.has(network);
    if (!isKnown && members.size <= own + 1) return undefined;
    for (const member of members) if (!this.#options.isBusy(member)) return member;
    return members.values().next().value;
  }
}
