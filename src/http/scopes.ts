import type { KeyScope } from '../config/access.ts';

/** Methods that change nothing here. */
export const READING_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Whether a key of this scope opens the request. @param path without the base path */
export function isWithin(scope: KeyScope, method: string, path: string): boolean {
  switch (scope) {
    case 'admin':
      return true;
    case 'read':
      return READING_METHODS.has(method);
    case 'webhook':
      return method === 'POST' && path === '/webhook';
  }
}

/** What a key of this scope is for, to complete "this key is for ...". */
export const SCOPE_IN_WORDS: Readonly<Record<KeyScope, string>> = {
  admin: 'everything',
  read: 'reading only',
  webhook: 'POST /webhook only',
};
