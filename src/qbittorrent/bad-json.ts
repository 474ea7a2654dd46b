/** A text is no JSON, or larger in some part than anything real: what is wrong, without any of the text. */
export class BadJson extends Error {
  override readonly name = 'BadJson';
}

/** @throws BadJson */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not as a cause: V8 quotes the text around the fault, which may hold a passkey.
    throw new BadJson('it is no JSON');
  }
}
