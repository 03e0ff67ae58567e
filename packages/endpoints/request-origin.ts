import type { FastifyRequest } from 'fastify';

/** Where a request came from, as the audit record keeps it. */
export interface RequestOrigin {
  /** Of the client, past the trusted proxies; see clientAddress. */
  readonly ip: string;
  /** As the client sent it, of any length. */
  readonly userAgent: string | undefined;
  /** UUID version 4, made by the server; the answer carries it as `x-request-id`. */
  readonly requestId: string;
}

/** Where a request came from. The address is the client’s, also behind a trusted proxy. */
export function originOf(request: FastifyRequest): RequestOrigin {
  return { ip: request.clientAddress, userAgent: request.headers['user-agent'], requestId: request.id };
}
