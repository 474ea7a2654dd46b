import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePorts } from '../support/real-swarm/free-ports.ts';
import { Qbittorrent } from '../support/real-swarm/qbittorrent.ts';
import { makeSparseFile, makeTorrentFile } from '../support/real-swarm/torrent-file.ts';
import { waitFor } from '../support/real-swarm/wait-for.ts';
import { LimitGate } from './limit-gate.ts';
import { REFRESH_MS, TORRENTS, type World } from './world.ts';

const MIB = 1024 * 1024;

/** A real qbittorrent-nox with the torrents seeding without leechers. Resolves with its version, too. */
export async function realWorld(): Promise<World & { readonly version: string }> {
  const folder = await mkdtemp(path.join(tmpdir(), 'crash-matrix-real-'));
  const [webUiPort = 0, peerPort = 0, gatePort = 0, secondPort = 0] = await freePorts(4);
  const qbittorrent = new Qbittorrent({ folder, webUiPort, peerPort, refreshIntervalMs: REFRESH_MS });
  const gate = new LimitGate(gatePort, webUiPort);
  const secondGate = new LimitGate(secondPort, webUiPort);
  const stop = async () => {
    await Promise.allSettled([gate.stop(), secondGate.stop(), qbittorrent.stop()]);
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  };
  try {
    const version = await qbittorrent.start();
    await gate.start();
    await secondGate.start();
    const hashes = await seedAll(qbittorrent);
    const hashOf = (name: string) => hashes.get(name) ?? '';
    const names = new Map([...hashes].map(([name, hash]) => [hash, name]));
    return {
      gate,
      secondGate,
      version,
      nameOf: (infoHash) => names.get(infoHash) ?? '',
      limits: async () => {
        const limits = await qbittorrent.api.uploadLimits();
        return Object.fromEntries(TORRENTS.map(({ name }) => [name, limits.get(hashOf(name)) ?? -1]));
      },
      set: async (wanted, bps) => await qbittorrent.api.setUploadLimit(wanted.map(hashOf), bps),
      killClient: async () => {
        await qbittorrent.stop();
        for (const one of [gate, secondGate]) one.breakConnections();
      },
      startClient: async () => {
        await qbittorrent.start();
        await untilSeeding(qbittorrent.api);
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Info-hashes by name. */
async function seedAll({ api, contentFolder }: Qbittorrent): Promise<ReadonlyMap<string, string>> {
  const hashes = new Map<string, string>();
  for (const { name, tracker, ownBps } of TORRENTS) {
    // Nothing listens there: the announce URL alone says which tracker it is.
    const file = makeTorrentFile(name, MIB, `http://127.0.0.1:9/${tracker}/announce`);
    await makeSparseFile(path.join(contentFolder, name), MIB);
    await api.addTorrent(name, file.bytes, {
      savePath: contentFolder,
      seedMode: true,
      uploadLimitBps: ownBps,
    });
    hashes.set(name, file.infoHash);
  }
  await untilSeeding(api);
  return hashes;
}

async function untilSeeding(api: Qbittorrent['api']): Promise<void> {
  await waitFor('all torrents to seed', 30_000, async () => {
    const states = (await api.torrents()).map(({ state }) => state);
    return states.length === TORRENTS.length && states.every((state) => state === 'stalledUP')
      ? true
      : undefined;
  });
}
