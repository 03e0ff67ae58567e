import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { describe, it } from 'node:test';
import { ConnectorError } from '@holdfast/connector';
import { startMailServer } from '../../tests/harness/mail-server.ts';
import { createMailer, MailError } from './mailer.ts';
import { CERTIFICATE, PRIVATE_KEY } from './testing/certificate.ts';

const MAIL = { to: 'ada@example.com', subject: 'Hello', text: 'Hello.' };

function mailerTo(
  port: number,
  security: 'tls' | 'starttls' | 'plain',
  more: { dial?: () => Promise<Socket>; milliseconds?: number } = {},
) {
  const settings = { host: 'mail.test', port, security, user: undefined, password: undefined, sender: 'holdfast@example.com' };
  return createMailer(settings, more.dial ?? (async () => connect(port, '127.0.0.1')), undefined, more.milliseconds);
}

function failsWith(message: RegExp, retryable: boolean) {
  return (error: unknown) => {
    assert.ok(error instanceof MailError, String(error));
    assert.match(error.message, message);
    assert.equal(error.retryable, retryable);
    return true;
  };
}

describe('a mail that is not taken says why', () => {
  it('for a server that answers a line at a time and comes to no end', async () => {
    const server = createServer((socket) => {
      socket.on('error', () => {});
      socket.write('220 mail.test\r\n');
      const dripping = setInterval(() => socket.write('250-A\r\n'), 20);
      socket.once('close', () => clearInterval(dripping));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    try {
      const { port } = server.address() as AddressInfo;
      const mailer = mailerTo(port, 'plain', { milliseconds: 300 });
      await assert.rejects(mailer.send(MAIL), failsWith(/^mail\.test:\d+ did not answer in time \(ETIMEDOUT\)\.$/, true));
    } finally {
      server.close();
      await once(server, 'close');
    }
  });

  it('for one whose certificate is not trusted, however TLS begins', async () => {
    for (const secure of [true, false]) {
      await using server = await startMailServer({ key: PRIVATE_KEY, cert: CERTIFICATE, secure });
      await assert.rejects(
        mailerTo(server.port, secure ? 'tls' : 'starttls').send(MAIL),
        failsWith(/^mail\.test:\d+ has no certificate that this server trusts \(DEPTH_ZERO_SELF_SIGNED_CERT\)\.$/, true),
      );
      assert.equal(server.received.length, 0);
    }
  });

  it('for one that is not there, or may not be dialled', async () => {
    const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    await assert.rejects(
      mailerTo(25, 'plain', { dial: () => Promise.reject(refused) }).send(MAIL),
      failsWith(/^Nothing answers at mail\.test:25 \(ECONNREFUSED\)\.$/, true),
    );
    for (const [code, retryable] of [
      ['address_refused', false],
      ['upstream_unreachable', true],
    ] as const) {
      const dial = () => Promise.reject(new ConnectorError(code, 'As it was said.', { retryable }));
      await assert.rejects(mailerTo(25, 'plain', { dial }).send(MAIL), failsWith(/^As it was said\.$/, retryable));
    }
  });
});
