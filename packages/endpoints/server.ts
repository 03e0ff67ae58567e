import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { HoldfastError } from '@holdfast/api';
import { type Logger, logEvent, type Metrics } from '@holdfast/service';
import { type FastifyBaseLogger, type FastifyInstance, type FastifyReply, type FastifyRequest, fastify, LogController } from 'fastify';
import { type HostRules, isAddress, isAllowedHost } from './allowed-hosts.ts';
import { clientAddress, type TrustedProxies } from './client-address.ts';
import { type ProblemAnswer, toProblem } from './problem.ts';
import { answerClientError, answerProtocolErrors } from './protocol-errors.ts';
import { remember } from './remember.ts';
import { type AnsweredRequest, createRequestMetrics } from './serve-metrics.ts';
import { drainRest, TIME_LIMITS, type TimeLimits, timeAnswer, timedBody } from './time-limits.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /**
     * From where the request came, past the proxies that are trusted; `request.ip` is the other end of the
     * connection.
     */
    readonly clientAddress: string;
  }
}

/** Resolves when what it checks is fine; rejects with an error whose message may be shown. */
export type ReadyCheck = () => Promise<void>;

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The handler reads the body as it comes: a minimum rate holds, instead of a deadline. */
    readonly streamedBody?: boolean;
  }
}

export type Server = FastifyInstance & { readonly addReadyCheck: (name: string, check: ReadyCheck) => void };

/** When to ask again after a 503 that does not know. */
const UNAVAILABLE_RETRY_SECONDS = 2;
/** A readiness check that takes longer counts as failed. */
const READY_CHECK_MILLISECONDS = 2_000;

/**
 * An HTTP server with request ids, problem+json for every error, `/health/live` and `/health/ready`, and
 * headers that keep answers out of caches, frames and other origins. What is no HTTP at all is answered with
 * a problem as well, and a client that sends or reads too slowly is disconnected.
 *
 * @param bodyLimit of a JSON body, in bytes; 1 MiB by default.
 * @param hosts under which names it may be asked; others get 421. The health endpoints also answer under any
 *   address, for probes.
 * @param trustedProxies none by default: the client's address is the connection's, whatever a header says.
 * @param limits see {@link TIME_LIMITS}.
 * @param metrics that requests and problems are counted in; `/metrics` itself is served by `serveMetrics`.
 * @throws nothing that a request brings about: what a hook or a handler throws is answered as a problem.
 */
