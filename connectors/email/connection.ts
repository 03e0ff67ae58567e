import type { Socket } from 'node:net';
import { type ConnectorContext, requirePrivatePeer } from '@holdfast/connector';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import { explain, signsNobodyIn } from './failures.ts';
import type { EmailOptions } from './options.ts';
import { startTls } from './start-tls.ts';

const GREETING_MILLISECONDS = 15_000;
/** A document has the time of one mail for each part of this size. */
const PART_BYTES = 64 * 1024 * 1024;

/** How long a server may take, in milliseconds; each also when its bytes come one by one. */
export interface MailLimits {
  /** Silence for so long ends the attempt, but for the last answer. */
  readonly silence: number;
  /** Until the user is signed in. */
  readonly signIn: number;
  /** For a mail, and once more for each 64 MiB of its document. */
  readonly mail: number;
  /** For the answer to the end of a mail: RFC 5321, section 4.5.3.2.6. */
  readonly lastAnswer: number;
  /** For the end of a connection that is not needed any more. */
  readonly goodbye: number;
}

const LIMITS: MailLimits = { silence: 60_000, signIn: 60_000, mail: 600_000, lastAnswer: 600_000, goodbye: 5_000 };

/** What the work says of its mail, so that each part of it has its time. */
export interface Sending {
  /** It begins, for a document of so many bytes. */
  begin(bytes: number): void;
  /** All of it was handed over: what is missing is the answer of the server. */
  handedOver(): void;
}

interface WithConnection {
  /** Whose mail it is, for messages. */
  readonly document?: string;
  /** Replaced in tests. */
  readonly limits?: Partial<MailLimits>;
}

/**
 * Runs the work on a connection that is signed in, over TLS as the options say, and ends it.
 *
 * @throws ConnectorError, or the reason of the context's signal.
 */
export async function withConnection<T>(
  options: EmailOptions,
  context: ConnectorContext,
  work: (connection: SMTPConnection, sending: Sending) => Promise<T>,
  { document, limits: replaced }: WithConnection = {},
): Promise<T> {
  const limits = { ...LIMITS, ...replaced };
  let socket: Socket | undefined;
  let handedOver = false;
  let timer: NodeJS.Timeout | undefined;
  const within = (milliseconds: number) => {
    clearTimeout(timer);
    timer = setTimeout(() => socket?.destroy(Object.assign(new Error('No answer in time.'), { code: 'ETIMEDOUT' })), milliseconds).unref();
  };
  const sending: Sending = {
    begin: (bytes) => within(limits.mail * (1 + Math.floor(bytes / PART_BYTES))),
    handedOver() {
      handedOver = true;
      socket?.setTimeout(limits.lastAnswer);
      within(limits.lastAnswer);
    },
  };
  try {
    socket = await dial(options, context);
    socket.once('close', () => clearTimeout(timer));
    within(limits.signIn);
    const connection = new SMTPConnection({
      connection: socket,
      host: options.host,
      port: options.port,
      // TLS is there already, or is not to be.
      secure: options.security !== 'none',
      secured: options.security !== 'none',
      ignoreTLS: true,
      name: '[127.0.0.1]',
      logger: false,
      greetingTimeout: GREETING_MILLISECONDS,
      connectionTimeout: GREETING_MILLISECONDS,
      socketTimeout: limits.silence,
      maxResponseSize: 65_536,
    });
    const broken = Promise.withResolvers<never>();
    broken.promise.catch(() => undefined);
    connection.on('error', broken.reject);
    connection.on('end', () =>
      // The command that was under way fails at once, and with more to say.
      setTimeout(broken.reject, 100, Object.assign(new Error('The connection ended.'), { code: 'ECONNECTION' })),
    );
    const signIn = async () => {
      await new Promise<void>((done, failed) => connection.connect((error) => (error ? failed(error) : done())));
      const { login } = options;
      if (login === undefined) return;
      // The library sends the password all the same.
      if (!connection.allowsAuth) throw signsNobodyIn(options);
      await new Promise<void>((done, failed) =>
        connection.login({ user: login.user, pass: login.password, credentials: { user: login.user, pass: login.password } }, (error) =>
          error ? failed(error) : done(),
        ),
      );
    };
    const result = await Promise.race([signIn().then(() => work(connection, sending)), broken.promise]);
    within(limits.goodbye);
    connection.quit();
    return result;
  } catch (error) {
    socket?.destroy();
    context.signal.throwIfAborted();
    throw explain(error, options, { document, handedOver });
  }
}

async function dial({ host, port, security, shown }: EmailOptions, context: ConnectorContext): Promise<Socket> {
  if (security === 'tls') return context.connect({ host, port, tls: {} });
  const socket = await context.connect({ host, port });
  if (security === 'starttls') return startTls(socket, shown, context);
  requirePrivatePeer(socket, '“Without TLS”', shown, 'Turn “Without TLS” off, and choose how the server has TLS.');
  return socket;
}
