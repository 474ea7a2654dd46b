/*
 * Texts from outside (names, answers, reasons) must neither begin a line of their own in a log nor tell a terminal
 * what to do. Meant are controls (C0 and C1), the line separators, and the marks that turn the direction of text.
 */

const UNRULY = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu;
const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** For people: "\u001b" and the like in place of what it stands for. */
export function visible(text: string): string {
  return text.replace(UNRULY, (character) => SHORT[character] ?? escaped(character));
}

/** A line of JSON that means the same, in which no such character stands itself. JSON escapes only C0. */
export function withoutUnruly(jsonLine: string): string {
  return jsonLine.replace(UNRULY, (character) => (character === '\n' ? character : escaped(character)));
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
