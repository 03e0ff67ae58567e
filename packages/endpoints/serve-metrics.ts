import { createCounter, createDurations, type Metrics } from '@holdfast/service';
import type { FastifyInstance } from 'fastify';

/**
 * An answered request, as the log and the metrics have it: its route, not its address, which can hold what
 * somebody typed.
 */
export interface AnsweredRequest {
  readonly method: string;
  readonly route: string;
  readonly status: number;
  readonly milliseconds: number;
}

export interface RequestMetrics {
  answered(answered: AnsweredRequest): void;
  /** @param code one of packages/api/error-codes.ts. */
  refused(code: string): void;
}

/** Counts requests by their routes, and refusals by their codes. */
export function createRequestMetrics(metrics: Metrics): RequestMetrics {
  const labels = ['method', 'route', 'status'] as const;
  const requests = createCounter(metrics, 'holdfast_http_requests_total', 'Requests that were answered', labels);
  const durations = createDurations(metrics, 'holdfast_http_request_seconds', 'From the request to the end of its answer', [
    'method',
    'route',
  ] as const);
  const problems = createCounter(metrics, 'holdfast_http_problems_total', 'Answers that are a problem, by its code', ['code'] as const);
  return {
    answered({ method, route, status, milliseconds }) {
      requests.inc({ method, route, status });
      durations.observe({ method, route }, milliseconds / 1_000);
    },
    refused: (code) => problems.inc({ code }),
  };
}

/** `GET /metrics`, in the text format of Prometheus. */
export function serveMetrics(server: FastifyInstance, metrics: Metrics, refresh: readonly (() => Promise<void>)[] = []): void {
  server.get('/metrics', { logLevel: 'silent' }, async (_request, reply) => {
    await Promise.all(refresh.map((look) => look()));
    return reply.type(metrics.contentType).send(await metrics.metrics());
  });
}
