import { ENDPOINTS, type Endpoint, ERROR_CODES, failure, problem } from '@holdfast/api';
import { z } from 'zod';
import { STREAMED_TYPES } from './serve-endpoints.ts';

type Json = Record<string, unknown>;

const PROBLEM_CONTENT = { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } };
const RESPONSES = {
  Problem: { description: 'What is wrong and what to do, RFC 9457', content: PROBLEM_CONTENT },
  TryLater: {
    description: 'Not now: the same request may be sent again after the time in Retry-After',
    headers: { 'Retry-After': { $ref: '#/components/headers/Retry-After' } },
    content: PROBLEM_CONTENT,
  },
};
const PROBLEM = { $ref: '#/components/responses/Problem' };
const TRY_LATER = { $ref: '#/components/responses/TryLater' };

const HEADERS = {
  ETag: {
    description: 'What is answered, as it is now; `If-Match` of a change takes it',
    required: true,
    schema: { type: 'string' },
  },
  'Retry-After': { description: 'Seconds to wait', required: true, schema: { type: 'integer', minimum: 1 } },
};

/** Of this version. Clients are made to take any code: a newer server may have one that they do not know. */
const ERROR_CODE = {
  type: 'string',
  enum: Object.keys(ERROR_CODES),
  description: 'It never changes its meaning. Another version may have further ones: take one that you do not know by its status.',
};
const ERROR_CODE_REFERENCE = { $ref: '#/components/schemas/ErrorCode' };

/** Parts of paths that are no ids. */
const PATH_PARAMETERS: Readonly<Record<string, string>> = {
  organization: 'Its short name or its id',
  name: 'The name of the secret, in its own upper and lower case',
  sequence: 'The number of the entry in the log',
  number: 'The number of the version',
};

/** The OpenAPI 3.1 document of the control API, made from the same endpoints that the server serves. */
export function openApiDocument({ version, url }: { readonly version: string; readonly url: string }): Json {
  const paths: Record<string, Json> = {};
  for (const endpoint of ENDPOINTS) {
    const path = endpoint.path.replace(/:([^/]+)/g, '{$1}');
    paths[path] = { ...paths[path], [endpoint.method.toLowerCase()]: operationOf(endpoint) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Holdfast control API',
      version,
      description: 'Values of secrets are sealed by the caller and never part of an answer.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url }],
    paths,
    components: {
      schemas: { Problem: schemaOf(problem, 'output'), ErrorCode: ERROR_CODE },
      responses: RESPONSES,
      headers: HEADERS,
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'An access token, holdfast_access_…' },
        apiKey: { type: 'apiKey', in: 'header', name: 'x-api-key', description: 'The same token in another header' },
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: 'holdfast.session_token',
          description: 'A signed-in browser; __Host-holdfast.session_token over https',
        },
      },
    },
  };
}

function operationOf(endpoint: Endpoint): Json {
  const { requires } = endpoint;
  return {
    operationId: endpoint.id,
    summary: endpoint.summary,
    tags: [
      endpoint.path.split('/').find((part, position) => position > 1 && !part.startsWith(':') && part !== 'organizations') ??
        'organizations',
    ],
    ...(requires === 'public'
      ? { security: [] }
      : { security: [{ token: [] }, { apiKey: [] }, { session: [] }], 'x-permission': requires }),
    parameters: [
      ...[...endpoint.path.matchAll(/:([^/]+)/g)].map(([, name = '']) => ({
        name,
        in: 'path',
        required: true,
        description: PATH_PARAMETERS[name] ?? 'Its id',
        schema: { type: 'string' },
      })),
      ...parametersOf(endpoint.query, 'query'),
      ...parametersOf(endpoint.headers, 'header'),
    ],
    ...requestBodyOf(endpoint),
    responses: { ...responsesOf(endpoint), '429': TRY_LATER, '4XX': PROBLEM, '503': TRY_LATER, '5XX': PROBLEM },
  };
}

function parametersOf(schema: z.ZodObject | undefined, place: 'query' | 'header'): Json[] {
  if (schema === undefined) return [];
  const { properties = {}, required = [] } = schemaOf(schema, 'input') as { properties?: Record<string, Json>; required?: string[] };
  return Object.entries(properties).map(([name, { description, ...property }]) => ({
    name,
    in: place,
    required: required.includes(name),
    description,
    schema: property,
  }));
}

function requestBodyOf({ body }: Endpoint): Json {
  if (body === undefined) return {};
  const content =
    body === 'stream'
      ? { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } }
      : { 'application/json': { schema: schemaOf(body, 'input') } };
  return { requestBody: { required: true, content } };
}

function responsesOf({ responses, tagged }: Endpoint): Json {
  const headers = tagged ? { headers: { ETag: { $ref: '#/components/headers/ETag' } } } : {};
  return Object.fromEntries(
    Object.entries(responses).map(([status, body]) => {
      const described = { description: Number(status) === 201 ? 'Made' : 'Done', ...headers };
      if (body === null) return [status, described];
      if (typeof body === 'string') {
        const [type = ''] = STREAMED_TYPES[body].split(';');
        return [status, { ...described, content: { [type]: { schema: { type: 'string' } } } }];
      }
      return [status, { ...described, content: { 'application/json': { schema: schemaOf(body, 'output') } } }];
    }),
  );
}

function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _, ...json } = z.toJSONSchema(schema, {
    target: 'draft-2020-12',
    io,
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      if (zodSchema === problem.shape.code) replace(jsonSchema, ERROR_CODE_REFERENCE);
      // It may have been stored by another version.
      if (zodSchema === failure.shape.code) replace(jsonSchema, { anyOf: [ERROR_CODE_REFERENCE, { type: 'string' }] });
    },
  }) as Json;
  return json;
}

function replace(jsonSchema: Json, by: Json): void {
  delete jsonSchema.type;
  Object.assign(jsonSchema, by);
}
