import { HoldfastError } from '@holdfast/api';
import type { FastifyRequest } from 'fastify';

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * A request that a cookie authenticates, or that asks for one, and that changes something must come from our
 * own pages: its Origin is the public address, or the very host it was sent to, which the server has found
 * among its own names. Programs use a token. Reading is refused only where the browser says that a page of
 * another origin leads to it: to export the record is recorded.
 *
 * @param publicUrl an origin, as `new URL(…).origin` writes it.
 * @throws HoldfastError `forbidden`.
 */
export function requireSameOrigin(request: FastifyRequest, publicUrl: string): void {
  const { origin, host, 'sec-fetch-site': site } = request.headers;
  if (SAFE_METHODS.has(request.method)) {
    if (site === 'cross-site' || site === 'same-site') throw foreignPage();
    return;
  }
  if (origin !== undefined && URL.canParse(origin)) {
    const from = new URL(origin);
    if (from.origin === publicUrl) return;
    // Reached by another of its names (localhost for 127.0.0.1): then the page came from there as well.
    // Not so under the public name itself: there a page of plain http must not act for one of https.
    const other = from.host !== new URL(publicUrl).host;
    if (other && /^https?:$/.test(from.protocol) && from.host === host?.toLowerCase()) return;
  }
  throw foreignPage();
}

function foreignPage(): HoldfastError {
  return new HoldfastError('forbidden', 'The request does not come from a page of this Holdfast.', {
    remedy: 'Use the console at its own address; programs send a token in the Authorization header.',
  });
}
