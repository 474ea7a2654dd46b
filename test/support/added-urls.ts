/** Announce URLs as "automatically append these trackers" puts them on every torrent: no cap counts them. */
export function addedUrls(count: number): string[] {
  return Array.from({ length: count }, (_, n) => `udp://added${n}.example:1337/announce`);
}

/** As long as the lists that people share. */
export const ADDED_URLS: readonly string[] = addedUrls(110);
