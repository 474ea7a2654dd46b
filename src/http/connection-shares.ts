import type { KeyScope } from '../config/access.ts';
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
/** Networks that showed an admin's key of late. They, and this machine, get in where each place is another network's. */
const KNOWN_OWNERS = 64;
/**
 * The part of all places that the holders of lesser keys may have, so that none of them can shut out the owner. The
 * webhook's is what a thousand torrents added at once need: each webhook is a connection of its own.
 */
const MOST_OF_SCOPE: Readonly<Record<Exclude<KeyScope, 'admin'>, number>> = { webhook: 2 / 3, read: 1 / 6 };
/** One place in so many is for connections from this machine only: 16 of 1,536. */
const PLACES_TO_ONE_LOCAL = 96;

interface Listed {
  readonly group: string;
  /** Whether it comes from this machine, be it from a proxy here. */
  readonly isLocal: boolean;
  readonly since: number;
}

/** The one that has to go, null when there is room. */
export type Admission<C> = C | null | 'refused';

/**
 * Who may have a connection when all are taken. A connection is silent (no request came yet), a client's, or a
 * holder's (its last request was one of this machine, or carried a key or a login). Silent ones and clients' form
 * groups by network; a newcomer takes the place of the group that has most, unless that is its own.
 *
 * Invariants: at most `limit` connections are listed; a holder's never has to go for a newcomer; the lesser scopes
 * together leave a sixth of the places to others, and all but loopback leave 1/96 to loopback.
 */
export class ConnectionShares<C> {
  readonly #options: SharesOptions<C>;
  readonly #listed = new Map<C, Listed>();
  /** Silent ones and clients', by network. */
  readonly #groups = new Map<string, Set<C>>();
  readonly #holders: Readonly<Record<KeyScope, Set<C>>> = {
    admin: new Set(),
    read: new Set(),
    webhook: new Set(),
  };
  #local = 0;
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
  enter(connection: C, network: string): Admission<C> {
    const isLocal = isLoopbackAddress(network);
    const group = `silent ${network}`;
    const out = this.#hasRoom(isLocal) ? null : (this.#stale(isLocal) ?? this.#takenFrom(group, network));
    if (out === undefined) return 'refused';
    if (out !== null) this.leave(out);
    this.#list(connection, group, isLocal);
    this.#silent.add(connection);
    return out;
  }

  /** A request came on it, of a client whose right isn't known. */
  heard(connection: C, network: string): void {
    const isLocal = this.#listed.get(connection)?.isLocal === true;
    // Those behind a proxy here apart: each group is of one kind, whose places it takes.
    this.#move(connection, isLocal ? `client by this machine ${network}` : `client ${network}`);
  }

  /**
   * The request had a right of its own. Returns as `enter` does; when refused, holders of lesser keys have all places
   * that they may have, and it stays a client's.
   * @param network the client's, which may be another than that of the connection
   */
  proved(connection: C, network: string, scope: KeyScope): Admission<C> {
    if (!this.#listed.has(connection)) return null;
    const holders = this.#holders[scope];
    const out = holders.has(connection) || this.#mayHold(scope) ? null : this.#idleOf(holders);
    if (out === undefined) return 'refused';
    if (out !== null) this.leave(out);
    this.#move(connection, scope);
    if (scope === 'admin') this.#noteOwner(network);
    return out;
  }

  leave(connection: C): void {
    const listed = this.#listed.get(connection);
    if (listed === undefined) return;
    this.#listed.delete(connection);
    this.#silent.delete(connection);
    if (listed.isLocal) this.#local -= 1;
    const members = this.#membersOf(listed.group);
    members.delete(connection);
    if (members.size === 0) this.#groups.delete(listed.group);
  }

  #hasRoom(isLocal: boolean): boolean {
    return this.size < this.#options.limit && (isLocal || this.#othersHavePlaces);
  }

  /** Whether others than this machine have not yet all places that they may have. */
  get #othersHavePlaces(): boolean {
    const { limit } = this.#options;
    return this.size - this.#local < limit - Math.floor(limit / PLACES_TO_ONE_LOCAL);
  }

  /** Whether a newcomer may have the place of this one. */
  #mayReplace(isLocal: boolean, connection: C | undefined): connection is C {
    if (connection === undefined) return false;
    return isLocal || this.#othersHavePlaces || this.#listed.get(connection)?.isLocal === false;
  }

  #mayHold(scope: KeyScope): boolean {
    if (scope === 'admin') return true;
    return this.#holders[scope].size < Math.ceil(this.#options.limit * MOST_OF_SCOPE[scope]);
  }

  #idleOf(holders: ReadonlySet<C>): C | undefined {
    for (const holder of holders) if (!this.#options.isBusy(holder)) return holder;
    return undefined;
  }

  #noteOwner(network: string): void {
    this.#owners.delete(network);
    this.#owners.add(network);
    const [oldest] = this.#owners;
    if (this.#owners.size > KNOWN_OWNERS && oldest !== undefined) this.#owners.delete(oldest);
  }

  /** @param group a scope: of its holders */
  #move(connection: C, group: string): void {
    const listed = this.#listed.get(connection);
    if (listed === undefined || listed.group === group) return;
    this.leave(connection);
    this.#list(connection, group, listed.isLocal);
  }

  #list(connection: C, group: string, isLocal: boolean): void {
    this.#listed.set(connection, { group, isLocal, since: this.#options.now() });
    if (isLocal) this.#local += 1;
    const members = this.#membersOf(group).add(connection);
    if (!isScope(group)) this.#groups.set(group, members);
  }

  #membersOf(group: string): Set<C> {
    return isScope(group) ? this.#holders[group] : (this.#groups.get(group) ?? new Set());
  }

  #stale(isLocal: boolean): C | undefined {
    for (const silent of this.#silent) {
      const { since = Number.POSITIVE_INFINITY } = this.#listed.get(silent) ?? {};
      if (this.#options.now() - since < PATIENCE_MS) return undefined;
      if (this.#mayReplace(isLocal, silent)) return silent;
    }
    return undefined;
  }

  /** Of the group with most: one that waits for a request if there is one, and then the oldest. */
  #takenFrom(newcomers: string, network: string): C | undefined {
    const isLocal = isLoopbackAddress(network);
    let largest: readonly [name: string, members: ReadonlySet<C>] | undefined;
    for (const entry of this.#groups) {
      const [first] = entry[1];
      if (entry[1].size > (largest?.[1].size ?? 0) && this.#mayReplace(isLocal, first)) largest = entry;
    }
    if (largest === undefined || largest[0] === newcomers) return undefined;
    const [, members] = largest;
    const own = this.#groups.get(newcomers)?.size ?? 0;
    const isKnown = isLocal || this.#owners.has(network);
    if (!isKnown && members.size <= own + 1) return undefined;
    for (const member of members) if (!this.#options.isBusy(member)) return member;
    return members.values().next().value;
  }
}

function isScope(group: string): group is KeyScope {
  return group === 'admin' || group === 'read' || group === 'webhook';
}
