import { ENDPOINTS, type Endpoint, problem } from '@holdfast/api';
import { z } from 'zod';
import { STREAMED_TYPES } from './serve-endpoints.ts';

type Json = Record<string, unknown>;

const PROBLEM = {
  description: 'What is wrong and what to do, RFC 9457',
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
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
      schemas: { Problem: schemaOf(problem, 'output') },
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
      ...[...endpoint.path.matchAll(/:([^/]+)/g)].map(([, name]) => ({ name, in: 'path', required: true, schema: { type: 'string' } })),
      ...parametersOf(endpoint.query, 'query'),
      ...parametersOf(endpoint.headers, 'header'),
    ],
    ...requestBodyOf(endpoint),
    responses: { ...responsesOf(endpoint), '4XX': PROBLEM, '5XX': PROBLEM },
  };
}

function parametersOf(schema: z.ZodObject | undefined, place: 'query' | 'header'): Json[] {
  if (schema === undefined) return [];
  const { properties = {}, required = [] } = schemaOf(schema, 'input') as { properties?: Record<string, Json>; required?: string[] };
  return Object.entries(properties).map(([name, property]) => ({ name, in: place, required: required.includes(name), schema: property }));
}

function requestBodyOf({ body }: Endpoint): Json {
  if (body === undefined) return {};
  const content =
    body === 'stream'
      ? { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } }
      : { 'application/json': { schema: schemaOf(body, 'input') } };
  return { requestBody: { required: true, content } };
}

function responsesOf({ responses }: Endpoint): Json {
  return Object.fromEntries(
    Object.entries(responses).map(([status, body]) => {
      const description = Number(status) === 201 ? 'Made' : 'Done';
      if (body === null) return [status, { description }];
      if (typeof body === 'string') {
        const [type = ''] = STREAMED_TYPES[body].split(';');
        return [status, { description, content: { [type]: { schema: { type: 'string' } } } }];
      }
      return [status, { description, content: { 'application/json': { schema: schemaOf(body, 'output') } } }];
    }),
  );
}

function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _, ...json } = z.toJSONSchema(schema, { target: 'draft-2020-12', io, unrepresentable: 'any' }) as Json;
  return json;
}
