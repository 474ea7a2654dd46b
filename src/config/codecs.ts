/**
 * The building blocks of the config's codecs. Unlike io-ts's own: mappings are closed (a misspelt key is an
 * error, never dropped), numbers are finite and ranged, and numbers and booleans are also read from text,
 * since `${VAR}` and environment variables give text.
 *
 * A message that starts with "expected" is completed with what came by whoever reports it, who knows which
 * values are secret; a codec itself never puts a value into a message.
 */
import * as t from 'io-ts';
import { quote } from './issues.ts';
import type { JsonSchema } from './json-schema.ts';
import { nearest } from './suggest.ts';

/** What a field is made of, so that paths can be looked up, and the field be described, without a value. */
export type Shape = (
  | {
      readonly kind: 'value';
      /** Never shown, whatever the name of its key. */
      readonly secret?: boolean;
      /** Whether a text that was refused may be shown; default all may. A password in the wrong place may not. */
      readonly isLikely?: (text: string) => boolean;
      /** Of JSON Schema; default any text. Numbers and flags may be given as text too, which isn't said. */
      readonly schema?: JsonSchema;
    }
  | { readonly kind: 'list'; readonly item: Shape }
  | { readonly kind: 'section'; readonly keys: ReadonlyMap<string, Shape> }
) & {
  /** What stands for it when it is left out. */
  readonly default?: unknown;
  /** A section that may be left out as a whole. */
  readonly optional?: boolean;
};

const VALUE: Shape = { kind: 'value' };

/** A codec of the config: decodes to A, encodes to itself, and knows its shape. */
export class Field<A> extends t.Type<A, A, unknown> {
  readonly shape: Shape;

  constructor(name: string, validate: t.Validate<unknown, A>, shape: Shape = VALUE) {
    super(name, (value): value is A => validate(value, [])._tag === 'Right', validate, t.identity);
    this.shape = shape;
  }
}

/** @param isLikely whether a text is an attempt at such a value, and so may be repeated in an error */
function value<A>(
  expected: string,
  schema: JsonSchema,
  isLikely: (text: string) => boolean,
  read: (input: unknown) => A | undefined,
): Field<A> {
  return new Field(
    expected,
    (input, context) => {
      const decoded = read(input);
      if (decoded === undefined) return t.failure(input, context, `expected ${expected}`);
      return t.success(decoded);
    },
    { kind: 'value', isLikely, schema },
  );
}

/** @param accepts what the text must fulfil; `expected` says so in words */
export function text(expected = 'text', accepts: (input: string) => boolean = () => true): Field<string> {
  return new Field(expected, (input, context) => {
    if (typeof input === 'string' && accepts(input)) return t.success(input);
    // YAML reads a bare 0123 or true as a number or boolean.
    const bare = typeof input === 'number' || typeof input === 'boolean';
    return t.failure(input, context, `expected ${expected}${bare ? ' (put it in quotes)' : ''}`);
  });
}

export function textMatching(expected: string, form: RegExp): Field<string> {
  return text(expected, (input) => form.test(input));
}

// YAML 1.1, which other tools read, also allows 10_485_760.
const NUMERIC = /^[+-]?\d[\d_]*(\.\d+)?(e[+-]?\d+)?$/i;

function readNumber(input: unknown): number {
  if (typeof input === 'number') return input;
  if (typeof input !== 'string') return Number.NaN;
  const trimmed = input.trim();
  return NUMERIC.test(trimmed) ? Number(trimmed.replaceAll('_', '')) : Number.NaN;
}

/** '10 MiB/s', '1,000', 'ten' and the like. */
function looksLikeNumber(text: string): boolean {
  return /^[+-]?[\d.,_ ]*[a-z%/]{0,6}$/i.test(text);
}

export interface Range {
  readonly min: number;
  readonly max: number;
  /** 'seconds', for the message. */
  readonly unit?: string;
}

function rangeInWords({ min, max, unit }: Range): string {
  return `from ${min} to ${max}${unit === undefined ? '' : ` (${unit})`}`;
}

export function decimal(range: Range): Field<number> {
  const schema = { type: 'number', minimum: range.min, maximum: range.max };
  return value(`number ${rangeInWords(range)}`, schema, looksLikeNumber, (input) => {
    const number = readNumber(input);
    return Number.isFinite(number) && number >= range.min && number <= range.max ? number : undefined;
  });
}

export function integer(range: Range): Field<number> {
  const { min, max } = range;
  return integerWhere(`integer ${rangeInWords(range)}`, (n) => n >= min && n <= max, {
    minimum: min,
    maximum: max,
  });
}

