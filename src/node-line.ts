/** The lines of Node that this release knows of. */

interface Line {
  /** The last day with security fixes, as the Node project has announced it: YYYY-MM-DD. */
  readonly until: string;
  /** The first release of the line that keeps every header of a request (CVE-2026-58044); null: none does. */
  readonly fixedIn: readonly [minor: number, patch: number] | null;
}

const LINES: ReadonlyMap<number, Line> = new Map([
  [20, { until: '2026-04-30', fixedIn: null }],
  [22, { until: '2027-04-30', fixedIn: [23, 2] }],
  [24, { until: '2028-04-30', fixedIn: [18, 1] }],
  [26, { until: '2029-04-30', fixedIn: [5, 1] }],
]);
/** Odd lines live for half a year, those before this one are over. */
const NEWEST_KNOWN = 26;
const ADVICE = 'use Node 24 (24.18.1 or later), as the image does';

/**
 * What is to be said of running on this Node; null when it gets security fixes and has those that matter here. Of a
 * line that came after this release nothing is known, and nothing said.
 * @param version as process.versions.node has it: 20.19.0
 */
export function nodeLineWarning(version: string, today: Date): string | null {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number);
  const line = LINES.get(major);
  if (line === undefined) {
    return major > NEWEST_KNOWN ? null : `Node ${version} gets no security fixes: ${ADVICE}`;
  }
  if (today.toISOString().slice(0, 10) > line.until) {
    return `Node ${version} gets no security fixes since ${line.until}: ${ADVICE}`;
  }
  if (line.fixedIn === null) return null;
  const [fixedMinor, fixedPatch] = line.fixedIn;
  const isFixed = minor > fixedMinor || (minor === fixedMinor && patch >= fixedPatch);
  return isFixed
    ? null
    : `Node ${version} lacks security fixes (such as that of CVE-2026-58044): use ${major}.${fixedMinor}.${fixedPatch} or later`;
}
