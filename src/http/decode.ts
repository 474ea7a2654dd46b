import { isLeft } from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import type { RequestBody } from './body.ts';
import { HttpProblem } from './errors.ts';

/**
 * An object of exactly these fields; a field that may be missing has an `optional` codec.
 * @param unknownFields 'refused' reports each as an error, so that a misspelt one isn't passed over
 */
export function fieldsOf<P extends t.Props>(
  props: P,
  unknownFields: 'refused' | 'ignored',
): t.Decoder<unknown, t.TypeOfProps<P>> {
  const known = Object.keys(props).join(', ');
  return {
    name: `an object with ${known === '' ? 'no fields' : known}`,
    validate(input, context) {
      if (!t.UnknownRecord.is(input)) return t.failure(input, context);
      const errors: t.ValidationError[] = [];
      const decoded: Record<string, unknown> = {};
      for (const [key, codec] of Object.entries(props)) {
        const value = input[key];
        const result = codec.validate(value, t.appendContext(context, key, codec, value));
        if (isLeft(result)) errors.push(...result.left);
        else decoded[key] = result.right;
      }
      for (const key of Object.keys(input)) {
        if (unknownFields === 'ignored' || Object.hasOwn(props, key)) continue;
        const message =
          known === '' ? 'unknown field: none is expected' : `unknown field: known are ${known}`;
        errors.push({ value: undefined, context: t.appendContext(context, key, t.never), message });
      }
      return errors.length > 0 ? t.failures(errors) : t.success(decoded as t.TypeOfProps<P>);
    },
    decode(input) {
      return this.validate(input, [{ key: '', type: this, actual: input }]);
    },
  };
}

/** A field that may be missing, and stands for `fallback` then. */
export function optional<A, const F = A>(codec: t.Type<A, unknown>, fallback: F): t.Type<A | F, unknown> {
  return new t.Type<A | F, unknown>(
    codec.name,
    (value): value is A | F => value === fallback || codec.is(value),
    (input, context) => (input === undefined ? t.success(fallback) : codec.validate(input, context)),
    (value) => value,
  );
}

/** A codec that takes what `is` accepts, unchanged. @param name what was expected, as the error says it */
export function refined<A>(name: string, is: (value: unknown) => value is A): t.Type<A, unknown> {
  return new t.Type<A, unknown>(
    name,
    is,
    (input, context) => (is(input) ? t.success(input) : t.failure(input, context)),
    (value) => value,
  );
}

/** A whole number in min..max; NaN, infinities and digits in a string are refused. */
export function integerBetween(min: number, max: number): t.Type<number, unknown> {
  return refined(
    `an integer from ${min} to ${max}`,
    (value): value is number => Number.isInteger(value) && Number(value) >= min && Number(value) <= max,
  );
}

export function oneOf<const L extends string>(...literals: readonly L[]): t.Type<L, unknown> {
  return refined(`one of ${literals.join(', ')}`, (value): value is L =>
    literals.some((literal) => literal === value),
  );
}

/** Decodes a body for a route that takes nothing but what it knows. Throws HttpProblem 400 'invalid_body'. */
export function decodeStrict<A>(codec: t.Decoder<unknown, A>, body: RequestBody): A {
  if (body.repeated.length > 0) {
    throw invalid(body.repeated.map((name) => `${name}: given more than once`));
  }
  return decodeFields(codec, body.fields);
}

/** Throws HttpProblem 400 'invalid_body' with one line for each field that is wrong. */
export function decodeFields<A>(codec: t.Decoder<unknown, A>, fields: unknown): A {
  const result = codec.decode(fields);
  if (isLeft(result)) throw invalid(result.left.map(describeError));
  return result.right;
}

function invalid(problems: readonly string[]): HttpProblem {
  return new HttpProblem(400, 'invalid_body', problems.join('; '), { details: { problems } });
}

function describeError(error: t.ValidationError): string {
  const field = error.context
    .map(({ key }) => key)
    .filter((key) => key !== '')
    .join('.');
  const expected = error.message ?? `expected ${error.context.at(-1)?.type.name ?? 'something else'}`;
  const got = expected.startsWith('expected ') ? `, got ${describeValue(error.value)}` : '';
  return `${shorten(field)}: ${expected}${got}`;
}

function describeValue(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  return shorten(typeof value === 'string' ? `"${value}"` : String(value));
}

function shorten(text: string): string {
  return text.length <= 60 ? text : `${text.slice(0, 57)}...`;
}
