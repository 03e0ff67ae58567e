import { randomUUID } from 'node:crypto';
import { HoldfastError } from '@holdfast/api';
import { type FastifyBaseLogger, type FastifyInstance, type FastifyReply, fastify, LogController } from 'fastify';
import type { Logger } from './logger.ts';
import { toProblem } from './problem.ts';

/** Resolves when what it checks is fine; rejects with an error whose message may be shown. */
export type ReadyCheck = () => Promise<void>;

export type Server = FastifyInstance & { readonly addReadyCheck: (name: string, check: ReadyCheck) => void };

/** A readiness check that takes longer counts as failed. */
const READY_CHECK_MILLISECONDS = 2_000;

/**
 * An HTTP server with request ids, problem+json for every error, `/health/live` and `/health/ready`, and headers that keep
 * answers out of caches, frames and other origins.
 *
 * @param bodyLimit of a JSON body, in bytes; 1 MiB by default.
 * @param trustProxy false by default: the client's address is the connection's, whatever a header says.
 */
export function createServer(options: { logger: Logger; bodyLimit?: number; trustProxy?: boolean }): Server {
  const checks = new Map<string, ReadyCheck>();
  const server = fastify({
    loggerInstance: options.logger as FastifyBaseLogger,
    bodyLimit: options.bodyLimit ?? 1_048_576,
    trustProxy: options.trustProxy ?? false,
    // A caller's own request id would let it write into our logs.
    requestIdHeader: false,
    genReqId: () => randomUUID(),
    logController: new LogController({ disableRequestLogging: true }),
    routerOptions: { maxParamLength: 200, caseSensitive: true, ignoreTrailingSlash: false, ignoreDuplicateSlashes: false },
    forceCloseConnections: 'idle',
    frameworkErrors: (error, request, reply) => answer(reply as unknown as FastifyReply, error, request.id),
  });

  server.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id);
    reply.header('x-content-type-options', 'nosniff');
    reply.header('referrer-policy', 'no-referrer');
    reply.header('cache-control', 'no-store');
  });
  server.addHook('onResponse', async (request, reply) => {
    request.log.info(
      // The route, not the address: an address can hold what somebody typed.
      {
        method: request.method,
        route: request.routeOptions.url ?? 'none',
        status: reply.statusCode,
        milliseconds: Math.round(reply.elapsedTime * 10) / 10,
      },
      'answered',
    );
  });

  server.setErrorHandler((error, request, reply) => {
    const status = answer(reply, error, request.id);
    if (status >= 500) request.log.error({ error: describe(error) }, 'could not answer');
  });
  server.setNotFoundHandler((request, reply) => {
    answer(reply, new HoldfastError('not_found'), request.id);
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

function answer(reply: FastifyReply, error: unknown, requestId: string): number {
  const problem = toProblem(error, requestId);
  reply.code(problem.status).type('application/problem+json').serializer(JSON.stringify).send(problem);
  return problem.status;
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

/** What the log may hold of an error: its kind, code, message and stack, not its properties (a database error has the row in `detail`). */
function describe(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { kind: typeof error };
  const cause = error.cause instanceof Error ? describe(error.cause) : undefined;
  return { kind: error.name, code: (error as { code?: unknown }).code, message: error.message, stack: error.stack, cause };
}
