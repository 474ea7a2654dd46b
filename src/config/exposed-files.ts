/** Files with secrets that other users of the machine can read or change. */
import { stat } from 'node:fs/promises';
import { parse as parseDotenv } from 'dotenv';
import { readConfigFile } from './environment.ts';
import { isSecretName } from './issues.ts';
import type { Config } from './schema.ts';
import { holdsSecrets } from './secrets.ts';
import { readYaml } from './yaml-file.ts';

const OTHERS_READ = 0o004;
const OTHERS_WRITE = 0o002;

export interface ExposedFile {
  /** Such as: q.yaml holds secrets, and every user of this machine can read it (mode 644) */
  readonly problem: string;
  readonly advice: string;
}

/**
 * Of the config, the `.env` and the certificate's key, those that are open to every user. One that takes its secrets from
 * elsewhere (`${NAME}`) is reported only when others can change it. Files that can't be read are left out. Never rejects.
 * @param dotenv path of the `.env`
 */
export async function exposedFiles(
  path: string,
  { global }: Pick<Config, 'global'>,
  dotenv = '.env',
): Promise<readonly ExposedFile[]> {
  // Windows has no such modes.
  if (process.platform === 'win32') return [];
  const { tls_key_file: keyFile } = global;
  const files: readonly (readonly [string, (text: string) => boolean])[] = [
    [path, (text) => holdsSecrets(readYaml(text).tree)],
    [
      dotenv,
      (text) => Object.entries(parseDotenv(text)).some(([name, value]) => value !== '' && isSecretName(name)),
    ],
    ...(keyFile === '' ? [] : [[keyFile, () => true] as const]),
  ];
  const found = await Promise.all(files.map(([file, isSecret]) => examine(file, isSecret).catch(() => null)));
  return found.filter((each) => each !== null);
}

async function examine(file: string, isSecret: (text: string) => boolean): Promise<ExposedFile | null> {
  const mode = (await stat(file)).mode & 0o777;
  const canWrite = (mode & OTHERS_WRITE) !== 0;
  const canRead = (mode & OTHERS_READ) !== 0 && isSecret(await readConfigFile(file));
  if (!canRead && !canWrite) return null;
  const can = [canRead ? 'read' : '', canWrite ? 'change' : ''].filter((word) => word !== '').join(' and ');
  const holds = canRead ? 'holds secrets, and' : 'can have secrets, and';
  return {
    problem: `${file} ${holds} every user of this machine can ${can} it (mode ${mode.toString(8)})`,
    advice: `chmod 600 ${file}, as the user that runs Qguardarr`,
  };
}
