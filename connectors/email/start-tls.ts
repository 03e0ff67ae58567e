import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { type ConnectorContext, ConnectorError } from '@holdfast/connector';

/** For each answer. */
const ANSWER_MILLISECONDS = 15_000;
const ANSWER_MAXIMUM_BYTES = 16_384;

/**
 * Takes a connection to an SMTP server over to TLS by STARTTLS (RFC 3207), through the egress, which checks
 * the certificate. What comes back begins as a connection does, with a greeting: hand it to a client as one
 * that is secured already.
 *
 * @throws ConnectorError; `upstream_refused` when the server offers no STARTTLS. Nothing of the user was
 *   sent.
 */
export async function startTls(socket: Socket, shown: string, context: ConnectorContext): Promise<TLSSocket> {
  const timer = setTimeout(
    () => socket.destroy(Object.assign(new Error('No answer in time.'), { code: 'ETIMEDOUT' })),
    2 * ANSWER_MILLISECONDS,
  );
  try {
    const greeting = await answerOf(socket);
    if (greeting.status !== 220) throw notSmtp(shown, greeting.status);
    socket.write('EHLO [127.0.0.1]\r\n');
    const { status, lines } = await answerOf(socket);
    if (status !== 250) throw notSmtp(shown, status);
    if (!lines.some((line) => /^STARTTLS$/i.test(line.trim()))) throw noTls(shown);
    socket.write('STARTTLS\r\n');
    const begun = await answerOf(socket);
    if (begun.status !== 220) throw noTls(shown);
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    clearTimeout(timer);
  }
  const secured = await context.startTls(socket);
  // The server says nothing until it is greeted again; a client waits for it to begin.
  secured.unshift('220 \r\n');
  return secured;
}

/** One answer (RFC 5321, section 4.2). What came behind it stays in the socket, where startTls refuses it. */
async function answerOf(socket: Socket): Promise<{ status: number; lines: string[] }> {
  let text = '';
  const lines: string[] = [];
  for (;;) {
    const byte = socket.read(1) as Buffer | null;
    if (byte === null) {
      if (socket.destroyed || socket.readableEnded) throw lost(socket);
      await Promise.race([once(socket, 'readable'), once(socket, 'end'), once(socket, 'close')]);
      continue;
    }
    text += byte.toString('latin1');
    if (text.length > ANSWER_MAXIMUM_BYTES) return { status: 0, lines: [] };
    if (!text.endsWith('\n')) continue;
    const [, status, more, rest = ''] = /^(\d{3})([ -]?)(.*?)\r?\n$/.exec(text) ?? [];
    if (status === undefined) return { status: 0, lines: [] };
    lines.push(rest);
    text = '';
    if (more !== '-') return { status: Number(status), lines };
  }
}

function lost(socket: Socket): Error {
  return socket.errored ?? Object.assign(new Error('The connection ended.'), { code: 'ECONNRESET' });
}

function notSmtp(shown: string, status: number): ConnectorError {
  if (status >= 400 && status < 600) {
    return new ConnectorError('upstream_refused', `The mail server at ${shown} takes no mail from here now (${status}).`, {
      remedy: 'Start the run again when the server has recovered; if it stays so, let it accept connections from this address.',
      retryable: true,
    });
  }
  return new ConnectorError('upstream_unreachable', `What answers at ${shown} does not speak SMTP.`, {
    remedy: 'Check the port: with smtps TLS begins at once (465), with smtp it begins by STARTTLS (587).',
    retryable: true,
  });
}

function noTls(shown: string): ConnectorError {
  return new ConnectorError('upstream_refused', `The mail server at ${shown} does not offer STARTTLS. Nothing of the user was sent.`, {
    remedy: 'Turn TLS on in the server, or choose smtps if it has TLS from the first byte.',
  });
}
