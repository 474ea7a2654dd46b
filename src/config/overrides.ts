/** Keys set from outside the file: `QGUARDARR__SECTION__KEY`, its `_FILE` form, and `QGUARDARR_API_KEY`. */
import { isMapping, type Shape } from './codecs.ts';
import { type Environment, type ReadFile, readVariableFile, variable } from './environment.ts';
import { type Finding, formatPath, isSecretName, type Path, quote } from './issues.ts';
import type { Variable } from './substitute.ts';
import { nearest } from './suggest.ts';

/** One key set from outside the file. */
export interface Override {
  readonly path: Path;
  readonly value: unknown;
  /** The environment variable, for messages. */
  readonly source: string;
  readonly secret: boolean;
}

const PREFIX = 'QGUARDARR__';
const API_KEY_VARIABLE = 'QGUARDARR_API_KEY';

type Target =
  | { readonly kind: 'key'; readonly path: Path; readonly shape: Shape; readonly fromFile: boolean }
  | { readonly kind: 'unknown'; readonly path: Path; readonly hint: string | null };

/** Finds the key that a variable's name spells, `trackers__0__priority`, in the schema. */
function findTarget(name: string, root: Shape): Target {
  const steps = name.toLowerCase().split('__');
  const path: (string | number)[] = [];
  let shape = root;
  let viaFile = false;
  for (const [index, step] of steps.entries()) {
    let next: Shape | undefined;
    let key: string | number = step;
    if (shape.kind === 'section') {
      next = shape.keys.get(step);
      const isLast = index === steps.length - 1;
      if (next === undefined && isLast && step.endsWith('_file')) {
        key = step.slice(0, -'_file'.length);
        next = shape.keys.get(key);
        viaFile = next !== undefined;
      }
    } else if (shape.kind === 'list' && /^\d{1,4}$/.test(step)) {
      key = Number(step);
      next = shape.item;
    }
    if (next === undefined) {
      const known = shape.kind === 'section' ? [...shape.keys.keys()] : [];
      return { kind: 'unknown', path: [...path, step], hint: nearest(step, known) };
    }
    path.push(key);
    shape = next;
  }
  return { kind: 'key', path, shape, fromFile: viaFile };
}

/** A list of plain values may be given in one variable, separated by commas. */
function splitList(text: string): string[] {
  const items = text.split(',').map((item) => item.trim());
  return items.filter((item) => item !== '');
}

/** Reads every key that the environment sets. Two variables for one key, and unknown keys, are errors. */
export async function readOverrides(
  env: Environment,
  root: Shape,
  readFile: ReadFile,
): Promise<{ readonly overrides: readonly Override[]; readonly findings: readonly Finding[] }> {
  const findings: Finding[] = [];
  const byPath = new Map<string, Override>();

  async function take(source: string, target: Target, value: string): Promise<void> {
    if (target.kind === 'unknown') {
      const hint = target.hint === null ? '' : `; did you mean ${quote(target.hint)}?`;
      findings.push({ path: target.path, message: `unknown key, set by the variable ${source}${hint}` });
      return;
    }
    const { path, shape } = target;
    const listOfValues = shape.kind === 'list' && shape.item.kind === 'value';
    if (shape.kind !== 'value' && !listOfValues) {
      const message = `the variable ${source} names a whole section: set its keys one by one (${source}__...)`;
      findings.push({ path, message });
      return;
    }
    const other = byPath.get(formatPath(path));
    if (other !== undefined) {
      findings.push({ path, message: `set by both ${other.source} and ${source}: keep one` });
      return;
    }
    // `KEY_FILE=` in a compose file: no file given.
    if (target.fromFile && value === '') return;
    const read: Variable = target.fromFile
      ? await readVariableFile(source, value, readFile)
      : { kind: 'value', value, secret: isSecretName(source) };
    if (read.kind === 'unreadable') findings.push({ path, message: read.reason });
    if (read.kind !== 'value') return;
    const decoded = listOfValues ? splitList(read.value) : read.value;
    byPath.set(formatPath(path), { path, value: decoded, source, secret: read.secret });
  }

  for (const source of Object.keys(env).sort()) {
    const value = variable(env, source);
    if (value === undefined) continue;
    if (source.toUpperCase().startsWith(PREFIX)) {
      await take(source, findTarget(source.slice(PREFIX.length), root), value);
    } else if (source === API_KEY_VARIABLE || source === `${API_KEY_VARIABLE}_FILE`) {
      const name = source.slice('QGUARDARR_'.length);
      await take(source, findTarget(`auth__${name}`, root), value);
    }
  }
  const overrides = [...byPath.values()].sort((a, b) =>
    formatPath(a.path).localeCompare(formatPath(b.path), 'en', { numeric: true }),
  );
  return { overrides, findings };
}

function setAt(tree: unknown, [step, ...rest]: Path, value: unknown): unknown {
  if (step === undefined) return value;
  if (typeof step === 'number') {
    const list: unknown = tree ?? [];
    if (!Array.isArray(list) || step > list.length) return tree;
    const items: unknown[] = [...list];
    items[step] = setAt(items[step], rest, value);
    return items;
  }
  const section = tree ?? {};
  if (!isMapping(section)) return tree;
  const inner = Object.hasOwn(section, step) ? section[step] : undefined;
  return { ...section, [step]: setAt(inner, rest, value) };
}

function getAt(tree: unknown, path: Path): unknown {
  return path.reduce((node: unknown, step) => {
    if (Array.isArray(node)) return node[Number(step)];
    return isMapping(node) && Object.hasOwn(node, step) ? node[step] : undefined;
  }, tree);
}

/**
 * A copy of the tree with the overrides set; missing sections and the next item of a list are made. What
 * can't be set, since the file holds something else on the way or the list is shorter, is a finding.
 */
export function applyOverrides(
  tree: unknown,
  overrides: readonly Override[],
): { readonly tree: unknown; readonly findings: readonly Finding[] } {
  const findings: Finding[] = [];
  let result = tree;
  for (const { path, value, source } of overrides) {
    result = setAt(result, path, value);
    if (getAt(result, path) === value) continue;
    const message = `the variable ${source} can't be set: there is no list item or section of that place`;
    findings.push({ path, message });
  }
  return { tree: result, findings };
}
