import { h } from '../dom.ts';
import { type Answer, nameIn, type OpenApi, type Operation, type Schema } from './openapi.ts';
import { fieldsView, typeLine } from './schema-view.ts';

const root = document.querySelector('#docs') ?? document.body;

function operationView(api: OpenApi, method: string, path: string, operation: Operation): HTMLElement {
  const { parameters = [], requestBody, responses, security } = operation;
  const body = requestBody?.content['application/json']?.schema;
  return h(
    'details',
    { class: 'operation' },
    h(
      'summary',
      null,
      h('code', { class: `method ${method}` }, method.toUpperCase()),
      ' ',
      h('code', null, path),
      h('span', { class: 'note' }, ` ${operation.summary}`),
    ),
    security?.length === 0 ? h('p', null, 'Needs no key.') : null,
    parameters.length === 0 ? null : h('h4', null, 'Parameters'),
    ...parameters.map(({ name, required, schema }) =>
      h('p', null, h('code', null, name), ' ', ...typeLine(schema), required ? ', required' : null),
    ),
    body === undefined ? null : h('h4', null, 'Body, as JSON or as a form'),
    body === undefined ? null : (fieldsView(body) ?? h('p', null, 'None.')),
    h('h4', null, 'Answers'),
    ...Object.entries(responses).map(([status, response]) => answerView(status, answerOf(api, response))),
  );
}

function answerOf(api: OpenApi, response: Operation['responses'][string]): Answer | undefined {
  return '$ref' in response ? api.components.responses[nameIn(response.$ref)] : response;
}

function answerView(status: string, answer: Answer | undefined): HTMLElement {
  const types = Object.entries(answer?.content ?? {}).flatMap(([type, { schema }]) =>
    type === 'application/json' ? typeLine(schema) : [type],
  );
  return h('p', null, h('code', null, status), ' ', ...types, ' ', answer?.description);
}

function schemaView(name: string, schema: Schema): HTMLElement {
  return h(
    'section',
    { id: name, class: 'schema' },
    h('h3', null, name),
    schema.description === undefined ? null : h('p', null, schema.description),
    fieldsView(schema) ?? h('p', null, ...typeLine(schema)),
  );
}

function view(api: OpenApi): Node[] {
  const operations = Object.entries(api.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );
  return [
    h('h1', null, `${api.info.title} ${api.info.version}: HTTP API`),
    h('p', null, api.info.description),
    h(
      'p',
      null,
      h('a', { href: 'openapi.json' }, 'openapi.json'),
      ', ',
      h('a', { href: '../' }, 'dashboard'),
    ),
    ...api.tags.flatMap(({ name }) => [
      h('h2', null, name),
      ...operations
        .filter(({ operation }) => operation.tags.includes(name))
        .map(({ method, path, operation }) => operationView(api, method, path, operation)),
    ]),
    h('h2', null, 'Schemas'),
    ...Object.entries(api.components.schemas).map(([name, schema]) => schemaView(name, schema)),
  ];
}

async function show(): Promise<void> {
  try {
    const response = await fetch('openapi.json');
    if (!response.ok) throw new Error(`it answered ${response.status}`);
    root.replaceChildren(...view((await response.json()) as OpenApi));
    // What the address names is there only now.
    document.getElementById(location.hash.slice(1))?.scrollIntoView();
  } catch (error) {
    root.replaceChildren(h('p', { role: 'alert' }, `The description could not be read: ${String(error)}`));
  }
}

void show();
