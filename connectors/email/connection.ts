import type { Socket } from 'node:net';
import { type ConnectorContext, ConnectorError } from '@holdfast/connector';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import { explain } from './failures.ts';
import type { EmailOptions } from './options.ts';
import { startTls } from './start-tls.ts';

/** Silence of the server for so long ends the attempt. */
const SILENCE_MILLISECONDS = 60_000;
const GREETING_MILLISECONDS = 15_000;

/** RFC 1918, RFC 4193, and this machine. The egress dials them only where the operator allows it. */
const PRIVATE = /^(?:::ffff:)?(?:10\.|127\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.)|^(?:::1$|f[cd][0-9a-f]{2}:)/i;

/**
 * Runs the work on a connection that is signed in, over TLS as the options say, and ends it.
 *
 * @param document whose mail it is, for messages.
 * @throws ConnectorError, or the reason of the context's signal.
 */
export async function withConnection<T>(
  options: EmailOptions,
  context: ConnectorContext,
  work: (connection: SMTPConnection) => Promise<T>,
  document?: string,
): Promise<T> {
  let socket: Socket | undefined;
  try {
    socket = await dial(options, context);
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
      socketTimeout: SILENCE_MILLISECONDS,
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
      await new Promise<void>((done, failed) =>
        connection.login({ user: login.user, pass: login.password, credentials: { user: login.user, pass: login.password } }, (error) =>
          error ? failed(error) : done(),
        ),
      );
    };
    const result = await Promise.race([signIn().then(() => work(connection)), broken.promise]);
    connection.quit();
    return result;
  } catch (error) {
    socket?.destroy();
    context.signal.throwIfAborted();
    throw explain(error, options, document);
  }
}

async function dial({ host, port, security, shown }: EmailOptions, context: ConnectorContext): Promise<Socket> {
  if (security === 'tls') return context.connect({ host, port, tls: {} });
  const socket = await context.connect({ host, port });
  if (security === 'starttls') return startTls(socket, shown, context);
  if (PRIVATE.test(socket.remoteAddress ?? '')) return socket;
  socket.destroy();
  throw new ConnectorError('option_invalid', `“Without TLS” is only for a private network, and ${shown} is not in one. Nothing was sent.`, {
    remedy: 'Turn “Without TLS” off, and choose how the server has TLS.',
  });
}
