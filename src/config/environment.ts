/**
 * The environment as a source of values: `.env` beneath the real variables, and files behind `..._FILE`
 * (container secrets). Nothing here changes `process.env`.
 */
import { parse as parseDotenv } from 'dotenv';
import { KIB, readRegularText, UnfitFile } from '../files/read-regular.ts';
import { type Finding, isSecretName, quote } from './issues.ts';
import type { Variable } from './substitute.ts';

export type Environment = Readonly<Record<string, string | undefined>>;
/** Reads a text file; rejects when it can't. */
export type ReadFile = (path: string) => Promise<string>;

/** A variable of that very name, nothing inherited. */
export function variable(env: Environment, name: string): string | undefined {
  return Object.hasOwn(env, name) ? env[name] : undefined;
}

/** A config for thousands of trackers has less. */
const MAX_FILE_BYTES = 1024 * KIB;

/** The text of a config, of a file beside it, or of one that it names: a regular file of 1 MiB at most. */
export function readConfigFile(file: string): Promise<string> {
  return readRegularText(file, MAX_FILE_BYTES);
}

/** 'ENOENT' and the like: says why a file can't be read without repeating its contents. */
export function readFailure(cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown error';
  if (code === 'ENOENT') return 'there is no such file';
  if (code === 'EACCES') return 'no permission to read it';
  if (code === 'EISDIR')
    return 'it is a folder, not a file (a container makes one when the file to mount is missing)';
  if (cause instanceof UnfitFile) return cause.message;
  return code;
}

/**
 * The variables of a `.env` file beneath those of `env`, which win. A missing file is no error; one that
 * can't be read is.
 */
export async function withDotenv(
  env: Environment,
  file: string,
  readFile: ReadFile,
): Promise<{ readonly env: Environment; readonly findings: readonly Finding[] }> {
  try {
    return { env: { ...parseDotenv(await readFile(file)), ...env }, findings: [] };
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return { env, findings: [] };
    return { env, findings: [{ path: [], message: `can't read ${quote(file)}: ${readFailure(cause)}` }] };
  }
}

/** What the file that a variable names holds, without its last line break. */
export async function readVariableFile(source: string, file: string, readFile: ReadFile): Promise<Variable> {
  try {
    const text = await readFile(file);
    return { kind: 'value', value: text.replace(/\r?\n$/, ''), secret: true };
  } catch (cause) {
    const reason = `can't read the file ${quote(file)} that ${source} names: ${readFailure(cause)}`;
    return { kind: 'unreadable', reason };
  }
}

/** What each variable holds: itself, even when empty, or else what the file named by `NAME_FILE` holds. */
export async function resolveVariables(
  names: Iterable<string>,
  env: Environment,
  readFile: ReadFile,
): Promise<ReadonlyMap<string, Variable>> {
  const variables = new Map<string, Variable>();
  for (const name of names) {
    const value = variable(env, name);
    const file = variable(env, `${name}_FILE`);
    if (value !== undefined) variables.set(name, { kind: 'value', value, secret: isSecretName(name) });
    else if (file) variables.set(name, await readVariableFile(`${name}_FILE`, file, readFile));
    else variables.set(name, { kind: 'unset' });
  }
  return variables;
}
