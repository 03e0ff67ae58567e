import { ConnectorError } from './connector-error.ts';
import { connectorErrorIn } from './connector-error-in.ts';

/** Failures of the certificate do not go away by trying again. */
const CERTIFICATE_CODE = /^(?:ERR_TLS_|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|ERR_SSL_|EPROTO$)/;

/**
 * ConnectorError `upstream_unreachable` that says what happened on the network; a ConnectorError, also inside
 * of what an SDK made of it, is left as it is. Of the original only its code is shown, since its message may
 * repeat what was sent. Everything but a name that does not exist and a certificate is `retryable`.
 *
 * @param where `host`: with the port, `hostname`: without it. A URL does.
 */
export function explainNetworkError(error: unknown, where: { readonly host: string; readonly hostname: string }): ConnectorError {
  const known = connectorErrorIn(error);
  if (known !== undefined) return known;
  const code = networkCodeOf(error) ?? 'network error';
  const { host, hostname } = where;
  if (code === 'ENOTFOUND') {
    return new ConnectorError('upstream_unreachable', `The host ${hostname} does not exist (${code}).`, {
      remedy: 'Check the account or host name in the value.',
      cause: error,
    });
  }
  if (CERTIFICATE_CODE.test(code)) {
    return new ConnectorError('upstream_unreachable', `${host} has no certificate that this server trusts (${code}).`, {
      remedy: 'Check that the address is right, and that the service has a valid certificate.',
      cause: error,
    });
  }
  return new ConnectorError('upstream_unreachable', `${sentence(code, host)} (${code}).`, { retryable: true, cause: error });
}

/**
 * The code of an error of the network, such as `ECONNRESET`; `undefined` when it has none. A code of an SDK
 * or a protocol may look alike.
 */
export function networkCodeOf(error: unknown): string | undefined {
  const found = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (/^[A-Z][A-Z0-9_]{2,60}$/.test(found)) return found;
  // Several addresses were tried and each failed.
  return error instanceof AggregateError ? networkCodeOf(error.errors[0]) : undefined;
}

function sentence(code: string, where: string): string {
  switch (code) {
    case 'ECONNREFUSED':
      return `Nothing answers at ${where}`;
    case 'EAI_AGAIN':
      return `The name of ${where} could not be looked up`;
    case 'ETIMEDOUT':
    case 'UND_ERR_CONNECT_TIMEOUT':
      return `${where} did not answer in time`;
    case 'UND_ERR_HEADERS_TIMEOUT':
    case 'UND_ERR_BODY_TIMEOUT':
      return `${where} took the request and fell silent`;
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return `The network has no route to ${where}`;
    default:
      return `The connection to ${where} was lost`;
  }
}
