/** An error as the log shows it. */
export interface DescribedError {
  readonly type: string;
  readonly message: string;
  readonly code?: string;
  readonly stack?: string;
  readonly cause?: string;
}

/** Of any URL to another machine only scheme and host: the rest may hold a passkey, a key or a password. */
export function withoutUrlSecrets(text: string): string {
  return text.replace(
    /\b(https?|udp|wss?):\/\/(?:[^\s"'<>/@]*@)?([^\s"'<>/?#)]*)[^\s"'<>)]*/gi,
    (_, scheme: string, host: string) => `${scheme}://${host}/…`,
  );
}

/**
 * Name, message, code and stack. Never the error's other fields, as pino's own serializer has it: Node puts the
 * URL that it couldn't parse there, others a whole request with its headers.
 */
export function describeError(error: unknown): DescribedError {
  if (!(error instanceof Error)) return { type: typeof error, message: withoutUrlSecrets(String(error)) };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  return {
    type: error.name,
    message: withoutUrlSecrets(error.message),
    ...(code === undefined ? {} : { code }),
    ...(error.stack === undefined ? {} : { stack: withoutUrlSecrets(error.stack) }),
    ...(error.cause instanceof Error ? { cause: withoutUrlSecrets(error.cause.message) } : {}),
  };
}
