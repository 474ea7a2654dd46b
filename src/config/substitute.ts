/**
 * `${VAR}` and `${VAR:-default}` inside the texts of a config tree. It works on parsed values, never on the
 * file's text, so that a quote, "#" or line break in a password can't change the YAML around it. A value put
 * in stays text and is not searched again. `$${` stands for a plain "${".
 */
import { isMapping } from './codecs.ts';
import { type Finding, isSecretName, type Path } from './issues.ts';

/** What a variable holds: a value, unset, or set through a file that can't be read (then why). */
export type Variable =
  | { readonly kind: 'value'; readonly value: string; readonly secret: boolean }
  | { readonly kind: 'unset' }
  | { readonly kind: 'unreadable'; readonly reason: string };

export interface Substitution {
  readonly tree: unknown;
  readonly findings: readonly Finding[];
  /** Where a value came from a variable that holds a secret: never shown, whatever the key. */
  readonly secretPaths: readonly Path[];
}

const REFERENCE = /\$\$\{|\$\{(?:([A-Za-z_][A-Za-z0-9_]*)(?::-([^{}]*))?\})?/g;

const MALFORMED = `expected \${NAME} or \${NAME:-default}, a name being letters, digits and "_"; a plain "\${" is written "$\${"`;

/** The names of all variables that a tree refers to. */
export function variablesIn(tree: unknown): ReadonlySet<string> {
  const names = new Set<string>();
  substitute(tree, (name) => {
    names.add(name);
    return { kind: 'unset' };
  });
  return names;
}

/** @param lookUp what a variable holds */
export function substitute(tree: unknown, lookUp: (name: string) => Variable): Substitution {
  const findings: Finding[] = [];
  const secretPaths: Path[] = [];

  function fill(text: string, path: Path): string | undefined {
    let failed = false;
    function fail(message: string): string {
      if (!failed) findings.push({ path, message });
      failed = true;
      return '';
    }
    const filled = text.replace(REFERENCE, (found: string, name?: string, fallback?: string) => {
      if (found === '$${') return '${';
      if (name === undefined) {
        return fail(MALFORMED);
      }
      const variable = lookUp(name);
      if (variable.kind === 'unreadable') return fail(variable.reason);
      if (variable.kind === 'value') {
        if (variable.secret || isSecretName(name)) secretPaths.push(path);
        return variable.value;
      }
      if (fallback !== undefined) return fallback;
      return fail(
        `the variable ${name} is not set and has no default: set it, or write \${${name}:-default}`,
      );
    });
    return failed ? undefined : filled;
  }

  function walk(value: unknown, path: Path): unknown {
    if (typeof value === 'string') return value.includes('${') ? fill(value, path) : value;
    if (Array.isArray(value)) return value.map((item, index) => walk(item, [...path, index]));
    if (!isMapping(value)) return value;
    // fromEntries defines own keys, "__proto__" too, and sets no prototype.
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, walk(item, [...path, key])]));
  }

  return { tree: walk(tree, []), findings, secretPaths };
}
