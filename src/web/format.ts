/* Numbers and times as people read them. Rates are binary, as in the config and in qBittorrent. */

const KIB = 1024;
const MIB = KIB * KIB;

/** "3.91 MiB/s", "812 KiB/s", "0 KiB/s"; null is unlimited. */
export function rate(bps: number | null): string {
  if (bps === null) return 'unlimited';
  if (bps >= 1000 * KIB)
    return `${(bps / MIB).toFixed(bps >= 100 * MIB ? 0 : bps >= 10 * MIB ? 1 : 2)} MiB/s`;
  return `${(bps / KIB).toFixed(bps > 0 && bps < 10 * KIB ? 1 : 0)} KiB/s`;
}

/** As qBittorrent has limits on the wire: 0 and below mean none. */
export function wireRate(wire: number): string {
  return rate(wire <= 0 ? null : wire);
}

/** "+512 KiB/s", "-1.00 MiB/s". */
export function signedRate(bps: number): string {
  return `${bps < 0 ? '−' : '+'}${rate(Math.abs(bps))}`;
}

export function percent(part: number): string {
  return `${Math.round(part * 100)} %`;
}

export function count(value: number): string {
  return value.toLocaleString('en-GB').replaceAll(',', '\u202f');
}

/** "12 torrents", "1 torrent". */
export function counted(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** "8 s", "4 min", "3 h 20 min", "2 d 4 h". */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  return hours % 24 === 0 ? `${Math.floor(hours / 24)} d` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** "14:03:22", with the date when it isn't today's. */
export function moment(at: string | number, now: number): string {
  const date = new Date(at);
  const time = date.toLocaleTimeString('en-GB');
  return date.toDateString() === new Date(now).toDateString()
    ? time
    : `${date.toLocaleDateString('en-GB', { day: 'numeric', month: 'short' })} ${time}`;
}

/** "rollingBack.restoring" → "rolling back, restoring". */
export function stateWords(state: string): string {
  return state.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`).replace('.', ', ');
}
