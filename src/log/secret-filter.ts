const STARS = '***';

/**
 * Stars known secrets in whatever text is about to leave the process, whichever way they got into it: the last line of
 * defence, behind errors and events that hold none.
 */
export class SecretFilter {
  #secrets: readonly string[] = [];

  /** From now on exactly these. */
  use(secrets: readonly string[]): void {
    // Within JSON some characters of a secret are escaped.
    const forms = secrets.flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1)]);
    this.#secrets = [...new Set(forms)].filter((form) => form !== '').sort((a, b) => b.length - a.length);
  }

  clean(text: string): string {
    return this.#secrets.reduce(
      (cleaned, secret) => (cleaned.includes(secret) ? cleaned.replaceAll(secret, STARS) : cleaned),
      text,
    );
  }
}
