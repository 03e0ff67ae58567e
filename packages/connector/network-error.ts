import { ConnectorError } from './connector-error.ts';
import { connectorErrorIn } from './connector-error-in.ts';

/** TLS itself failed. That does not go away by trying again. */
const TLS_CODE = /^(?:ERR_TLS_|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|INVALID_CA$|INVALID_PURPOSE$|PATH_LENGTH_|ERR_SSL_|EPROTO$)/;
/**
 * Nothing that is trusted here has signed the certificate:
 * nodejs.org/api/tls.html#x509-certificate-error-codes
 */
const AUTHORITY_CODE = /^(?:DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|CERT_UNTRUSTED$|INVALID_CA$)/;

/** The request was sent, and no answer came, or not all of it. */
const SILENT_CODE = /^UND_ERR_(?:HEADERS|BODY)_TIMEOUT$/;

/**
 * ConnectorError `upstream_unreachable` that says what happened on the network; a ConnectorError, also inside
 * of what an SDK made of it, is left as it is. Of the original only its code is shown, since its message may
 * repeat what was sent. Everything but a name that does not exist and what TLS failed with is `retryable`.
 *
 * @param where `host`: with the port, `hostname`: without it. A URL does.
 * @param more `sent`: all of a request was handed to the connection before, so that it may have arrived.
 *   Default: false.
 */
export function explainNetworkError(
  error: unknown,
  where: { readonly host: string; readonly hostname: string },
  { sent = false }: { readonly sent?: boolean } = {},
): ConnectorError {
  const known = connectorErrorIn(error);
  if (known !== undefined) return known;
  const code = networkCodeOf(error) ?? 'network error';
  const { host, hostname } = where;
  if (code === 'ENOTFOUND') {
    return new ConnectorError('upstream_unreachable', `The host ${hostname} does not exist (${code}).`, {
      remedy: 'Check the host or account in the option or value that names it.',
      cause: error,
    });
  }
  if (TLS_CODE.test(code)) return explainTlsFailure(error, code, host);
  return new ConnectorError('upstream_unreachable', `${sentence(code, host)} (${code}).`, {
    retryable: true,
    mayHaveArrived: sent || SILENT_CODE.test(code),
    cause: error,
  });
}

/**
 * Whether it is {@link explainNetworkError} of a certificate that no trusted authority has signed: a type
 * with an option for its authority has another remedy.
 */
export function isUntrustedAuthority(error: unknown): error is ConnectorError {
  return error instanceof ConnectorError && AUTHORITY_CODE.test(networkCodeOf(error.cause) ?? '');
}

function explainTlsFailure(cause: unknown, code: string, host: string): ConnectorError {
  const failed = (what: string, remedy: string) =>
    new ConnectorError('upstream_unreachable', `${host} ${what} (${code}).`, { remedy, cause });
  if (code === 'EPROTO' || code.startsWith('ERR_SSL_')) {
    return failed('does not speak TLS, or none that is still safe', 'Check the port, and that the service has TLS 1.2 or later there.');
  }
  return failed('has no certificate that this server trusts', certificateRemedy(code));
}

function certificateRemedy(code: string): string {
  if (AUTHORITY_CODE.test(code)) {
    return 'Check that the address is right. If an authority of your own signs certificates, the operator starts Holdfast with NODE_EXTRA_CA_CERTS, the path of its certificate in PEM.';
  }
  switch (code) {
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return 'Its certificate is for another name: check the host, or give the service a certificate for this one.';
    case 'CERT_HAS_EXPIRED':
      return 'Renew the certificate of the service; if it is still good, set the clock of the server that the data plane runs on.';
    case 'CERT_NOT_YET_VALID':
      return 'Set the clock of the service, or that of the server that the data plane runs on; its certificate begins later.';
    default:
      return 'Check that the address is right, and that the service has a valid certificate.';
  }
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