export function createServer(options: {
  logger: Logger;
  hosts: HostRules;
  bodyLimit?: number;
  trustedProxies?: TrustedProxies;
  limits?: Partial<TimeLimits>;
  metrics?: Metrics;
}): Server {
  const limits = { ...TIME_LIMITS, ...options.limits };
  const counted = options.metrics && createRequestMetrics(options.metrics);
  const checks = new Map<string, ReadyCheck>();
  const server = fastify({
    loggerInstance: options.logger as FastifyBaseLogger,
    bodyLimit: options.bodyLimit ?? 1_048_576,
    // A caller's own request id would let it write into our logs.
    requestIdHeader: false,
    genReqId: () => randomUUID(),
    logController: new LogController({ disableRequestLogging: true }),
    routerOptions: { maxParamLength: 200, caseSensitive: true, ignoreTrailingSlash: false, ignoreDuplicateSlashes: false },
    forceCloseConnections: 'idle',
    // The limits below come first, and answer better; this is for what they do not see.
    requestTimeout: 2 * limits.streamSeconds * 1_000,
    connectionTimeout: limits.idleSeconds * 1_000,
    http: {
      headersTimeout: limits.headersSeconds * 1_000,
      connectionsCheckingInterval: Math.min(limits.headersSeconds * 1_000, 5_000),
      // Answered below, with a problem.
      requireHostHeader: false,
    },
    clientErrorHandler: answerClientError,
    frameworkErrors: (error, request, reply) => void answer(reply as unknown as FastifyReply, error, request.id),
  });

  answerProtocolErrors(server.server);
  const trustedProxies = options.trustedProxies ?? [];
  const addressOf = remember((connection) => clientAddress(connection, undefined, []));
  // A host has no line break in it, nor has an address.
  const isOurs = remember((hostAndLocal) => {
    const [host, local] = hostAndLocal.split('\n', 2);
    return isAllowedHost(host, local === '' ? undefined : local, options.hosts);
  });
  server.decorateRequest('clientAddress', {
    getter() {
      const forwardedFor = this.headers['x-forwarded-for'];
      if (trustedProxies.length === 0) return addressOf(this.ip);
      return clientAddress(this.ip, Array.isArray(forwardedFor) ? forwardedFor.join(',') : forwardedFor, trustedProxies);
    },
  });

  server.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id);
    reply.header('x-content-type-options', 'nosniff');
    reply.header('referrer-policy', 'no-referrer');
    reply.header('cache-control', 'no-store');
    if (request.headers.host === undefined && request.raw.httpVersion === '1.1') {
      throw new HoldfastError('invalid_request', 'The Host header is missing.');
    }
    requireAllowedHost(request, isOurs);
  });
  server.addHook('preParsing', async (request, _reply, payload) => {
    const { headers, routeOptions } = request;
    if (headers['content-length'] === undefined && headers['transfer-encoding'] === undefined) return payload;
    return timedBody(payload as Readable, routeOptions.config.streamedBody === true, limits);
  });
  server.addHook('onSend', async (_request, reply, payload) => {
    if (payload instanceof Readable) timeAnswer(reply.raw, limits);
    return payload;
  });
  server.addHook('onResponse', async (request, reply) => {
    drainRest(request.raw, limits);
    const answered: AnsweredRequest = {
      method: request.method,
      route: request.routeOptions.url ?? 'none',
      status: reply.statusCode,
      milliseconds: Math.round(reply.elapsedTime * 10) / 10,
    };
    logEvent(request.log, 'request.answered', { ...answered });
    counted?.answered(answered);
  });

  server.addHook('preClose', async () => {
    const cut = setTimeout(() => server.server.closeAllConnections(), limits.closeSeconds * 1_000);
    server.server.once('close', () => clearTimeout(cut));
  });

  server.setErrorHandler((error, request, reply) => {
    const { status, code } = answer(reply, error, request.id);
    counted?.refused(code);
    if (status >= 500) logEvent(request.log, 'request.failed', { error: describe(error) });
  });
  server.setNotFoundHandler((request, reply) => {
    const { code } = answer(reply, new HoldfastError('not_found'), request.id);
    counted?.refused(code);
  });

  server.get('/health/live', { logLevel: 'silent' }, async () => ({ status: 'ok' }));
  server.get('/health/ready', { logLevel: 'silent' }, async (_request, reply) => {
    const results = await Promise.all([...checks].map(async ([name, check]) => [name, await outcome(check)] as const));
    const ready = results.every(([, result]) => result === 'ok');
    return reply.code(ready ? 200 : 503).send({ status: ready ? 'ok' : 'not-ready', checks: Object.fromEntries(results) });
  });

  return Object.assign(server, {
    addReadyCheck: (name: string, check: ReadyCheck) => {
      checks.set(name, check);
    },
  }) as unknown as Server;
}

/**
 * Health may be asked by a probe that knows only an address: that tells a page of a foreign name nothing,
 * since it cannot ask so.
 */
function requireAllowedHost(request: FastifyRequest, isOurs: (hostAndLocal: string) => boolean): void {
  const { host } = request.headers;
  if (isOurs(`${host ?? ''}\n${request.socket.localAddress ?? ''}`)) return;
  if (request.routeOptions.url?.startsWith('/health/') && (host === undefined || isAddress(host))) return;
  throw new HoldfastError('host_not_allowed');
}

function answer(reply: FastifyReply, error: unknown, requestId: string): ProblemAnswer {
  const problem = toProblem(error, requestId);
  // Fastify closes the connection when a body was not read to its end; then the client may never see why. See
  // drainRest.
  reply.removeHeader('connection');
  // For callers that wait by themselves: RFC 9110, section 10.2.3.
  const { retryAfterSeconds = problem.status === 503 ? UNAVAILABLE_RETRY_SECONDS : undefined } = problem as { retryAfterSeconds?: unknown };
  if (typeof retryAfterSeconds === 'number') reply.header('retry-after', String(retryAfterSeconds));
  reply.code(problem.status).type('application/problem+json').serializer(JSON.stringify).send(problem);
  return problem;
}

async function outcome(check: ReadyCheck): Promise<string> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('no answer')), READY_CHECK_MILLISECONDS);
  });
  try {
    await Promise.race([check(), late]);
    return 'ok';
  } catch {
    return 'failed';
  } finally {
    clearTimeout(timer);
  }
}

/**
 * What the log may hold of an error: its kind, code, message and stack, not its properties (a database error
 * has the row in `detail`).
 */
function describe(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { kind: typeof error };
  const cause = error.cause instanceof Error ? describe(error.cause) : undefined;
  return { kind: error.name, code: (error as { code?: unknown }).code, message: error.message, stack: error.stack, cause };
}
