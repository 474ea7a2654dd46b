import { type Child, h } from '../dom.ts';
import { nameIn, type Schema } from './openapi.ts';

/** One line: `integer, 1 to 500, default 100`, `list of Happening`, `text or null`. */
export function typeLine(schema: Schema): Child[] {
  const { $ref, anyOf, oneOf, items, type, enum: choices } = schema;
  if ($ref !== undefined) return [h('a', { href: `#${nameIn($ref)}` }, nameIn($ref))];
  if (schema.const !== undefined) return [JSON.stringify(schema.const)];
  if (choices !== undefined)
    return [choices.map((each) => JSON.stringify(each)).join(' | '), ...defaultOf(schema)];
  const options = anyOf ?? oneOf;
  if (options !== undefined) return options.flatMap((each, n) => [n > 0 ? ' or ' : null, ...typeLine(each)]);
  if (items !== undefined) return ['list of ', ...typeLine(items)];
  if (typeof schema.additionalProperties === 'object') {
    return ['map of ', ...typeLine(schema.additionalProperties)];
  }
  const names = (Array.isArray(type) ? type : [type ?? 'anything']).map((name: string) =>
    name === 'string' ? 'text' : name,
  );
  return [names.join(' or '), ...rangeOf(schema), ...defaultOf(schema)];
}

function rangeOf({ minimum, maximum }: Schema): Child[] {
  if (minimum === undefined || maximum === undefined) return [];
  return [maximum === Number.MAX_SAFE_INTEGER ? `, from ${minimum}` : `, ${minimum} to ${maximum}`];
}

function defaultOf(schema: Schema): Child[] {
  return schema.default === undefined ? [] : [`, default ${JSON.stringify(schema.default)}`];
}

/** The fields within a schema, however deep it nests; null when it has none. */
export function fieldsView(schema: Schema): HTMLElement | null {
  const options = [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])];
  if (options.length > 0) {
    const views = options.map(fieldsView).filter((view) => view !== null);
    return views.length === 0 ? null : h('div', { class: 'options' }, ...views);
  }
  if (schema.items !== undefined) return fieldsView(schema.items);
  if (typeof schema.additionalProperties === 'object') return fieldsView(schema.additionalProperties);
  const fields = Object.entries(schema.properties ?? {});
  if (fields.length === 0) return null;
  return h(
    'ul',
    { class: 'fields' },
    ...fields.map(([name, field]) =>
      h(
        'li',
        null,
        h('code', null, name),
        ' ',
        h('span', { class: 'type' }, ...typeLine(field)),
        schema.required?.includes(name) === true ? null : h('span', { class: 'type' }, ', may be missing'),
        field.description === undefined ? null : h('span', { class: 'note' }, ` ${field.description}`),
        fieldsView(field),
      ),
    ),
  );
}
