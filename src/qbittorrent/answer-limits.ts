/**
 * How much of an answer is taken. A client that is compromised, or a service that only looks like one, may send
 * anything: it has to end in an error or in less data, never in memory or time without end. Real answers stay far below.
 */
const KIB = 1024;
const MIB = 1024 * KIB;

/** Of sync/maindata, read as it arrives: 110 announce URLs of 100,000 torrents are 470 MB, and stand in magnet links. */
export const MOST_SYNC_BYTES = 4096 * MIB;
/** Of any other answer. Preferences can hold a list of banned addresses. */
export const MOST_OTHER_BYTES = 4 * MIB;
/** Of an answer that is an error: the rest is passed over. */
export const MOST_ERROR_BYTES = 64 * KIB;

/** Brackets within brackets. */
export const MOST_DEPTH = 32;
/** A longer text is read as an empty one: a magnet link names all of a torrent's announce URLs. */
export const LONGEST_TEXT_BYTES = 16 * KIB;
/** Of one torrent, without texts that are too long. */
export const MOST_ENTRY_BYTES = 256 * KIB;
/** Of all in the sync data that is in use, and neither torrent nor tracker. */
export const MOST_REST_BYTES = 64 * KIB;

export const MOST_TORRENTS = 250_000;
/** Characters of a torrent's name, category and the like; the rest is cut off. */
export const LONGEST_NAME = 1024;

/** Info-hashes in the lists of trackers: so many in any case, and more for many torrents. */
export const MOST_LISTED_AT_LEAST = 16_384;
export const MOST_LISTED_PER_TORRENT = 2;
/** Announce URLs in an answer: the same. Past it, those of torrents with the most URLs are left out. */
export const MOST_URLS_AT_LEAST = 16_384;
export const MOST_URLS_PER_TORRENT = 16;
export const MOST_URLS = 262_144;
/** Characters. */
export const LONGEST_URL = 1024;
/** Announce URLs that one torrent can stand under. */
export const MOST_URLS_OF_ONE = 1024;
/** The same, of URLs that come while there are `MOST_URLS` of all torrents. */
export const MOST_URLS_OF_ONE_WHEN_FULL = 4;
/** Announce URLs of torrents that were not told themselves yet. */
export const MOST_EARLY_URLS = 65_536;

/** Of the cookie jar. Only one cookie is the client's; a proxy may add its own. */
export const MOST_COOKIES = 16;
/** Of names and values together; servers refuse headers of 16 KiB. */
export const MOST_COOKIE_CHARACTERS = 8192;
