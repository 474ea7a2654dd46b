import { isLeft } from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import type { Field } from '../config/codecs.ts';
import type { JsonSchema } from '../config/json-schema.ts';
import type { RequestBody } from './body.ts';
import { HttpProblem } from './errors.ts';

/** A codec that can say in JSON Schema what it takes. */
export class Described<A> extends t.Type<A, unknown> {
  readonly schema: JsonSchema;
  /** Whether the field may be missing. */
  readonly isOptional: boolean;

  constructor(
    name: string,
    schema: JsonSchema,
    is: (value: unknown) => value is A,
    validate: t.Validate<unknown, A>,
    isOptional = false,
  ) {
    super(name, is, validate, (value) => value);
    this.schema = schema;
    this.isOptional = isOptional;
  }
}

/** A field of a body or a query: one of ours, or one of the config's. */
export type AnyField = t.Props[string] &
  (Pick<Described<unknown>, 'schema' | 'isOptional'> | Pick<Field<unknown>, 'shape'>);
export type FieldSet = Readonly<Record<string, AnyField>>;

export interface FieldsDecoder<P extends FieldSet>
  extends t.Decoder<unknown, { [K in keyof P]: t.TypeOf<P[K]> }> {
  readonly props: P;
  readonly unknownFields: 'refused' | 'ignored';
}

/**
 * An object of exactly these fields; a field that may be missing has an `optional` codec.
 * @param unknownFields 'refused' reports each as an error, so that a misspelt one isn't passed over
 */
export function fieldsOf<P extends FieldSet>(
  props: P,
  unknownFields: 'refused' | 'ignored',
): FieldsDecoder<P> {
  type Decoded = { [K in keyof P]: t.TypeOf<P[K]> };
  const known = Object.keys(props).join(', ');
  return {
    name: `an object with ${known === '' ? 'no fields' : known}`,
    props,
    unknownFields,
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
      return errors.length > 0 ? t.failures(errors) : t.success(decoded as Decoded);
    },
    decode(input) {
      return this.validate(input, [{ key: '', type: this, actual: input }]);
    },
  };
}

/** A field that may be missing, and stands for `fallback` then. */
export function optional<A, const F = A>(codec: Described<A>, fallback: F): Described<A | F> {
  return new Described<A | F>(
    codec.name,
    fallback === null ? codec.schema : { ...codec.schema, default: fallback },
    (value): value is A | F => value === fallback || codec.is(value),
    (input, context) => (input === undefined ? t.success(fallback) : codec.validate(input, context)),
    true,
  );
}

/** A codec that takes what `is` accepts, unchanged. @param name what was expected, as the error says it */
export function refined<A>(
  name: string,
  schema: JsonSchema,
  is: (value: unknown) => value is A,
): Described<A> {
  return new Described<A>(name, schema, is, (input, context) =>
    is(input) ? t.success(input) : t.failure(input, context),
  );
}

/** A whole number in min..max; NaN, infinities and digits in a string are refused. */
export function integerBetween(min: number, max: number): Described<number> {
  return refined(
    `an integer from ${min} to ${max}`,
    { type: 'integer', minimum: min, maximum: max },
    (value): value is number => Number.isInteger(value) && Number(value) >= min && Number(value) <= max,
  );
}

export function oneOf<const L extends string>(...literals: readonly L[]): Described<L> {
  return refined(`one of ${literals.join(', ')}`, { enum: literals }, (value): value is L =>
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
