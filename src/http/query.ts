import { isLeft } from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import type { JsonSchema } from '../config/json-schema.ts';
import { Described, type FieldSet, fieldsOf } from './decode.ts';
import { HttpProblem } from './errors.ts';

/*
 * Query parameters by io-ts. A parameter given twice counts once, by its first value; unknown ones are ignored, as
 * ?apikey= may stand beside them.
 */

/** A whole number in min..max; `fallback` when it is missing. */
export function integerParameter(min: number, max: number, fallback: number): Described<number> {
  const schema = { type: 'integer', minimum: min, maximum: max, default: fallback };
  return parameter(`an integer from ${min} to ${max}`, schema, (text) => {
    if (text === undefined) return fallback;
    const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
    return value >= min && value <= max ? value : undefined;
  });
}

/** One of `choices`; `fallback` when it is missing. */
export function choiceParameter<const C extends string>(
  choices: readonly C[],
  fallback: NoInfer<C>,
): Described<C> {
  return parameter(`one of ${choices.join(', ')}`, { enum: choices, default: fallback }, (text) =>
    text === undefined ? fallback : choices.find((choice) => choice === text),
  );
}

/** A text of bounded length; `fallback` when it is missing. */
export function textParameter<F extends string | null>(
  maxLength: number,
  fallback: F,
): Described<string | F> {
  const schema = { type: 'string', maxLength };
  return parameter<string | F>(`at most ${maxLength} characters`, schema, (text) =>
    text === undefined ? fallback : text.length <= maxLength ? text : undefined,
  );
}

/** A text that must be there and not be empty. @param example what to write */
export function neededParameter(example: string): Described<string> {
  const schema = { type: 'string', minLength: 1 };
  return parameter(`a text, as in ${example}`, schema, (text) => text || undefined, false);
}

/** Throws HttpProblem 400 'invalid_query', naming every parameter that is wrong. */
export function decodeQuery<P extends FieldSet>(
  props: P,
  query: URLSearchParams,
): { [K in keyof P]: t.TypeOf<P[K]> } {
  const given: Record<string, unknown> = Object.create(null);
  for (const [name, value] of query) given[name] ??= value;
  const result = fieldsOf(props, 'ignored').decode(given);
  if (!isLeft(result)) return result.right;
  // What was given is not repeated: URLs in a query carry passkeys, and the API key may be there too.
  const problems = result.left.map(({ context }) => {
    const last = context.at(-1);
    return `${last?.key}: expected ${last?.type.name}`;
  });
  throw new HttpProblem(400, 'invalid_query', `${problems.join('; ')}.`, { details: { problems } });
}

function parameter<A>(
  name: string,
  schema: JsonSchema,
  read: (text: string | undefined) => A | undefined,
  isOptional = true,
): Described<A> {
  return new Described<A>(
    name,
    schema,
    (value): value is A => value !== undefined,
    (input, context) => {
      const value = typeof input === 'string' || input === undefined ? read(input) : undefined;
      return value === undefined ? t.failure(input, context) : t.success(value);
    },
    isOptional,
  );
}
