/**
 * NeDB's reader takes these for line ends, while JSON.stringify lets them stand: in a reason that a user gave they
 * would cut the line in two.
 */
const FOREIGN_LINE_ENDS = /[\u0085\u2028\u2029]/g;

/** The same JSON on one line for every reader. */
export function escapeLineEnds(json: string): string {
  return json.replace(FOREIGN_LINE_ENDS, (end) => `\\u${hex(end)}`);
}

/** The first such character as `U+2028`, or null. */
export function foreignLineEnd(json: string): string | null {
  const at = json.search(FOREIGN_LINE_ENDS);
  return at < 0 ? null : `U+${hex(json.charAt(at))}`;
}

function hex(character: string): string {
  return character.charCodeAt(0).toString(16).padStart(4, '0');
}
