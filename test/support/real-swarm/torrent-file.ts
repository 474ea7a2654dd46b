/** .torrent files over sparse content: all zeros, so every piece has the same hash and no disk space is used. */
import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { bencode } from './bencode.ts';

const PIECE_BYTES = 1024 * 1024;
const ZERO_PIECE_SHA1 = createHash('sha1').update(Buffer.alloc(PIECE_BYTES)).digest();

export interface TorrentFile {
  /** Also the name of the one file in it, and what tells its info-hash from the others'. */
  readonly name: string;
  /** v1, 40 hex digits. */
  readonly infoHash: string;
  readonly sizeBytes: number;
  /** The .torrent file itself. */
  readonly bytes: Buffer;
}

/** @param sizeBytes of the content, a multiple of 1 MiB */
export function makeTorrentFile(name: string, sizeBytes: number, announceUrl: string): TorrentFile {
  const pieces = sizeBytes / PIECE_BYTES;
  if (!Number.isInteger(pieces) || pieces < 1) {
    throw new RangeError(`makeTorrentFile: expected a multiple of ${PIECE_BYTES} bytes, got ${sizeBytes}`);
  }
  const info = bencode({
    length: sizeBytes,
    name,
    'piece length': PIECE_BYTES,
    pieces: Buffer.concat(Array.from({ length: pieces }, () => ZERO_PIECE_SHA1)),
    private: 1,
  });
  const head = bencode({ announce: announceUrl });
  // `info` sorts after `announce`, so the dictionary can be put together around the bytes that were hashed.
  const bytes = Buffer.concat([head.subarray(0, -1), bencode('info'), info, Buffer.from('e')]);
  return { name, infoHash: createHash('sha1').update(info).digest('hex'), sizeBytes, bytes };
}

/** Makes a file of that many zeros which takes no space on disk. */
export async function makeSparseFile(path: string, sizeBytes: number): Promise<void> {
  const file = await open(path, 'w');
  try {
    await file.truncate(sizeBytes);
  } finally {
    await file.close();
  }
}
