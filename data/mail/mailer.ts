import type { Socket } from 'node:net';
import { ConnectorError } from '@holdfast/connector';
import { createTransport } from 'nodemailer';
import type { SmtpSettings } from './smtp-settings.ts';

/** Silence of the server for so long ends the attempt. */
const SILENCE_MILLISECONDS = 30_000;

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
 * Sends through the operator's SMTP server, one connection each.
 *
 * @param dial opens the connection: data/egress, the only code that may.
 * @param authorities certificates to trust in place of the usual ones; for tests.
 */
export function createMailer(settings: SmtpSettings, dial: (host: string, port: number) => Promise<Socket>, authorities?: string): Mailer {
  const { host, port, security, user, password, sender } = settings;
  return {
    sender,
    async send({ to, subject, text }) {
      let socket: Socket | undefined;
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
        await transport.sendMail({
          from: { name: 'Holdfast', address: sender },
          to: { name: '', address: to },
          subject,
          text,
          // No answer of a machine to a machine.
          headers: { 'Auto-Submitted': 'auto-generated' },
        });
      } catch (error) {
        throw explain(error, `${host}:${port}`);
      } finally {
        socket?.destroy();
      }
    },
  };
}

function explain(error: unknown, server: string): MailError {
  if (error instanceof ConnectorError) return new MailError(error.message, false, error);
  const { code, responseCode } = (error ?? {}) as { code?: unknown; responseCode?: unknown };
  const status = typeof responseCode === 'number' ? ` (${responseCode})` : '';
  switch (code) {
    case 'EAUTH':
      return new MailError(`The mail server ${server} did not accept the user or password${status}.`, true, error);
    case 'EENVELOPE':
      return new MailError(`The mail server ${server} did not accept the address${status}.`, Number(responseCode) < 500, error);
    case 'EMESSAGE':
      return new MailError(`The mail server ${server} did not accept the mail${status}.`, Number(responseCode) < 500, error);
    case 'ETLS':
      return new MailError(`The mail server ${server} offers no TLS that this server trusts.`, true, error);
    default:
      return new MailError(`The mail server ${server} could not be reached, or ended the connection${status}.`, true, error);
  }
}
