import type { FastifyRequest } from 'fastify';
import type { RequestOrigin } from '../audit/record.ts';

export function originOf(request: FastifyRequest): RequestOrigin {
  return { ip: request.clientAddress, userAgent: request.headers['user-agent'], requestId: request.id };
}
