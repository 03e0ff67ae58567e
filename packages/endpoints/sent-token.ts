import type { IncomingHttpHeaders } from 'node:http';
import { HoldfastError } from '@holdfast/api';

/**
 * The token that a request was sent with: `Authorization: Bearer TOKEN` (RFC 6750, section 2.1; the scheme in
 * any case) or `x-api-key: TOKEN`. The one rule for both planes.
 *
 * @returns `undefined` when neither header is there; `''` when one is, and holds no token.
 * @throws HoldfastError `invalid_request` when both are: which one counts would be a guess.
 */
export function sentToken({ authorization, 'x-api-key': key }: IncomingHttpHeaders): string | undefined {
  if (authorization !== undefined && key !== undefined) {
    throw new HoldfastError('invalid_request', 'Both Authorization and x-api-key are sent.', { remedy: 'Send one of them.' });
  }
  if (authorization !== undefined) return /^Bearer +(\S+) *$/i.exec(authorization)?.[1] ?? '';
  // Node joins a header that is repeated; its types do not know.
  return Array.isArray(key) ? key.join() : key;
}
