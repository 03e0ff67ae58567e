import { ConnectorError, connectorErrorIn, explainNetworkError, networkCodeOf } from '@holdfast/connector';
import type { EmailOptions } from './options.ts';

const AGAIN = 'Start the run again when the server has recovered.';

/** To AUTH, or to a mechanism of it, that the server does not know: RFC 4954, section 4. */
const NO_SUCH_SIGN_IN: ReadonlySet<number> = new Set([500, 502, 503, 504]);

/** The part of an error of nodemailer that is safe to show: its message repeats what the server said. */
interface Said {
  readonly code?: unknown;
  readonly originalCode?: unknown;
  readonly responseCode?: unknown;
  readonly command?: unknown;
  readonly rejected?: unknown;
  readonly message?: string;
}

/** What was being done. */
interface Attempt {
  /** Whose mail it is, for messages. */
  readonly document?: string | undefined;
  /** The server has got the whole mail. */
  readonly handedOver?: boolean;
}

/** Says what went wrong in our words. RFC 5321, section 4.2.3, RFC 4954, section 6, RFC 1870. */
export function explain(
  error: unknown,
  options: Pick<EmailOptions, 'host' | 'shown' | 'from'>,
  { document, handedOver = false }: Attempt = {},
): Error {
  const said = (error ?? {}) as Said;
  const server = `The mail server at ${options.shown}`;
  const status = typeof said.responseCode === 'number' ? said.responseCode : undefined;
  if (handedOver && status === undefined) return withoutAnswer(server, document, error);
  const known = connectorErrorIn(error);
  if (known !== undefined) return known;
  if (error instanceof Error && (error.name === 'AbortError' || error.name === 'TimeoutError')) return error;
  const shown = status === undefined ? '' : ` (${status})`;
  const cause = error;
  if (said.code === 'EAUTH' || said.code === 'ENOAUTH' || status === 530 || status === 535) {
    if (status !== undefined && status < 500) return busy(server, shown, cause);
    if (status !== undefined && NO_SUCH_SIGN_IN.has(status)) return signsNobodyIn(options, status, cause);
    return new ConnectorError('upstream_credentials', `${server} did not accept the user with this password${shown}.`, {
      remedy: 'Check the user, and replace the secret with the password; many services want an app password here.',
      cause,
    });
  }
  const limit = /larger than allowed (\d+)/.exec(said.message ?? '')?.[1];
  if (limit !== undefined || status === 552 || status === 523 || status === 534) {
    const most = limit === undefined ? '' : `, which takes ${Number(limit).toLocaleString('en')} bytes`;
    return new ConnectorError(
      'upstream_refused',
      `“${document ?? 'The mail'}” is too large for the mail server at ${options.shown}${most}${shown}.`,
      {
        remedy: 'Send it another way, or raise the limit of the server. A mail is a third larger than its attachment.',
        documentOnly: true,
        cause,
      },
    );
  }
  if (status !== undefined && status >= 400 && status < 500) return busy(server, shown, cause);
  if (said.code === 'EENVELOPE' && said.command === 'MAIL FROM') {
    return new ConnectorError('upstream_refused', `${server} does not let this user send from ${options.from}${shown}.`, {
      remedy: 'Choose an address in “From” that the user may send from, or permit it on the server.',
      cause,
    });
  }
  if (said.code === 'EENVELOPE') {
    const names = Array.isArray(said.rejected) ? said.rejected.map(String).join(', ') : 'the recipients';
    return new ConnectorError('upstream_refused', `${server} does not take mail for ${names}${shown}.`, {
      remedy: 'Correct the addresses, or let the user send to them.',
      cause,
    });
  }
  if (status !== undefined && status >= 500) {
    return new ConnectorError('upstream_refused', `${server} did not take “${document ?? 'the mail'}”${shown}.`, {
      remedy: 'Look into the log of the server: it may refuse attachments of this kind, or hold the mail for spam.',
      documentOnly: document !== undefined,
      cause,
    });
  }
  return notReached(said, options, cause);
}

/** Whatever the password is. Without a status nothing of the user was sent. */
export function signsNobodyIn({ shown }: Pick<EmailOptions, 'shown'>, status?: number, cause?: unknown): ConnectorError {
  const end = status === undefined ? '. Nothing of the user was sent.' : ` (${status}).`;
  return new ConnectorError('upstream_refused', `The mail server at ${shown} lets nobody sign in by password${end}`, {
    remedy: 'Leave “User” and “Password” empty if it takes mail without them, or turn AUTH with PLAIN or LOGIN on in the server.',
    cause,
  });
}

/** Sent again, it may arrive twice. */
function withoutAnswer(server: string, document: string | undefined, cause: unknown): ConnectorError {
  return new ConnectorError('upstream_unreachable', `${server} got “${document ?? 'the mail'}” and did not say whether it takes it.`, {
    remedy: 'Look whether it has arrived. If it has not, try this document again.',
    documentOnly: true,
    mayHaveArrived: true,
    cause,
  });
}

function busy(server: string, shown: string, cause: unknown): ConnectorError {
  return new ConnectorError('upstream_refused', `${server} is busy, or asks to be tried again${shown}.`, {
    remedy: AGAIN,
    retryable: true,
    cause,
  });
}

function notReached(
  { code, originalCode, message = '' }: Said,
  { host, shown }: Pick<EmailOptions, 'host' | 'shown'>,
  cause: unknown,
): ConnectorError {
  if (code === 'ETIMEDOUT') {
    return new ConnectorError('upstream_unreachable', `The mail server at ${shown} did not answer in time.`, {
      remedy: AGAIN,
      retryable: true,
      cause,
    });
  }
  if (code === 'EPROTOCOL' || /greeting|Invalid response/i.test(message)) {
    return new ConnectorError('upstream_unreachable', `What answers at ${shown} does not speak SMTP.`, {
      remedy: 'Check the port: with smtps TLS begins at once (465), with smtp it begins by STARTTLS (587).',
      retryable: true,
      cause,
    });
  }
  const network = Object.assign(new Error('network'), { code: originalCode ?? code });
  if (networkCodeOf(network) !== undefined && code !== 'ECONNECTION') return explainNetworkError(network, { host: shown, hostname: host });
  return new ConnectorError('upstream_unreachable', `The mail server at ${shown} closed the connection.`, {
    remedy: AGAIN,
    retryable: true,
    cause,
  });
}
