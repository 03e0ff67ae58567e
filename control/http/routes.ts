import {
  ENDPOINTS,
  type Endpoint,
  HoldfastError,
  may,
  PERMISSIONS,
  type Permission,
  SECRET_NAME_PATTERN,
  SECRET_NAME_RULE,
} from '@holdfast/api';
import { invalid, readPart, requireSameOrigin, type Server } from '@holdfast/endpoints';
import type { FastifyReply, FastifyRequest, RouteHandlerMethod } from 'fastify';
import { authenticate, findMembership } from '../accounts/authenticate.ts';
import type { Caller, Membership } from '../accounts/caller.ts';
import type { Control } from '../control.ts';
import { loadOf } from '../workload.ts';
import type { Call, Implementation } from './endpoint-handler.ts';
import { originOf } from './request-origin.ts';

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
/** A statement that ran into its timeout: https://www.postgresql.org/docs/current/errcodes-appendix.html */
const QUERY_CANCELED = '57014';
const ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
/** 1 to 15 digits: a number that JavaScript and the database both hold. */
const SEQUENCE = /^[1-9][0-9]{0,14}$/;

/**
 * Registers every endpoint of packages/api with what implements it. An endpoint without an implementation or
 * without a permission, or an implementation of something that is not an endpoint, throws: such a server does
 * not start.
 */
export function registerEndpoints(server: Server, control: Control, implementations: readonly Implementation[]): void {
  for (const { endpoint } of implementations) {
    if (!ENDPOINTS.includes(endpoint)) throw new Error(`${endpoint.id} is implemented, but it is not an endpoint of the API.`);
  }
  for (const endpoint of ENDPOINTS) {
    const found = implementations.filter((implementation) => implementation.endpoint === endpoint);
    const [implementation] = found;
    if (implementation === undefined || found.length > 1) throw new Error(`${endpoint.id} has ${found.length} implementations.`);
    register(server, control, implementation);
  }
  refuseOtherMethods(server);
}

