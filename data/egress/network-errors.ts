import { ConnectorError } from '@holdfast/connector';

/** Failures of the certificate do not go away by trying again. */
const CERTIFICATE_CODE = /^(?:ERR_TLS_|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|ERR_SSL_|EPROTO$)/;

/**
 * ConnectorError `upstream_unreachable` that says what happened on the network; one that is a ConnectorError
 * already is left as it is. Of the original only its code is shown, since its message may repeat what was
 * sent. Everything but a name that does not exist and a certificate is `retryable`.
 */
export function explainNetworkError(error: unknown, url: URL): ConnectorError {
  if (error instanceof ConnectorError) return error;
  const code = codeOf(error);
  const where = url.host;
  if (code === 'ENOTFOUND') {
    return new ConnectorError('upstream_unreachable', `The host ${url.hostname} does not exist (${code}).`, {
      remedy: 'Check the account or host name in the value.',
      cause: error,
    });
  }
  if (CERTIFICATE_CODE.test(code)) {
    return new ConnectorError('upstream_unreachable', `${where} has no certificate that this server trusts (${code}).`, {
      remedy: 'Check that the address is right, and that the service has a valid certificate.',
      cause: error,
    });
  }
  return new ConnectorError('upstream_unreachable', `${sentence(code, where)} (${code}).`, { retryable: true, cause: error });
}

function codeOf(error: unknown): string {
  const found = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (/^[A-Z][A-Z0-9_]{2,60}$/.test(found)) return found;
  // Several addresses were tried and each failed.
  if (error instanceof AggregateError) return codeOf(error.errors[0]);
  return 'network error';
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
