/**
 * From a file and an environment to a config, or to everything that is wrong with them at once. In order:
 * parse, put in variables, lay environment keys over it, decode, check rules between keys.
 */
import type { ValidationError } from 'io-ts';
import { crossCheck, warningsFor } from './checks.ts';
import { Field, type Shape } from './codecs.ts';
import {
  type Environment,
  type ReadFile,
  readConfigFile,
  readFailure,
  resolveVariables,
  withDotenv,
} from './environment.ts';
import {
  type ConfigIssue,
  describeValue,
  type Finding,
  formatPath,
  isSecretName,
  type Path,
  quote,
} from './issues.ts';
import { applyOverrides, type Override, readOverrides } from './overrides.ts';
import { type Config, configCodec } from './schema.ts';
import { substitute, variablesIn } from './substitute.ts';
import { readYaml } from './yaml-file.ts';

export interface LoadRequest {
  readonly path: string;
  /** Usually process.env; it is read, never changed. */
  readonly env: Environment;
  /** How files are read: the config, `.env` and `..._FILE` secrets. */
  readonly readFile?: ReadFile;
  /** Variables beneath those of `env`; default '.env' in the working folder, null for none. */
  readonly dotenvPath?: string | null;
}

export type LoadResult =
  | { readonly ok: true; readonly config: Config; readonly warnings: readonly string[] }
  | { readonly ok: false; readonly errors: readonly ConfigIssue[] };

function pathOf(error: ValidationError): Path {
  return error.context.slice(1).map(({ key }, index) => {
    const parent = error.context[index]?.type;
    return parent instanceof Field && parent.shape.kind === 'list' ? Number(key) : key;
  });
}

function isAt(path: Path, other: Path): boolean {
  return path.length === other.length && path.every((step, index) => step === other[index]);
}

/** Completes "expected ..." with what came, unless that is a secret by its key or by where it came from. */
export function toFinding(error: ValidationError, secretPaths: readonly Path[]): Finding {
  const path = pathOf(error);
  const message = error.message ?? 'is not valid';
  if (!message.startsWith('expected ')) return { path, message };
  if (error.value === undefined || error.value === null) return { path, message: `is missing: ${message}` };
  const field = error.context.at(-1)?.type;
  const hidden =
    // What stands where a section or list belongs may be anything, a password included.
    (field instanceof Field && !mayBeShown(field.shape, error.value)) ||
    path.some((step) => typeof step === 'string' && isSecretName(step)) ||
    secretPaths.some((secret) => isAt(secret, path));
  return { path, message: `${message}, got ${describeValue(error.value, hidden)}` };
}

function mayBeShown(shape: Shape, value: unknown): boolean {
  if (shape.kind !== 'value' || shape.secret === true) return false;
  return typeof value !== 'string' || (shape.isLikely?.(value) ?? true);
}

/** For what comes from the environment: the line of the file would mislead. */
function withoutLine({ path, message }: Finding): ConfigIssue {
  return { path: formatPath(path), message };
}

const byLine = (a: ConfigIssue, b: ConfigIssue): number => (a.line ?? Infinity) - (b.line ?? Infinity) || 0;

/** Never rejects: whatever is wrong, the files and the environment included, is in `errors`. */
export async function loadConfig(request: LoadRequest): Promise<LoadResult> {
  const { path, readFile = readConfigFile, dotenvPath = '.env' } = request;
  let text: string;
  try {
    text = await readFile(path);
  } catch (cause) {
    const message = `can't read the config file ${quote(path)}: ${readFailure(cause)}`;
    return { ok: false, errors: [{ path: '', message }] };
  }
  const file = readYaml(text);
  if (file.tree === null) return { ok: false, errors: file.issues };

  const { env, findings: dotenvFindings } =
    dotenvPath === null
      ? { env: request.env, findings: [] }
      : await withDotenv(request.env, dotenvPath, readFile);
  const variables = await resolveVariables(variablesIn(file.tree), env, readFile);
  const filled = substitute(file.tree, (name) => variables.get(name) ?? { kind: 'unset' });
  const outside = await readOverrides(env, configCodec.shape, readFile);
  const applied = applyOverrides(filled.tree, outside.overrides);

  const overrideOf = (finding: Finding): Override | undefined =>
    outside.overrides.find((override) => isAt(override.path, finding.path));
  const unresolved = filled.findings.filter((finding) => overrideOf(finding) === undefined);
  const fromOutside = [...dotenvFindings, ...outside.findings, ...applied.findings];
  const secretPaths = [
    ...filled.secretPaths,
    ...outside.overrides.filter(({ secret }) => secret).map((override) => override.path),
  ];
  const decoded = configCodec.decode(applied.tree);
  const invalid = decoded._tag === 'Left' ? decoded.left.map((error) => toFinding(error, secretPaths)) : [];
  // A value that could not be put in is not missing, or wrong, as well.
  const early = [...unresolved, ...fromOutside];
  const late = [...invalid, ...crossCheck(applied.tree)].filter(
    (finding) => !early.some((other) => isAt(other.path, finding.path)),
  );
  const errors: ConfigIssue[] = [
    ...file.issues,
    ...unresolved.map(file.locate),
    ...late.map((finding) => {
      const source = overrideOf(finding)?.source;
      if (source === undefined) return file.locate(finding);
      return withoutLine({ ...finding, message: `${finding.message} (set by the variable ${source})` });
    }),
    ...fromOutside.map(withoutLine),
  ];
  if (decoded._tag === 'Right' && errors.length === 0) {
    return { ok: true, config: decoded.right, warnings: warningsFor(decoded.right) };
  }
  return { ok: false, errors: errors.sort(byLine) };
}
