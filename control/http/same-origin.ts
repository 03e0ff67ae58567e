import { HoldfastError } from '@holdfast/api';
import type { FastifyRequest } from 'fastify';

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * A request that a cookie authenticates, or that asks for one, and that changes something must come from our own pages: its
 * Origin is the public address, or the very host it was sent to. Programs use a token instead.
 */
export function requireSameOrigin(request: FastifyRequest, publicUrl: string): void {
  if (SAFE_METHODS.has(request.method)) return;
  const { origin, host } = request.headers;
  if (origin !== undefined && URL.canParse(origin)) {
    const from = new URL(origin);
    if (from.origin === publicUrl) return;
    // Reached by another of its names (localhost for 127.0.0.1): then the page came from there as well.
    if (/^https?:$/.test(from.protocol) && from.host === host?.toLowerCase()) return;
  }
  throw new HoldfastError('forbidden', 'The request does not come from a page of this Holdfast.', {
    remedy: 'Use the console at its own address; programs send a token in the Authorization header.',
  });
}
