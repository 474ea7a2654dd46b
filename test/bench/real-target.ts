/** A real qbittorrent-nox full of sparse torrents, for what a simulator might get wrong. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { freePorts } from '../support/real-swarm/free-ports.ts';
import { installationFromEnvironment, whatIsMissing } from '../support/real-swarm/installation.ts';
import { Qbittorrent } from '../support/real-swarm/qbittorrent.ts';
import { makeSparseFile, makeTorrentFile } from '../support/real-swarm/torrent-file.ts';
import { scaleTorrent } from './scale-swarm.ts';
import type { Target } from './targets.ts';

const AT_ONCE = 250;
const SIZE_BYTES = 1024 * 1024;

/** Seeding, announced to trackers that don't exist; there are no leechers, so all hold guard limits and none uploads. */
export async function realTarget(torrents: number): Promise<Target> {
  const installation = installationFromEnvironment();
  const missing = whatIsMissing(installation);
  if (missing !== null) throw new Error(missing);
  const folder = await mkdtemp(path.join(installation.sharedFolder, 'qguardarr-bench-'));
  const [webUiPort = 0, peerPort = 0] = await freePorts(2);
  const client = new Qbittorrent({
    folder,
    webUiPort,
    peerPort,
    installation,
    settings: { MaxConcurrentHTTPAnnounces: 1 },
  });
  const stop = async () => {
    await client.stop();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const version = await client.start();
    await letRelayIn(webUiPort);
    await fill(client, torrents);
    return { name: `qBittorrent ${version}`, torrents, port: webUiPort, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The relay has a port of its own, which qBittorrent would find in the Host header and refuse. */
async function letRelayIn(webUiPort: number): Promise<void> {
  const json = JSON.stringify({ web_ui_host_header_validation_enabled: false });
  const answer = await fetch(`http://127.0.0.1:${webUiPort}/api/v2/app/setPreferences`, {
    method: 'POST',
    body: new URLSearchParams({ json }),
  });
  if (!answer.ok) throw new Error(`app/setPreferences: expected 2xx, got ${answer.status}`);
}

async function fill(client: Qbittorrent, torrents: number): Promise<void> {
  await mkdir(client.contentFolder, { recursive: true });
  for (let from = 0; from < torrents; from += AT_ONCE) {
    const files = Array.from({ length: Math.min(AT_ONCE, torrents - from) }, (_, n) => {
      const { name, trackers } = scaleTorrent(from + n);
      return makeTorrentFile(name, SIZE_BYTES, trackers[0] ?? '');
    });
    await Promise.all(
      files.map(({ name }) => makeSparseFile(path.join(client.contentFolder, name), SIZE_BYTES)),
    );
    await client.api.addTorrents(files, { savePath: client.contentFolder, seedMode: true });
  }
}
