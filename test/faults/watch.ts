/** What must hold at every moment of a case, whatever breaks: looked at with each write, and ten times a second. */
import type { HealthReport } from '../../src/service/operations.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import type { TorrentSpec } from '../../src/simulator/torrent.ts';
import type { LimitWrite } from '../support/faulty-proxy.ts';
import type { Rig } from '../support/service-rig.ts';
import { CAPS, hostOf, ownLimitOf } from './swarm.ts';

const LOOK_EVERY_MS = 100;
/** Of a cap: what its torrents' limits may add up to, with the room of those whose demand is met. */
const LIMITS_UP_TO = 1.5;
/** A call that is under way when a cycle is broken off has so long to end, with a login and a repetition if need be. */
const UNDER_WAY_MS = 2_000;

export class Watch {
  /** Empty when all held. */
  readonly violations = new Set<string>();
  /** No limit may be asked for: what was read last can't be trusted. */
  isBlind: () => boolean = () => false;
  /** Others than Qguardarr set limits: they may be anything. */
  isTampered = false;
  /** What a torrent's own limit may be besides the one that it had at first; null: nothing. */
  alsoOwn: number | null = null;
  /** /health may not say 503. */
  mustBeWell = false;
  readonly #rig: Rig;
  readonly #simulators: readonly Simulator[];
  #hasLimits = false;
  #restoringSince = Number.POSITIVE_INFINITY;
  #contestedSince = Number.POSITIVE_INFINITY;
  #drySince = Number.POSITIVE_INFINITY;
  #timer: NodeJS.Timeout | null = null;

  constructor(rig: Rig, simulators: readonly Simulator[]) {
    this.#rig = rig;
    this.#simulators = simulators;
  }

  start(): void {
    this.#timer = setInterval(() => this.look(), LOOK_EVERY_MS);
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
  }

  /** The limits of the first qBittorrent are in force from now on. */
  limitsAreSet(): void {
    this.#hasLimits = true;
  }

  /** From now on limits are given back; what was asked for before may still arrive. */
  restoringBegins(): void {
    this.#restoringSince = performance.now();
  }

  onLimitWrite({ infoHashes, limitWire, askedAtMs }: LimitWrite): void {
    const restoringForMs = askedAtMs - this.#restoringSince;
    this.#noteMode();
    if (askedAtMs - this.#contestedSince >= UNDER_WAY_MS)
      this.violations.add('a contested client was written to');
    if (askedAtMs - this.#drySince >= UNDER_WAY_MS) this.violations.add('a dry run wrote to the client');
    if (this.isBlind()) this.violations.add(`a limit of ${limitWire} was written from missing data`);
    for (const hash of infoHashes) {
      const spec = this.#specOf(hash);
      if (spec === undefined) {
        this.violations.add(`a limit was written to ${hash}, which no qBittorrent has`);
        continue;
      }
      const owns = this.ownLimits(spec);
      if (restoringForMs >= 0 && owns.includes(limitWire)) continue;
      if (restoringForMs >= UNDER_WAY_MS) {
        this.violations.add(`rollback wrote ${limitWire} instead of ${owns.join(' or ')}`);
        continue;
      }
      const cap = CAPS[hostOf(spec)];
      if (cap === undefined) this.violations.add(`a torrent without a cap was written to`);
      else if (limitWire < 1024 || owns.every((own) => limitWire > (own === 0 ? cap : Math.min(own, cap))))
        this.violations.add(`${limitWire} was written where the cap is ${cap} and the own limit ${owns}`);
      const recorded = this.#rig.journal.originals.get(`default:${hash}`)?.originalWire;
      const isBack = recorded === undefined && performance.now() >= this.#restoringSince;
      if (!owns.some((own) => own === recorded) && !isBack)
        this.violations.add(`the journal said ${recorded} before a write; it was ${owns}`);
    }
  }

  onHealth(health: HealthReport): void {
    const { status, problems } = health;
    if (problems.length === 0 && status === 'unhealthy')
      this.violations.add('/health is 503 without a reason');
    if (this.mustBeWell && status === 'unhealthy')
      this.violations.add(`/health is 503 though it works: ${problems.join('; ')}`);
  }

  look(): void {
    this.onHealth(this.#rig.operations.health());
    this.#noteMode();
    if (this.alsoOwn === null && this.#rig.count('limit:changed-by-user') > 0)
      this.violations.add('a limit of its own was taken for the user’s');
    if (!this.#hasLimits || this.isTampered || performance.now() >= this.#restoringSince) return;
    const sums = new Map<string, number>();
    for (const { spec, limit } of this.#simulators[0]?.swarm.torrents.values() ?? []) {
      const wire = limit.wire === 0 ? Number.POSITIVE_INFINITY : limit.wire;
      sums.set(hostOf(spec), (sums.get(hostOf(spec)) ?? 0) + wire);
    }
    for (const [host, cap] of Object.entries(CAPS)) {
      const sum = sums.get(host) ?? 0;
      if (sum > LIMITS_UP_TO * cap)
        this.violations.add(`limits of ${host} came to ${sum}, its cap is ${cap}`);
    }
  }

  /** Wire form. */
  ownLimits(spec: TorrentSpec): readonly number[] {
    return this.alsoOwn === null ? [ownLimitOf(spec)] : [ownLimitOf(spec), this.alsoOwn];
  }

  /** Since when nothing may be written, as far as it is looked at. */
  #noteMode(): void {
    const { service } = this.#rig;
    const now = performance.now();
    const since = (before: number, is: boolean) => (is ? Math.min(before, now) : Number.POSITIVE_INFINITY);
    this.#contestedSince = since(this.#contestedSince, service.link === 'contested');
    this.#drySince = since(this.#drySince, service.live.dryRun !== null);
  }

  #specOf(hash: string) {
    for (const { swarm } of this.#simulators) {
      const torrent = swarm.torrents.get(hash);
      if (torrent !== undefined) return torrent.spec;
    }
    return undefined;
  }
}