function register(server: Server, control: Control, { endpoint, handle }: Implementation): void {
  requireKnownRequirement(endpoint);
  const handler = (request: FastifyRequest, reply: FastifyReply) =>
    serve(endpoint, handle, control, request, reply).catch((error: unknown) => {
      sayWhenToRetry(error, reply);
      throw error;
    });
  const route = { method: endpoint.method, url: endpoint.path, handler: handler as RouteHandlerMethod, exposeHeadRoute: false };
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

function requireKnownRequirement({ id, requires }: Endpoint): void {
  if (requires !== 'public' && requires !== 'signed-in' && !Object.hasOwn(PERMISSIONS, requires)) {
    throw new Error(`${id} requires “${requires}”, which is not in the table of permissions.`);
  }
}

async function serve(endpoint: Endpoint, handle: Implementation['handle'], control: Control, request: FastifyRequest, reply: FastifyReply) {
  const authorized = await authorize(endpoint, control, request, request.params as Record<string, string>);
  const { caller, organization } = authorized;
  if (caller === undefined || organization === undefined) return perform(endpoint, handle, control, request, reply, authorized);
  const leave = await control.workload.enter(endpoint, caller, organization);
  // A streamed answer is under way until the client has it.
  const streamed = loadOf(endpoint) === 'export';
  if (streamed) reply.raw.once('close', leave);
  try {
    return await perform(endpoint, handle, control, request, reply, authorized);
  } finally {
    if (!streamed) leave();
  }
}

async function perform(
  endpoint: Endpoint,
  handle: Implementation['handle'],
  control: Control,
  request: FastifyRequest,
  reply: FastifyReply,
  { caller, organization }: Authorized,
) {
  const params = request.params as Record<string, string>;
  const call = {
    params: readParameters(endpoint, params),
    query: endpoint.query === undefined ? refuseQuery(request) : readPart(endpoint.query, request.query, 'query'),
    body: readBody(endpoint, request),
    headers: endpoint.headers === undefined ? {} : readPart(endpoint.headers, pick(request.headers, endpoint.headers.shape), 'headers'),
    caller,
    organization,
    origin: originOf(request),
    request,
    reply,
  } as unknown as Call<Endpoint>;
  const answer = await (loadOf(endpoint) === 'search' ? search(call, handle, control) : handle(call, control));
  return send(endpoint, answer, reply);
}

interface Authorized {
  readonly caller: Caller | undefined;
  readonly organization: Membership | undefined;
}

/** On connections of its own, whose statements end early. */
async function search(call: Call<Endpoint>, handle: Implementation['handle'], control: Control): ReturnType<Implementation['handle']> {
  try {
    return await handle(call, { ...control, db: control.searches });
  } catch (error) {
    if ((error as { code?: unknown } | null)?.code === QUERY_CANCELED)
      throw new HoldfastError('query_timeout', undefined, { cause: error });
    throw error;
  }
}

/**
 * Who calls is found out first, then whether they may: before anything else of the request is read or looked
 * up.
 */
async function authorize(
  endpoint: Endpoint,
  control: Control,
  request: FastifyRequest,
  params: Record<string, string>,
): Promise<Authorized> {
  if (endpoint.requires === 'public') {
    control.workload.countPublic(request.clientAddress);
    return { caller: undefined, organization: undefined };
  }
  const caller = await authenticate(control, request.headers);
  if (caller === undefined) throw new HoldfastError('unauthenticated');
  if (caller.by.kind === 'session') requireSameOrigin(request, control.settings.publicUrl);
  control.workload.countPerson(endpoint, caller);
  if (endpoint.requires === 'signed-in') return { caller, organization: undefined };
  const organization = await findMembership(control, caller, params.organization ?? '');
  const permission: Permission = endpoint.requires;
  if (!may(organization.role, permission)) {
    throw new HoldfastError(
      'forbidden',
      `Your role in this organization is ${organization.role}, which does not allow “${endpoint.summary}”.`,
    );
  }
  return { caller, organization };
}

/**
 * `organization` was looked up already, `name` is a secret's, `sequence` an audit entry's number, and every
 * other part of a path is an id.
 */
function readParameters(endpoint: Endpoint, params: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(params).map(([name, text]) => {
      if (name === 'organization') return [name, text];
      if (name === 'name' && SECRET_NAME_PATTERN.test(text)) return [name, text];
      if (name === 'name' && endpoint.method === 'PUT') throw invalid([{ field: 'name', detail: SECRET_NAME_RULE }]);
      if (name === 'sequence' && SEQUENCE.test(text)) return [name, text];
      if (name === 'name' || name === 'sequence' || !ID.test(text)) throw new HoldfastError('not_found');
      return [name, text.toLowerCase()];
    }),
  );
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
function send(endpoint: Endpoint, answer: { status: number; body?: unknown }, reply: FastifyReply): unknown {
  const declared = endpoint.responses[answer.status];
  if (declared === undefined) throw new Error(`${endpoint.id} answered ${answer.status}, which it does not declare.`);
  reply.code(answer.status);
  if (declared === null) return reply.send();
  if (declared === 'stream') return reply.type('application/x-ndjson').send(answer.body);
  return reply.type('application/json; charset=utf-8').serializer(JSON.stringify).send(declared.parse(answer.body));
}

/** For callers that wait by themselves: RFC 9110, section 10.2.3. */
export function sayWhenToRetry(error: unknown, reply: FastifyReply): void {
  const seconds = error instanceof HoldfastError ? error.extra?.retryAfterSeconds : undefined;
  if (typeof seconds === 'number') reply.header('retry-after', String(seconds));
}

/** A path that exists with another method says which, instead of “not found”. */
function refuseOtherMethods(server: Server): void {
  const methodsOf = Map.groupBy(ENDPOINTS, (endpoint) => endpoint.path.replace(/:[^/]+/g, ':'));
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
