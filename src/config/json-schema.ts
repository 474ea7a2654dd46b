/** JSON Schema of what the config's codecs take, so that the two can't differ. */
import type { Shape } from './codecs.ts';

export type JsonSchema = Readonly<Record<string, unknown>>;

/**
 * @param complete of a config as decoded, in which every key has a value and every secret is "***"; otherwise of what
 * may be given, with the defaults of keys left out
 */
export function schemaOfShape(shape: Shape, complete: boolean): JsonSchema {
  const schema = ownSchema(shape, complete);
  return complete || shape.default === undefined ? schema : { ...schema, default: shape.default };
}

function ownSchema(shape: Shape, complete: boolean): JsonSchema {
  switch (shape.kind) {
    case 'value':
      return complete && shape.secret === true ? { const: '***' } : (shape.schema ?? { type: 'string' });
    case 'list':
      return { type: 'array', items: schemaOfShape(shape.item, complete) };
    case 'section': {
      const keys = [...shape.keys];
      const required = keys.filter(([, inner]) => complete || !mayBeLeftOut(inner)).map(([key]) => key);
      return {
        type: 'object',
        properties: Object.fromEntries(keys.map(([key, inner]) => [key, schemaOfShape(inner, complete)])),
        ...(required.length > 0 ? { required } : {}),
        additionalProperties: false,
      };
    }
  }
}

function mayBeLeftOut(shape: Shape): boolean {
  return shape.default !== undefined || shape.optional === true;
}
