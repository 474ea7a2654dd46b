import { nextEvent } from '../next-event.ts';
import { OperationRefused } from '../operations.ts';
import type { OperationsParts } from '../operations-parts.ts';
import { orRefuse, refuseContested } from '../or-refuse.ts';
import { type AdoptedAs, adoptUnknown } from './adopt-originals.ts';
import { contestText } from './contest.ts';
import { exportOriginals } from './originals-file.ts';

/** Longer than a claim takes with a client that is slow to answer, ms. */
const CLAIM_WAIT_MS = 30_000;

type Answer = Record<string, unknown>;

/** What the user can decide about a contested client. */
export class OwnershipCommands {
  readonly #parts: OperationsParts;

  constructor(parts: OperationsParts) {
    this.#parts = parts;
  }

  async takeOwnership(): Promise<Answer> {
    const { service, bus, clock } = this.#parts;
    this.#refuseDryRun();
    this.#refuseOffline();
    if (service.link === 'online') return { status: 'already_owner', contest: null, ...this.#timestamp() };
    const { contest } = service.actor.getSnapshot().context;
    if (contest?.kind === 'unknown-limits') {
      throw new OperationRefused(409, 'unknown_limits', contestText(contest));
    }
    // A claim ends with a plan or with the rollback that waited for it, or contested for another reason, or without a connection.
    const ended = nextEvent<void>(CLAIM_WAIT_MS, (settle) => [
      bus.on('state:changed', ({ machine, to }) => {
        if (machine === 'link' && to !== 'connecting' && to !== 'online') settle();
        if (machine === 'cycle' && to === 'planning') settle();
        if (machine === 'service' && to === 'rollingBack.restoring') settle();
      }),
    ]);
    bus.emit('ownership:taken', { at: clock.now() });
    service.actor.send({ type: 'TAKE_OWNERSHIP' });
    await ended;
    this.#refuseOffline();
    const { contest: left } = service.actor.getSnapshot().context;
    return { status: left === null ? 'taken' : 'contested', contest: left, ...this.#timestamp() };
  }

  /** For torrents with limits that Qguardarr wrote and whose originals the journal does not know. */
  async adoptOriginals(as: AdoptedAs): Promise<Answer> {
    const { service, journal, bus, clock } = this.#parts;
    this.#refuseDryRun();
    this.#refuseOffline();
    // The limits of another controller that is alive are its to restore, and its originals would be replaced.
    if (service.actor.getSnapshot().context.contest?.kind !== 'unknown-limits') refuseContested(service);
    const unknown = service.effects.unknownLimits();
    const { held, picture, observer } = service;
    const trackerOf = (key: string) => {
      const torrent = picture.get(key);
      return torrent === undefined ? null : observer.trackerOf(torrent);
    };
    const count = await orRefuse(() =>
      service.exclusively(() => adoptUnknown({ journal, held, trackerOf, now: clock.now() }, unknown, as)),
    );
    bus.emit('originals:adopted', { as, torrents: count, at: clock.now() });
    service.requestCycle('resume');
    return { status: 'adopted', as: as.replace('-', '_'), count, ...this.#timestamp() };
  }

  /** Every original that the journal knows, for a backup or another journal. */
  originals(): Answer {
    return exportOriginals(this.#parts.journal);
  }

  #refuseDryRun(): void {
    if (this.#parts.service.live.dryRun === null) return;
    throw new OperationRefused(
      409,
      'dry_run',
      'global.dry_run is on, and a dry run writes nothing: switch it off.',
    );
  }

  #refuseOffline(): void {
    const { link, actor } = this.#parts.service;
    if (link === 'online' || link === 'contested') return;
    const why = actor.getSnapshot().context.linkProblem ?? 'not connected yet';
    throw new OperationRefused(503, 'offline', `qBittorrent is not connected: ${why}`);
  }

  #timestamp(): { readonly timestamp: string } {
    return { timestamp: new Date(this.#parts.clock.now()).toISOString() };
  }
}
