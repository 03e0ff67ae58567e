import { type Endpoint, HoldfastError, invalid, isRequirement, type StreamedAnswer } from '@holdfast/api';
import type { FastifyReply, FastifyRequest, RouteHandlerMethod } from 'fastify';
import type { AnyAnswer, Call, Implementation } from './call.ts';
import { readPathParameters } from './path-parameters.ts';
import { originOf } from './request-origin.ts';
import { readPart } from './request-shape.ts';
import type { Server } from './server.ts';

/** Of answers that are sent as they come. */
export const STREAMED_TYPES = {
  stream: 'application/x-ndjson',
  events: 'text/event-stream; charset=utf-8',
  bytes: 'application/octet-stream',
} as const satisfies Record<StreamedAnswer, string>;

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

/**
 * How one plane serves its endpoints.
 *
 * @typeParam Access what `authorize` finds out of a caller; each call carries its fields.
 * @typeParam Context what every endpoint of the plane works with.
 */
export interface ServedEndpoints<Access, Context> {
  readonly endpoints: readonly Endpoint[];
  readonly implementations: readonly Implementation<Access, Context>[];
  readonly context: Context;
  /**
   * Finds out who calls and whether they may, before anything else of the request is read or looked up.
   * Throws `unauthenticated`, `forbidden`, `not_found` (an organization of others) or `rate_limited`.
   */
  readonly authorize: (endpoint: Endpoint, request: FastifyRequest) => Promise<Access>;
  /**
   * Stands around the work of one request, for a plane that lets only so much be done at once or gives some
   * endpoints other connections: it calls `work` once. By default `work(context)`.
   */
  readonly admit?: (
    endpoint: Endpoint,
    access: Access,
    reply: FastifyReply,
    work: (context: Context) => Promise<unknown>,
  ) => Promise<unknown>;
  /**
   * What a caller is shown of an answer that fits its schema, and still does afterwards. By default all of
   * it. What is sent as it comes does not pass here.
   */
  readonly show?: (access: Access, answer: unknown) => unknown;
}

/**
 * Registers every endpoint with what implements it: a call is authorized, read by the endpoint's schemas,
 * handled, and answered by the schema of its status. An endpoint without an implementation or without a
 * requirement that the table of permissions knows, or an implementation of something that is not an endpoint,
 * throws: such a server does not start. A path that exists with other methods answers 405.
 */
export function serveEndpoints<Access extends object, Context>(server: Server, plane: ServedEndpoints<Access, Context>): void {
  for (const { endpoint } of plane.implementations) {
    if (!plane.endpoints.includes(endpoint)) throw new Error(`${endpoint.id} is implemented, but it is not an endpoint of this plane.`);
  }
  for (const endpoint of plane.endpoints) {
    const found = plane.implementations.filter((implementation) => implementation.endpoint === endpoint);
    const [implementation] = found;
    if (implementation === undefined || found.length > 1) throw new Error(`${endpoint.id} has ${found.length} implementations.`);
    register(server, plane, implementation);
  }
  refuseOtherMethods(server, plane.endpoints);
}

function register<Access extends object, Context>(
  server: Server,
  plane: ServedEndpoints<Access, Context>,
  { endpoint, handle }: Implementation<Access, Context>,
): void {
  if (!isRequirement(endpoint.requires)) {
    throw new Error(`${endpoint.id} requires “${endpoint.requires}”, which is not in the table of permissions.`);
  }
  const { authorize, context, admit = (_endpoint, _access, _reply, work) => work(context), show = (_access, answer) => answer } = plane;
  async function serve(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    const access = await authorize(endpoint, request);
    return admit(endpoint, access, reply, async (withContext) => {
      const call: Call<Endpoint> & Access = { ...read(endpoint, request, reply), ...access };
      return send(endpoint, await handle(call, withContext), reply, (answer) => show(access, answer));
    });
  }
  const route = { method: endpoint.method, url: endpoint.path, handler: serve as RouteHandlerMethod, exposeHeadRoute: false };
  if (endpoint.body !== 'stream') {
    server.route(route);
    return;
  }
  // Raw bytes of any content type: the handler reads them as they come, and nothing is collected in memory.
  server.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
    scope.route({ ...route, config: { streamedBody: true } });
  });
}

function read(endpoint: Endpoint, request: FastifyRequest, reply: FastifyReply): Call<Endpoint> {
  const { headers, query } = endpoint;
  return {
    params: readPathParameters(endpoint, request.params as Record<string, string>),
    query: query === undefined ? refuseQuery(request) : readPart(query, request.query, 'query'),
    body: readBody(endpoint, request),
    headers: headers === undefined ? {} : readPart(headers, pick(request.headers, headers.shape), 'headers'),
    origin: originOf(request),
    request,
    reply,
  } as Call<Endpoint>;
}

function readBody(endpoint: Endpoint, request: FastifyRequest): unknown {
  if (endpoint.body === 'stream') return undefined;
  if (endpoint.body !== undefined) return readPart(endpoint.body, request.body, 'body');
  const sent = request.body;
  const empty = sent === undefined || sent === null || (typeof sent === 'object' && Object.keys(sent).length === 0);
  if (!empty) throw invalid([{ field: '', detail: 'This endpoint takes no body.' }]);
  return undefined;
}

function refuseQuery(request: FastifyRequest): Record<string, never> {
  const [name] = Object.keys(request.query as object);
  if (name !== undefined) throw invalid([{ field: name.slice(0, 80), detail: 'This endpoint takes no such parameter.' }]);
  return {};
}

function pick(headers: FastifyRequest['headers'], shape: object): Record<string, unknown> {
  return Object.fromEntries(Object.keys(shape).map((name) => [name, headers[name]]));
}

/** Only what the endpoint declares leaves the server; an undeclared status is a mistake of ours. */
function send(endpoint: Endpoint, answer: AnyAnswer, reply: FastifyReply, show: (answer: unknown) => unknown): unknown {
  const declared = endpoint.responses[answer.status];
  if (declared === undefined) throw new Error(`${endpoint.id} answered ${answer.status}, which it does not declare.`);
  reply.code(answer.status);
  if (declared === null) return reply.send();
  if (typeof declared === 'string') return reply.type(STREAMED_TYPES[declared]).send(answer.body);
  return reply
    .type('application/json; charset=utf-8')
    .serializer(JSON.stringify)
    .send(show(declared.parse(answer.body)));
}

/** A path that exists with another method says which, instead of “not found”. */
function refuseOtherMethods(server: Server, all: readonly Endpoint[]): void {
  const methodsOf = Map.groupBy(all, (endpoint) => endpoint.path.replace(/:[^/]+/g, ':'));
  for (const endpoints of methodsOf.values()) {
    const allowed = endpoints.map((endpoint) => endpoint.method);
    const others = METHODS.filter((method) => !allowed.includes(method));
    const [first] = endpoints;
    if (first === undefined || others.length === 0) continue;
    server.route({
      method: [...others],
      url: first.path,
      exposeHeadRoute: false,
      // Before the body is read: it does not matter.
      onRequest: async (_request, reply) => {
        reply.header('allow', allowed.join(', '));
        throw new HoldfastError('method_not_allowed', `This address takes ${allowed.join(', ')}.`);
      },
      handler: async () => undefined,
    });
  }
}
