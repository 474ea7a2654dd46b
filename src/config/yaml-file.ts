/**
 * The text of a config file as a tree of plain values, with the line of every key.
 *
 * The parser's own messages quote the text around a mistake, which may be a password: they are replaced by
 * words that depend on the kind of mistake only.
 */
import { CST, isMap, isScalar, isSeq, Lexer, LineCounter, type Node, parseDocument } from 'yaml';
import { isMapping } from './codecs.ts';
import { type ConfigIssue, type Finding, formatPath, type Path } from './issues.ts';

export interface YamlFile {
  /** null when it can't be read as a mapping: then `issues` says why. */
  readonly tree: Readonly<Record<string, unknown>> | null;
  readonly issues: readonly ConfigIssue[];
  /** Ties a finding to the line of its key, or of the nearest key above it that is in the file. */
  locate(finding: Finding): ConfigIssue;
}

const MISTAKES: Readonly<Record<string, string>> = {
  BAD_ALIAS: 'a value that starts with "*" refers to an anchor (&name): put it in quotes if it is plain text',
  BAD_COLLECTION_TYPE: 'a tag ("!...") does not fit its value: put the value in quotes if it is plain text',
  BAD_DQ_ESCAPE:
    'a backslash in "double quotes" must be doubled ("\\\\."), or the text be put in \'single quotes\'',
  BAD_INDENT: 'the indentation does not fit the lines above',
  BAD_SCALAR_START: 'a text that starts with @, ` or % must be put in quotes',
  BLOCK_AS_IMPLICIT_KEY: 'a second ": " in one line, or wrong indentation: put the value in quotes',
  BLOCK_IN_FLOW: 'the indentation is wrong, or a closing } or ] is missing above',
  IMPOSSIBLE: 'this is not valid YAML',
  MISSING_CHAR: 'a closing quote or bracket is missing here or above, or a ":" after a key',
  MULTILINE_IMPLICIT_KEY: 'a key must stand on one line and be followed by ": "',
  MULTIPLE_DOCS: 'a second document starts here ("---"): the config is one document',
  TAB_AS_INDENT: 'tabs can not be used for indentation: use spaces',
  TAG_RESOLVE_FAILED: 'a value that starts with "!" is a YAML tag: put it in quotes if it is plain text',
  UNEXPECTED_TOKEN: 'unexpected text: check quotes, brackets and indentation here and in the line above',
};

const MAX_ALIASES = 100;
/** Names of values (&name) and references to them (*name) in all: the parser looks through all names for each. */
const MAX_ANCHORS = 1_000;
/** Texts, signs, line breaks and comments: enough for 2,000 trackers. 100,000 of them take about a second. */
const MAX_TOKENS = 100_000;
const MAX_DEPTH = 64;
const TOO_DEEP = `nested deeper than ${MAX_DEPTH} levels`;
/** Spaces in front of a line: block collections nest by these. */
const MAX_INDENT = 256;

/**
 * What of the text goes beyond any config, or null. Asked before parsing: the parser takes minutes for very many names,
 * and it recurses, and a stack that overflows inside a regular expression ends the process instead of throwing.
 */
function excessOf(text: string): string | null {
  let tokens = 0;
  let anchors = 0;
  let flowDepth = 0;
  let depthInLine = 0;
  let lineStart = true;
  for (const token of new Lexer().lex(text)) {
    const type = CST.tokenType(token);
    tokens += 1;
    if (tokens > MAX_TOKENS) return `too long: a config has at most ${MAX_TOKENS} keys, values and signs`;
    if (type === 'anchor' || type === 'alias') anchors += 1;
    if (anchors > MAX_ANCHORS) return `more than ${MAX_ANCHORS} anchors (&name) and aliases (*name)`;
    if (type === 'flow-map-start' || type === 'flow-seq-start') flowDepth += 1;
    if (type === 'flow-map-end' || type === 'flow-seq-end') flowDepth = Math.max(0, flowDepth - 1);
    if (type === 'seq-item-ind' || type === 'explicit-key-ind') depthInLine += 1;
    if (type === 'map-value-ind' && flowDepth === 0) depthInLine += 1;
    if (lineStart && type === 'space' && token.length > MAX_INDENT) return TOO_DEEP;
    lineStart = type === 'newline';
    if (lineStart) depthInLine = 0;
    if (flowDepth + depthInLine > MAX_DEPTH) return TOO_DEEP;
  }
  return null;
}

