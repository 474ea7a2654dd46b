import { createSecureContext } from 'node:tls';
import { readFailure } from '../config/environment.ts';
import { MIB, readRegular } from '../files/read-regular.ts';

/** A certificate with its chain, and its key, in PEM. */
export interface TlsFiles {
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** The certificate or its key can't be used. The message holds nothing of them. */
export class TlsFilesError extends Error {
  override readonly name = 'TlsFilesError';
}

/** Rejects with TlsFilesError, with the config key to look at. */
export async function loadTlsFiles(certFile: string, keyFile: string): Promise<TlsFiles> {
  const [cert, key] = await Promise.all([
    readPem('global.tls_cert_file', certFile),
    readPem('global.tls_key_file', keyFile),
  ]);
  try {
    createSecureContext({ cert, key });
  } catch (cause) {
    throw new TlsFilesError(
      `global.tls_cert_file (${certFile}) and global.tls_key_file (${keyFile}) can't be used together: expected a ` +
        'certificate in PEM, with its chain, and the key of that certificate in PEM, without a passphrase ' +
        `(${(cause as NodeJS.ErrnoException).code ?? 'unknown error'})`,
      { cause },
    );
  }
  return { cert, key };
}

async function readPem(configKey: string, file: string): Promise<Buffer> {
  try {
    return await readRegular(file, MIB);
  } catch (cause) {
    throw new TlsFilesError(`can't read ${configKey} (${file}): ${readFailure(cause)}`, { cause });
  }
}
