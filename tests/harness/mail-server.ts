import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { type ParsedMail, simpleParser } from 'mailparser';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { eventually } from './eventually.ts';

export interface ReceivedMail {
  readonly mail: ParsedMail;
  readonly secure: boolean;
  readonly user: string | undefined;
}

/** A mail server on this machine that keeps what it is sent. */
export interface MailServer extends AsyncDisposable {
  readonly port: number;
  readonly received: ReceivedMail[];
  /** The newest mail to an address whose subject holds these words; waits for it. */
  mailTo(address: string, subject: string): Promise<string>;
  /** Ends every connection at once. */
  closeAll(): void;
}

export async function startMailServer(options: SMTPServerOptions = {}): Promise<MailServer> {
  const received: ReceivedMail[] = [];
  const server = new SMTPServer({
    authOptional: true,
    logger: false,
    onData(stream, session, done) {
      simpleParser(stream).then((mail) => {
        received.push({ mail, secure: session.secure, user: session.user as string | undefined });
        done();
      }, done);
    },
    ...options,
  });
  server.on('error', () => undefined);
  const sockets = new Set<Socket>();
  const listening = server.listen(0, '127.0.0.1');
  listening.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await once(listening, 'listening');
  const recipients = ({ mail }: ReceivedMail) => [mail.to ?? []].flat().flatMap(({ value }) => value.map(({ address }) => address));
  return {
    port: (listening.address() as AddressInfo).port,
    received,
    mailTo: (address, subject) =>
      eventually(
        `a mail to ${address} about “${subject}”`,
        () => received.findLast((each) => recipients(each).includes(address) && each.mail.subject?.includes(subject))?.mail.text,
      ),
    closeAll() {
      for (const socket of sockets) socket.destroy();
    },
    async [Symbol.asyncDispose]() {
      await new Promise<void>((closed) => server.close(() => closed()));
    },
  };
}