interface Outline {
  readonly lines: Map<string, number>;
  readonly issues: ConfigIssue[];
  tooDeep: boolean;
}

/** Notes the line of every key below `node`, and keys that stand twice in one mapping. */
function outline(node: unknown, path: Path, lineAt: (offset: number) => number, into: Outline): void {
  if (path.length > MAX_DEPTH) {
    into.tooDeep = true;
    return;
  }
  const lineOf = (part: unknown, fallback: number): number => {
    const range = (part as Node | null)?.range;
    return range === null || range === undefined ? fallback : lineAt(range[0]);
  };
  const here = into.lines.get(formatPath(path)) ?? 1;
  if (isSeq(node)) {
    for (const [index, item] of node.items.entries()) {
      const itemPath = [...path, index];
      into.lines.set(formatPath(itemPath), lineOf(item, here));
      outline(item, itemPath, lineAt, into);
    }
  }
  if (!isMap(node)) return;
  for (const { key, value } of node.items) {
    const keyPath = [...path, isScalar(key) ? String(key.value) : ''];
    const name = formatPath(keyPath);
    const line = lineOf(key, here);
    const first = into.lines.get(name);
    if (first === undefined) into.lines.set(name, line);
    else into.issues.push({ path: name, message: `stands twice: first in line ${first}`, line });
    outline(value, keyPath, lineAt, into);
  }
}

function unreadable(message: string, line?: number): YamlFile {
  const issue = line === undefined ? { path: '', message } : { path: '', message, line };
  return { tree: null, issues: [issue], locate: ({ message: text }) => ({ path: '', message: text }) };
}

function read(text: string): YamlFile {
  const excess = excessOf(text);
  if (excess !== null) return unreadable(excess);
  const counter = new LineCounter();
  const lineAt = (offset: number): number => counter.linePos(offset).line;
  const document = parseDocument(text, {
    lineCounter: counter,
    prettyErrors: false,
    // Duplicates are reported with their path by `outline`.
    uniqueKeys: false,
    // The parser warns through process.emitWarning, quoting keys.
    logLevel: 'error',
    // YAML 1.1's `<<: *anchor`, which other tools' files use.
    merge: true,
  });
  const mistakes = new Map<number, ConfigIssue>();
  for (const { code, pos } of [...document.errors, ...document.warnings]) {
    const line = lineAt(pos[0]);
    // One mistake makes the parser stumble several times in a line: the first says most.
    if (mistakes.has(line)) continue;
    mistakes.set(line, { path: '', message: MISTAKES[code] ?? 'this is not valid YAML', line });
  }
  if (mistakes.size > 0) {
    return {
      ...unreadable(''),
      issues: [...mistakes.values()].sort((a, b) => (a.line ?? 0) - (b.line ?? 0)),
    };
  }
  if (document.contents === null) return unreadable('the file is empty');
  const found: Outline = { lines: new Map(), issues: [], tooDeep: false };
  outline(document.contents, [], lineAt, found);
  if (found.tooDeep) return unreadable(TOO_DEEP);
  let tree: unknown;
  try {
    tree = document.toJS({ maxAliasCount: MAX_ALIASES });
    // An anchor that contains its own alias makes a ring.
    JSON.stringify(tree);
  } catch {
    return unreadable(
      `aliases (*name) that refer to no anchor, to themselves, or stand for more than ${MAX_ALIASES} values`,
    );
  }
  if (!isMapping(tree)) return unreadable('expected a mapping ("key: value" lines) at the top', 1);
  return {
    tree,
    issues: found.issues,
    locate({ path, message }) {
      for (let length = path.length; length > 0; length -= 1) {
        const line = found.lines.get(formatPath(path.slice(0, length)));
        if (line !== undefined) return { path: formatPath(path), message, line };
      }
      return { path: formatPath(path), message };
    },
  };
}

/** Never throws: what can't be read is an issue. */
export function readYaml(text: string): YamlFile {
  try {
    return read(text);
  } catch {
    return unreadable('this can not be read as YAML');
  }
}
