/** Holds answers against the API's description. */
import { Ajv2020 } from 'ajv/dist/2020.js';
import * as assert from 'uvu/assert';
import { openApiDocument } from '../../../src/http/description/document.ts';
import type { Answer } from '../support.ts';

type Json = Readonly<Record<string, unknown>>;

export interface MediaType {
  readonly schema: Json;
}

export interface Response {
  readonly description: string;
  readonly content: Readonly<Record<string, MediaType>>;
}

export interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly {
    readonly name: string;
    readonly required: boolean;
    readonly schema: Json;
  }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, MediaType>> };
  readonly responses: Readonly<Record<string, Response | { readonly $ref: string }>>;
}

export interface Document {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, Json>>;
    readonly responses: Readonly<Record<string, Response>>;
  };
}

/** As it is served: whatever JSON can't say is lost here, too. */
export const DOCUMENT = JSON.parse(JSON.stringify(openApiDocument('1.2.3'))) as Document;

const ajv = new Ajv2020({ allErrors: true, allowUnionTypes: true });
ajv.addFormat('date-time', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
ajv.addSchema(DOCUMENT, 'api');
for (const keyword of ['openapi', 'info', 'servers', 'tags', 'security', 'paths', 'components'])
  ajv.addKeyword(keyword);

export function operationAt(method: string, path: string): Operation {
  const operation = DOCUMENT.paths[path]?.[method.toLowerCase()];
  assert.ok(operation, `${method} ${path} is described`);
  return operation as Operation;
}

/** What the operation may answer with that status. */
export function responseOf({ responses }: Operation, status: number | string): Response | undefined {
  const response = responses[status];
  if (response === undefined || !('$ref' in response)) return response;
  return DOCUMENT.components.responses[response.$ref.replace('#/components/responses/', '')];
}

/** What is wrong with the value by the schema, one line each; empty when nothing is. */
export function violations(schema: Json, value: unknown): readonly string[] {
  const local = JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"api#/')) as Json;
  const validate = ajv.compile(local);
  if (validate(value)) return [];
  return (validate.errors ?? []).map(({ instancePath, message, params }) =>
    [instancePath || '/', message, JSON.stringify(params)].join(' '),
  );
}

/** Which answers of which operations were held against the description. */
export const seen = new Set<string>();

/** Fails when the answer's status, type or body is not as described. */
export function assertDescribed(method: string, path: string, answer: Answer): void {
  const route = path.split('?', 1).join('');
  const response = responseOf(operationAt(method, route), answer.status);
  assert.ok(response, `${method} ${path} may answer ${answer.status}: ${answer.text}`);
  const type = String(answer.headers['content-type']).split(';', 1).join('');
  const schema = response?.content[type]?.schema;
  assert.ok(schema, `${method} ${path} may answer ${answer.status} as ${type}`);
  if (type === 'application/json') {
    assert.equal(
      violations(schema ?? {}, answer.json),
      [],
      `${method} ${path}: ${answer.text.slice(0, 2_000)}`,
    );
  }
  seen.add(`${method} ${route} ${answer.status}`);
}
