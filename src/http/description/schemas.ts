/** The building blocks of the answers' schemas. Objects are closed, so that a field without a description is found. */
import type { JsonSchema } from '../../config/json-schema.ts';

type Props = Readonly<Record<string, JsonSchema>>;

/** @param props a name that ends in "?" may be missing */
export function object(props: Props, description?: string): JsonSchema {
  const entries = Object.entries(props);
  const required = entries.map(([name]) => name).filter((name) => !name.endsWith('?'));
  return {
    ...(description === undefined ? {} : { description }),
    type: 'object',
    properties: Object.fromEntries(entries.map(([name, schema]) => [name.replace(/\?$/, ''), schema])),
    required,
    additionalProperties: false,
  };
}

/** An object of which only some fields are known beforehand. */
export function openObject(props: Props, description?: string): JsonSchema {
  return { ...object(props, description), additionalProperties: true };
}

/** @param keys what its keys are, such as "tracker id" */
export function mapOf(keys: string, schema: JsonSchema): JsonSchema {
  return { description: `By ${keys}.`, type: 'object', additionalProperties: schema };
}

export function listOf(items: JsonSchema, description?: string): JsonSchema {
  return { ...(description === undefined ? {} : { description }), type: 'array', items };
}

export function text(description?: string): JsonSchema {
  return { type: 'string', ...(description === undefined ? {} : { description }) };
}

export function number(description?: string): JsonSchema {
  return { type: 'number', ...(description === undefined ? {} : { description }) };
}

export function count(description?: string): JsonSchema {
  return { type: 'integer', minimum: 0, ...(description === undefined ? {} : { description }) };
}

export function flag(description?: string): JsonSchema {
  return { type: 'boolean', ...(description === undefined ? {} : { description }) };
}

export function oneOf(...values: readonly string[]): JsonSchema {
  return { enum: values };
}

export function orNull(schema: JsonSchema): JsonSchema {
  return { anyOf: [schema, { type: 'null' }] };
}

export function ref(name: string): JsonSchema {
  return { $ref: `#/components/schemas/${name}` };
}

export const time: JsonSchema = { type: 'string', format: 'date-time' };
export const unixMs: JsonSchema = { type: 'number', description: 'Unix time, ms.' };
export const hash: JsonSchema = { type: 'string', pattern: '^[0-9a-f]{40}$', description: 'Info-hash.' };
export const percentage: JsonSchema = { type: 'integer', minimum: 0, maximum: 100 };
export const bps: JsonSchema = { type: 'number', description: 'B/s.' };
/** null: unlimited. */
export const capBps: JsonSchema = { type: ['number', 'null'], description: 'B/s; null for unlimited.' };
export const mibps: JsonSchema = {
  type: ['number', 'null'],
  description: 'MiB/s, two digits; null for unlimited.',
};
export const wireLimit: JsonSchema = {
  type: 'integer',
  description: "A torrent's upload limit as qBittorrent has it: B/s, 0 or -1 for none.",
};
