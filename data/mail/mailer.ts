import type { Socket } from 'node:net';
import { connectorErrorIn, explainNetworkError, networkCodeOf } from '@holdfast/connector';
import { hostAndPort } from '@holdfast/envelope';
import { createTransport } from 'nodemailer';
import type { SmtpSettings } from './smtp-settings.ts';

/** Silence of the server for so long ends the attempt. */
const SILENCE_MILLISECONDS = 30_000;
/** For all of a mail on a connection, also when the answers of the server come byte by byte. */
const MAIL_MILLISECONDS = 120_000;

export interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

/**
 * Why a mail was not taken, in words for people; nothing of what the server said, which may repeat what was
 * sent.
 */
export class MailError extends Error {
  override readonly name = 'MailError';
  /** Trying again later may help. */
  readonly retryable: boolean;

  constructor(message: string, retryable: boolean, cause?: unknown) {
    super(message, { cause });
    this.retryable = retryable;
  }
}

export interface Mailer {
  readonly sender: string;
  /** @throws MailError */
  send(mail: Mail): Promise<void>;
}

/**
 * Sends through the operator's SMTP server, one connection each. A mail has two minutes once it is connected.
 *
 * @param dial opens the connection: data/egress, the only code that may.
 * @param authorities certificates to trust in place of the usual ones; for tests.
 * @param milliseconds for each mail; replaced in tests.
 */
export function createMailer(
  settings: SmtpSettings,
  dial: (host: string, port: number) => Promise<Socket>,
  authorities?: string,
  milliseconds: number = MAIL_MILLISECONDS,
): Mailer {
  const { host, port, security, user, password, sender } = settings;
  return {
    sender,
    async send({ to, subject, text }) {
      let socket: Socket | undefined;
      let timer: NodeJS.Timeout | undefined;
      try {
        socket = await dial(host, port);
        const transport = createTransport({
          connection: socket,
          host,
          port,
          secure: security === 'tls',
          requireTLS: security === 'starttls',
          ignoreTLS: security === 'plain',
          tls: { servername: host, minVersion: 'TLSv1.2', ...(authorities === undefined ? {} : { ca: authorities }) },
          ...(user === undefined ? {} : { auth: { user, pass: password ?? '' } }),
          disableFileAccess: true,
          disableUrlAccess: true,
          greetingTimeout: SILENCE_MILLISECONDS,
          socketTimeout: SILENCE_MILLISECONDS,
        });
        const { promise: late, reject } = Promise.withResolvers<never>();
        timer = setTimeout(() => reject(Object.assign(new Error('No end in time.'), { code: 'ETIMEDOUT' })), milliseconds);
        const sent = transport.sendMail({
          from: { name: 'Holdfast', address: sender },
          to: { name: '', address: to },
          subject,
          text,
          // No answer of a machine to a machine.
          headers: { 'Auto-Submitted': 'auto-generated' },
        });
        await Promise.race([sent, late]);
      } catch (error) {
        throw explain(error, settings);
      } finally {
        clearTimeout(timer);
        socket?.destroy();
      }
    },
  };
}

/** Codes of nodemailer's own. Any other, or one that it keeps as the original, is of the network. */
const OF_THE_LIBRARY = new Set(['ETLS', 'ESOCKET', 'ECONNECTION', 'EPROTOCOL', 'ESTREAM', 'EDNS', 'ECONFIG', 'EMAXLIMIT']);

function explain(error: unknown, place: Pick<SmtpSettings, 'host' | 'port'>): MailError {
  const server = hostAndPort(place);
  const known = connectorErrorIn(error);
  if (known !== undefined) return new MailError(known.message, known.retryable, error);
  const { code, originalCode, responseCode } = (error ?? {}) as { code?: unknown; originalCode?: unknown; responseCode?: unknown };
  const status = typeof responseCode === 'number' ? ` (${responseCode})` : '';
  switch (code) {
    case 'EAUTH':
      return new MailError(`The mail server ${server} did not accept the user or password${status}.`, true, error);
    case 'EENVELOPE':
      return new MailError(`The mail server ${server} did not accept the address${status}.`, Number(responseCode) < 500, error);
    case 'EMESSAGE':
      return new MailError(`The mail server ${server} did not accept the mail${status}.`, Number(responseCode) < 500, error);
  }
  const network = Object.assign(new Error('network'), { code: originalCode ?? code });
  if (networkCodeOf(network) !== undefined && !OF_THE_LIBRARY.has(String(network.code))) {
    return new MailError(explainNetworkError(network, { host: server, hostname: place.host }).message, true, error);
  }
  if (code === 'ETLS') return new MailError(`The mail server ${server} offers no TLS that this server trusts.`, true, error);
  return new MailError(`The mail server ${server} could not be reached, or ended the connection${status}.`, true, error);
}
