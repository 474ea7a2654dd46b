/** Tracker patterns: RE2 syntax, run in linear time, so that no pattern and no URL can stall the loop. */
import { RE2JS } from 're2js';

// Escapes and character classes are consumed first, so that "\(?=" and "[(?=]" are not taken for groups.
const UNSUPPORTED =
  /\\([1-9]|k[<{'])|\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\(\?(<?[=!]|>|\(|#|P[=>]|R|&|\d)|[*+?}](\+)/gs;

function unsupportedSyntax(pattern: string): string | null {
  for (const [token, backreference, group, possessive] of pattern.matchAll(UNSUPPORTED)) {
    if (backreference !== undefined || group === 'P=') return `a backreference (${token})`;
    if (group === '=' || group === '!') return `a lookahead (${token})`;
    if (group === '<=' || group === '<!') return `a lookbehind (${token})`;
    if (group === '>') return 'an atomic group ((?>)';
    if (group === '#') return 'a comment ((?#)';
    if (group !== undefined) return `a conditional or recursive group (${token})`;
    if (possessive !== undefined) return `a possessive quantifier (${token})`;
  }
  return null;
}

/** Some 400 hosts. To compile a pattern sixty times as long takes seconds. */
const MAX_LENGTH = 10_000;

/** Case is ignored. Throws what `checkPattern` explains. */
export function compilePattern(pattern: string): RE2JS {
  return RE2JS.compile(pattern, RE2JS.CASE_INSENSITIVE);
}

/** @returns why the pattern can't be used, in the user's words, or null when it can. */
export function checkPattern(pattern: string): string | null {
  if (pattern.trim() === '') return 'is empty; write ".*" to match every tracker';
  if (pattern.length > MAX_LENGTH) return `is longer than ${MAX_LENGTH} characters`;
  try {
    compilePattern(pattern);
    return null;
  } catch (cause) {
    const unsupported = unsupportedSyntax(pattern);
    if (unsupported !== null) {
      return `uses ${unsupported}, which is not supported: patterns run on a linear-time engine (RE2 syntax), without lookarounds and backreferences`;
    }
    const detail = cause instanceof Error ? cause.message.replace(/^error parsing regexp: /, '') : 'unknown';
    return `is not a valid regular expression (RE2 syntax): ${detail.replace('`(?i)', '`')}`;
  }
}

// One host of every character a host can be made of, so that only a pattern without a demand matches all.
const PROBES = [...'abcdefghijklmnopqrstuvwxyz0123456789'].map((letter) => `${letter}/`).concat('[::]/');

/** Whether a pattern matches every announce URL: ".*", ".+", "^.*$" and the like. False for an invalid one. */
export function isCatchAll(pattern: string): boolean {
  if (checkPattern(pattern) !== null) return false;
  const compiled = compilePattern(pattern);
  return PROBES.every((probe) => compiled.test(probe));
}
