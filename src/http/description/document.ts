/**
 * The API as an OpenAPI 3.1 document: routes and what they take come from the tables and codecs that the service itself
 * runs on, what they answer from `answers/`, which a test holds against real answers. Built into a file, so that the
 * running service has none of it in memory.
 */
import { type JsonSchema, schemaOfShape } from '../../config/json-schema.ts';
import type { AnyField, FieldSet, FieldsDecoder } from '../decode.ts';
import { routes } from '../routes/index.ts';
import type { Route } from '../routes/route.ts';
import { doingSchemas } from './answers/doing.ts';
import { readingSchemas } from './answers/reading.ts';
import { standingSchemas } from './answers/standing.ts';
import { type Described, OPERATIONS } from './operations.ts';
import { ref } from './schemas.ts';

const REFUSALS: Readonly<Record<number, string>> = {
  400: 'The request is wrong; the message says where.',
  401: 'The API key is missing or wrong, or the login has ended.',
  403: 'Asked for under a foreign name, by a page of another site, or with a key that is for less.',
  404: 'There is nothing of that name.',
  409: 'Not in the state that the service is in.',
  413: 'The body is larger than 64 KiB, than 8 KiB at /webhook, or than 2 KiB at /login and /logout.',
  415: 'The body is neither JSON nor a form.',
  422: 'Understood, but it can not be done as it is.',
  429: 'Too many wrong keys came from this address: wait for Retry-After.',
  500: "A fault inside; the service's log says which.",
  502: 'A target did not take the notification.',
  503: 'Not now: qBittorrent or the journal is away, or too much is under way.',
};

const INTRODUCTION =
  'What Qguardarr answers over HTTP. Speeds in `_mbps` are MiB/s, in `_bps` B/s. Unknown fields may come with later ' +
  'versions; none that is here goes within a major version. From another machine every request needs the API key.';

export const SCHEMAS: Readonly<Record<string, JsonSchema>> = {
  ...standingSchemas,
  ...readingSchemas,
  ...doingSchemas,
};

export function openApiDocument(version: string): JsonSchema {
  const paths: Record<string, Record<string, JsonSchema>> = {};
  for (const route of routes) {
    const described = OPERATIONS[`${route.method} ${route.path}`];
    if (described === undefined) throw new Error(`${route.method} ${route.path} has no description`);
    paths[route.path] = {
      ...paths[route.path],
      [route.method.toLowerCase()]: operation(route, described),
    };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Qguardarr',
      version,
      description: INTRODUCTION,
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '..', description: 'This service.' }],
    tags: [...new Set(Object.values(OPERATIONS).map(({ tag }) => tag))].map((name) => ({ name })),
    security: [{ header: [] }, { query: [] }, { login: [] }, {}],
    paths,
    components: {
      securitySchemes: {
        header: { type: 'apiKey', in: 'header', name: 'X-Api-Key' },
        query: { type: 'apiKey', in: 'query', name: 'apikey', description: 'Where a header can not be set.' },
        login: {
          type: 'apiKey',
          in: 'cookie',
          name: 'qguardarr',
          description: "Set by POST /login; the port is in the cookie's name: qguardarr_8089.",
        },
      },
      responses: Object.fromEntries(
        Object.entries(REFUSALS).map(([status, description]) => [
          status,
          { description, content: json(ref('Problem')) },
        ]),
      ),
      schemas: SCHEMAS,
    },
  };
}

/** The statuses that a route may refuse with. */
export function refusalsOf(route: Pick<Route, 'method' | 'open'>, described: Described): readonly number[] {
  const common = route.open === true && route.method === 'GET' ? [500] : [401, 403, 429, 500];
  const changes = route.method === 'POST' ? [400, 403, 413, 415, 503] : [400];
  return [...new Set([...changes, ...common, ...(described.refusals ?? [])])].sort((a, b) => a - b);
}

function operation(route: Route, described: Described): JsonSchema {
  const { answer, status = 200, also, query, bodies, tag } = described;
  const responses: Record<string, JsonSchema> = { [status]: success(answer) };
  if (also !== undefined) responses[also[0]] = { description: also[1], content: json(ref(answer)) };
  for (const refusal of refusalsOf(route, described)) {
    responses[refusal] ??= { $ref: `#/components/responses/${refusal}` };
  }
  return {
    operationId: `${route.method.toLowerCase()}${route.path.replace(/[/-](\w?)/g, (_, letter: string) => letter.toUpperCase())}`,
    tags: [tag],
    summary: route.summary,
    ...(route.open === true ? { security: [] } : {}),
    ...(query === undefined ? {} : { parameters: parametersOf(query) }),
    ...(bodies === undefined ? {} : { requestBody: requestBodyOf(bodies) }),
    responses,
  };
}

function success(answer: string): JsonSchema {
  if (answer === 'text') {
    return {
      description: "Prometheus's text format.",
      content: { 'text/plain': { schema: { type: 'string' } } },
    };
  }
  if (answer === 'events') {
    return {
      description:
        'Server-sent events for as long as it is listened to: `state` (LiveState), `stats` (LiveStats), `link` ' +
        '(LiveLink) and `cycle` (LiveCycle), all of them at first and each again when it changes.',
      content: { 'text/event-stream': { schema: { type: 'string' } } },
    };
  }
  return { description: 'Done.', content: json(ref(answer)) };
}

function json(schema: JsonSchema): JsonSchema {
  return { 'application/json': { schema } };
}

function parametersOf(query: FieldSet): readonly JsonSchema[] {
  return Object.entries(query).map(([name, field]) => ({
    name,
    in: 'query',
    required: !mayBeMissing(field),
    schema: schemaOf(field),
  }));
}

function requestBodyOf(bodies: readonly FieldsDecoder<FieldSet>[]): JsonSchema {
  const schemas = bodies.map(bodySchema);
  const [only] = schemas;
  const schema = schemas.length === 1 && only !== undefined ? only : { oneOf: schemas };
  return { content: { ...json(schema), 'application/x-www-form-urlencoded': { schema } } };
}

export function bodySchema({ props, unknownFields }: FieldsDecoder<FieldSet>): JsonSchema {
  const required = Object.entries(props)
    .filter(([, field]) => !mayBeMissing(field))
    .map(([name]) => name);
  return {
    type: 'object',
    properties: Object.fromEntries(Object.entries(props).map(([name, field]) => [name, schemaOf(field)])),
    ...(required.length > 0 ? { required } : {}),
    additionalProperties: unknownFields === 'ignored',
  };
}

function schemaOf(field: AnyField): JsonSchema {
  return 'schema' in field ? field.schema : schemaOfShape(field.shape, false);
}

function mayBeMissing(field: AnyField): boolean {
  return 'isOptional' in field && field.isOptional;
}
