import { ConnectorError, withOwnCode } from './connector-error.ts';

/** Further than any SDK wraps; a chain may be a ring. */
const DEPTH = 10;

/**
 * The ConnectorError that an SDK wrapped into an error of its own, looked for along `cause` and the errors of
 * an AggregateError; `undefined` when there is none. What `context.fetch` and `context.connect` reject with
 * is better than what an SDK says about it. It has the code that it was made with: nodemailer writes one of
 * its own into what a socket fails with.
 *
 * @example throw connectorErrorIn(error) ?? new ConnectorError('upstream_refused', …);
 */
export function connectorErrorIn(error: unknown, depth: number = DEPTH): ConnectorError | undefined {
  if (error instanceof ConnectorError) return withOwnCode(error);
  if (!(error instanceof Error) || depth === 0) return undefined;
  const inner = [error.cause, ...(error instanceof AggregateError ? error.errors : [])];
  for (const each of inner) {
    const found = connectorErrorIn(each, depth - 1);
    if (found !== undefined) return found;
  }
  return undefined;
}