/** @param schema what of `accepts` JSON Schema can say */
export function integerWhere(
  expected: string,
  accepts: (number: number) => boolean,
  schema: JsonSchema = {},
): Field<number> {
  return value(expected, { type: 'integer', ...schema }, looksLikeNumber, (input) => {
    const number = readNumber(input);
    return Number.isSafeInteger(number) && accepts(number) ? number : undefined;
  });
}

const FLAGS: ReadonlyMap<string, boolean> = new Map([
  ...['true', 'yes', 'on', '1'].map((word) => [word, true] as const),
  ...['false', 'no', 'off', '0'].map((word) => [word, false] as const),
]);

export const flag: Field<boolean> = value(
  'true or false',
  { type: 'boolean' },
  (text) => /^[a-z\d]{1,6}$/i.test(text),
  (input) => {
    if (typeof input === 'boolean') return input;
    return typeof input === 'string' ? FLAGS.get(input.trim().toLowerCase()) : undefined;
  },
);

/** One of a few words, in any case. YAML's bare `off` and `no` are words here too. */
export function choice<const W extends string>(...words: readonly W[]): Field<W> {
  return value(
    `one of ${words.join(', ')}`,
    { enum: words },
    (text) => /^[a-z_]{1,12}$/i.test(text) || nearest(text, words) !== null,
    (input) => {
      if (typeof input !== 'string') return undefined;
      const wanted = input.trim().toLowerCase();
      return words.find((word) => word.toLowerCase() === wanted);
    },
  );
}

/** Its value is never shown: not in a message, nor when the config is. */
export function secret<A>(field: Field<A>): Field<A> {
  return new Field(field.name, (input, context) => field.validate(input, context), {
    kind: 'value',
    secret: true,
  });
}

/** Left out, or written without a value: the default. */
export function optional<A>(field: Field<A>, fallback: A): Field<A> {
  return new Field(
    field.name,
    (input, context) =>
      input === undefined || input === null ? t.success(fallback) : field.validate(input, context),
    { ...field.shape, default: fallback },
  );
}

/** A section that may be left out or empty: then every key in it has its default. */
export function optionalSection<A>(section: Field<A>): Field<A> {
  const shape = { ...section.shape, optional: true };
  return new Field(section.name, (input, context) => section.validate(input ?? {}, context), shape);
}

export function list<A>(item: Field<A>, minimum = 0): Field<readonly A[]> {
  const expected =
    minimum > 0 ? `expected a list ("- ...") of at least ${minimum}` : 'expected a list ("- ...")';
  return new Field(
    expected,
    (input, context) => {
      if (!Array.isArray(input) || input.length < minimum) return t.failure(input, context, expected);
      const items: A[] = [];
      const errors: t.ValidationError[] = [];
      for (const [index, element] of input.entries()) {
        const result = item.validate(element, t.appendContext(context, String(index), item, element));
        if (result._tag === 'Right') items.push(result.right);
        else errors.push(...result.left);
      }
      return errors.length > 0 ? t.failures(errors) : t.success(items);
    },
    { kind: 'list', item: item.shape },
  );
}

export function isMapping(input: unknown): input is Readonly<Record<string, unknown>> {
  return typeof input === 'object' && input !== null && !Array.isArray(input);
}

/** A mapping of exactly these keys. Every unknown key is reported, with the nearest known one. */
export function closed<A extends object>(
  fields: {
    readonly [K in keyof A]: Field<A[K]>;
  },
): Field<Readonly<A>> {
  const names = Object.keys(fields) as (keyof A & string)[];
  return new Field(
    'mapping',
    (input, context) => {
      if (!isMapping(input)) return t.failure(input, context, 'expected a mapping ("key: value" lines)');
      const errors: t.ValidationError[] = [];
      const entries: [string, unknown][] = [];
      const misspelt = new Set<string>();
      for (const key of Object.keys(input)) {
        if (Object.hasOwn(fields, key)) continue;
        const hint = nearest(key, names);
        if (hint !== null) misspelt.add(hint);
        const advice = hint === null ? `known here: ${names.join(', ')}` : `did you mean ${quote(hint)}?`;
        errors.push({
          value: undefined,
          context: t.appendContext(context, key, t.never),
          message: `unknown key; ${advice}`,
        });
      }
      for (const key of names) {
        const field = fields[key];
        const element = Object.hasOwn(input, key) ? input[key] : undefined;
        // One mistake, one message: the misspelt key is not missing as well.
        if (element === undefined && misspelt.has(key)) continue;
        const result = field.validate(element, t.appendContext(context, key, field, element));
        if (result._tag === 'Right') entries.push([key, result.right]);
        else errors.push(...result.left);
      }
      if (errors.length > 0) return t.failures(errors);
      // Sound: each entry was decoded by the field of its own key.
      return t.success(Object.fromEntries(entries) as A);
    },
    { kind: 'section', keys: new Map(names.map((key) => [key, fields[key].shape])) },
  );
}
