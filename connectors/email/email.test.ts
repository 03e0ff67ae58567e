import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { after, before, beforeEach, describe, it } from 'node:test';
import { configuredDestinations } from '@holdfast/configuration';
import { ConnectorError, type ConnectorErrorCode, type Options } from '@holdfast/connector';
import type { SMTPServerOptions } from 'smtp-server';
import { AZURE_CERTIFICATE, AZURE_CERTIFICATE_KEY } from '../../tests/harness/azure-certificate.ts';
import { type TestContextOptions, testContext, testDocument } from '../../tests/harness/connector-context.ts';
import { type MailServer, startMailServer } from '../../tests/harness/mail-server.ts';
import type { MailLimits } from './connection.ts';
import { emailPublisher } from './connectors.ts';
import { readOptions } from './options.ts';
import { publish as publishWithin } from './publish.ts';

const PASSWORD = 'canary-pass-91c2ee04';

let attempts = 0;
let recipientAnswer: ((address: string) => number | undefined) | undefined;
let senderAnswer: number | undefined;
let dataAnswer: number | 'close' | undefined;
beforeEach(() => {
  attempts = 0;
  recipientAnswer = senderAnswer = dataAnswer = undefined;
});

const refusal = (responseCode: number) => Object.assign(new Error('canary: what the server says'), { responseCode });

/** One account, and answers that a test chooses. */
const SERVER: SMTPServerOptions = {
  key: AZURE_CERTIFICATE_KEY,
  cert: AZURE_CERTIFICATE,
  authOptional: false,
  size: 20_000_000,
  onAuth({ username, password }, _session, done) {
    attempts += 1;
    if (username === 'filing' && password === PASSWORD) done(null, { user: username });
    else done(refusal(535));
  },
  onMailFrom: (_address, _session, done) => done(senderAnswer === undefined ? null : refusal(senderAnswer)),
  onRcptTo({ address }, _session, done) {
    const status = recipientAnswer?.(address);
    done(status === undefined ? null : refusal(status));
  },
};

let overTls: MailServer;
let startingTls: MailServer;
before(async () => {
  overTls = await startMailServer({ ...SERVER, secure: true });
  startingTls = await startMailServer(SERVER);
});
after(async () => {
  await overTls?.[Symbol.asyncDispose]();
  await startingTls?.[Symbol.asyncDispose]();
});

function optionsFor({ port }: MailServer = overTls, more: Options = {}): Options {
  const account = { user: 'filing', password: PASSWORD, from: 'filing@example.com', to: 'ada@example.org, bob@example.org' };
  return { host: 'localhost', port, security: port === overTls.port ? 'smtps' : 'smtp', ...account, ...more };
}

function contextFor(options: Options, more: Partial<TestContextOptions> = {}) {
  return testContext({ destinations: emailPublisher.destinations(options), values: [PASSWORD], ca: AZURE_CERTIFICATE, ...more });
}

async function publish(document: ReturnType<typeof testDocument>, options: Options, more: Partial<TestContextOptions> = {}) {
  await using context = contextFor(options, more);
  return await emailPublisher.publish(document, options, context);
}

async function check(options: Options, more: Partial<TestContextOptions> = {}) {
  await using context = contextFor(options, more);
  return await emailPublisher.check(options, context);
}

function failsAs(code: ConnectorErrorCode, message: RegExp, more: Partial<ConnectorError> = {}) {
  return (error: unknown) => {
    assert.ok(error instanceof ConnectorError, String(error));
    const said = `${error.message} ${error.remedy}`;
    assert.equal(error.code, code, said);
    assert.match(said, message);
    for (const [name, value] of Object.entries(more)) assert.equal(error[name as keyof ConnectorError], value, `${name}: ${said}`);
    assert.doesNotMatch(said, /canary/);
    return true;
  };
}

const text = () => testDocument('in/März 1.txt', Buffer.from('one'), 'text/plain');

describe('an e-mail publisher', { concurrency: false }, () => {
  it('sends each document as an attachment, over TLS from the first byte or by STARTTLS', async () => {
    const large = randomBytes(2 * 1024 * 1024 + 5);
    for (const server of [overTls, startingTls]) {
      server.received.length = 0;
      const options = optionsFor(server, { cc: 'eve@example.net', subject: 'New: {name}', text: '{path}, {size} bytes' });
      assert.match(await check(options), /accepts the user over TLS/);
      assert.equal(server.received.length, 0);
      assert.deepEqual(await publish(testDocument('in/März/請求書.pdf', large, 'application/pdf'), options), {
        outcome: 'published',
        publishedAs: 'mail to ada@example.org, bob@example.org, eve@example.net',
      });
      const [{ mail, secure, user } = assert.fail()] = server.received;
      assert.deepEqual([secure, user], [true, 'filing']);
      assert.equal(mail.subject, 'New: 請求書.pdf');
      assert.match(mail.text ?? '', /^in\/März\/請求書\.pdf, 2,097,157 bytes/);
      assert.equal(mail.from?.text, 'filing@example.com');
      const [attachment] = mail.attachments;
      assert.deepEqual([mail.attachments.length, attachment?.filename, attachment?.contentType], [1, '請求書.pdf', 'application/pdf']);
      assert.ok(attachment?.content.equals(large));
    }
  });

  it('gives a mail of the same document the same Message-ID, and of another a different one', async () => {
    overTls.received.length = 0;
    for (const document of [text(), text(), testDocument('other.txt', Buffer.from('one'))]) await publish(document, optionsFor());
    const [first, again, other] = overTls.received.map(({ mail }) => mail.messageId);
    assert.match(first ?? '', /^<[0-9a-f]{40}@example\.com>$/);
    assert.equal(again, first);
    assert.notEqual(other, first);
  });

  it('lets no name begin another header', async () => {
    overTls.received.length = 0;
    await publish(testDocument('a\r\nBcc: mallory@example.net\r\n\r\n.txt', Buffer.from('one')), optionsFor());
    const [{ mail } = assert.fail()] = overTls.received;
    assert.equal(mail.bcc, undefined);
    assert.equal(mail.subject, 'a Bcc: mallory@example.net .txt');
  });

  it('names recipients whom the server refuses, and fails when it refuses all', async () => {
    recipientAnswer = (address) => (address === 'bob@example.org' ? 550 : undefined);
    const { outcome, publishedAs, note } = await publish(text(), optionsFor());
    assert.deepEqual([outcome, publishedAs], ['published', 'mail to ada@example.org']);
    assert.match(note ?? '', /does not take mail for bob@example\.org/);
    recipientAnswer = () => 550;
    await assert.rejects(
      publish(text(), optionsFor()),
      failsAs('upstream_refused', /mail for ada@example\.org, bob@example\.org \(550\)/, { retryable: false, documentOnly: false }),
    );
    recipientAnswer = () => 450;
    await assert.rejects(publish(text(), optionsFor()), failsAs('upstream_refused', /is busy.*\(450\)/, { retryable: true }));
  });

  it('says what the server said no to, and whether trying again helps', async () => {
    await assert.rejects(
      check(optionsFor(overTls, { password: 'canary-wrong' })),
      failsAs('upstream_credentials', /did not accept the user.*\(535\)/, { retryable: false }),
    );
    senderAnswer = 553;
    await assert.rejects(
      publish(text(), optionsFor()),
      failsAs('upstream_refused', /does not let this user send from filing@example\.com/),
    );
    senderAnswer = 421;
    await assert.rejects(publish(text(), optionsFor()), failsAs('upstream_refused', /is busy/, { retryable: true }));
  });

  it('says of a server where nobody signs in by password that the password is not the fault', async () => {
    const refused = (end: RegExp) => failsAs('upstream_refused', end, { retryable: false, documentOnly: false });
    await using without = await startMailServer({ ...SERVER, secure: true, authOptional: true, disabledCommands: ['AUTH'] });
    const options = { ...optionsFor(), port: without.port };
    for (const work of [() => check(options), () => publish(text(), options)]) {
      await assert.rejects(work(), refused(/lets nobody sign in by password\. Nothing of the user was sent\. Leave “User”/));
    }
    assert.match(await check({ ...options, user: '', password: '' }), /answers over TLS/);
    await using byToken = await startMailServer({ ...SERVER, secure: true, authMethods: ['XOAUTH2'] });
    await assert.rejects(check({ ...optionsFor(), port: byToken.port }), refused(/lets nobody sign in by password \(504\)\. Leave “User”/));
    assert.equal(attempts, 0);
  });

  it('refuses what is too large before it is sent, by the limit that the server names', async () => {
    await assert.rejects(
      publish(testDocument('large.bin', Buffer.alloc(16_000_000)), optionsFor()),
      failsAs('upstream_refused', /“large\.bin” is too large .*, which takes 20,000,000 bytes/, { documentOnly: true }),
    );
  });

  it('refuses a document above 100 MiB by name, before it connects', async () => {
    const document = { ...testDocument('huge.iso', Buffer.from('one')), size: 100 * 1024 * 1024 + 1 };
    await assert.rejects(
      publish(document, { ...optionsFor(), port: 1 }),
      failsAs('document_unsupported', /“huge\.iso” is too large for a mail: it has 104,857,601 bytes.*Nothing was sent/, {
        documentOnly: true,
      }),
    );
  });

  it('sends 100 MiB piece by piece, to a server that names no limit', { timeout: 240_000 }, async () => {
    let received = 0;
    const { size: _, ...noLimit } = SERVER;
    await using server = await startMailServer({
      ...noLimit,
      secure: true,
      onData(stream, _session, done) {
        stream.on('data', (piece: Buffer) => {
          received += piece.length;
        });
        stream.on('end', () => done(null));
      },
    });
    const piece = randomBytes(1024 * 1024);
    const sha256 = createHash('sha256');
    for (let count = 0; count < 100; count += 1) sha256.update(piece);
    let peak = 0;
    async function* read() {
      for (let count = 0; count < 100; count += 1) {
        peak = Math.max(peak, process.memoryUsage.rss());
        yield piece;
      }
    }
    const before = process.memoryUsage.rss();
    const document = { ...testDocument('a.bin', Buffer.from('')), size: 100 * piece.length, sha256: sha256.digest('hex'), read };
    await publish(document, { ...optionsFor(), port: server.port });
    assert.ok(received > 136 * 1024 * 1024);
    // Of both sides: the server is in this process.
    assert.ok(peak - before <= 150 * 1024 * 1024, `${Math.round((peak - before) / 1024 / 1024)} MiB`);
  });

  it('reports what happens to the mail itself', async () => {
    await using server = await startMailServer({
      ...SERVER,
      secure: true,
      onData(stream, _session, done) {
        if (dataAnswer === 'close') {
          stream.once('data', () => server.closeAll());
          return;
        }
        stream.resume();
        stream.on('end', () => done(typeof dataAnswer === 'number' ? refusal(dataAnswer) : null));
      },
    });
    const options = { ...optionsFor(), port: server.port };
    dataAnswer = 554;
    await assert.rejects(
      publish(text(), options),
      failsAs('upstream_refused', /did not take “in\/März 1\.txt” \(554\)/, { documentOnly: true }),
    );
    dataAnswer = 552;
    await assert.rejects(publish(text(), options), failsAs('upstream_refused', /too large/, { documentOnly: true }));
    dataAnswer = 451;
    await assert.rejects(publish(text(), options), failsAs('upstream_refused', /is busy/, { retryable: true }));
    dataAnswer = 'close';
    const large = testDocument('a.bin', randomBytes(4_000_000));
    await assert.rejects(publish(large, options), failsAs('upstream_unreachable', /./, { retryable: true }));
  });

  it('waits for the last answer longer than for any other, and sends nothing again that may have arrived', async () => {
    let answering: 'late' | 'never' | 'close' = 'late';
    const silence = 2_000;
    let mails = 0;
    await using server = await startMailServer({
      ...SERVER,
      secure: true,
      onData(stream, _session, done) {
        stream.resume();
        stream.on('end', () => {
          mails += 1;
          if (answering === 'late') setTimeout(() => done(null), 3 * silence);
          if (answering === 'close') server.closeAll();
        });
      },
    });
    const options = { ...optionsFor(), port: server.port };
    const within = async (limits: Partial<MailLimits>) => {
      await using context = contextFor(options);
      return await publishWithin(text(), readOptions(options), context, limits);
    };
    assert.equal((await within({ silence, lastAnswer: 60_000 })).outcome, 'published');
    const uncertain = failsAs('upstream_unreachable', /got “in\/März 1\.txt” and did not say whether it takes it.*Look whether/, {
      retryable: false,
      documentOnly: true,
      mayHaveArrived: true,
    });
    answering = 'never';
    await assert.rejects(within({ lastAnswer: 300 }), uncertain);
    answering = 'close';
    await assert.rejects(within({}), uncertain);
    assert.equal(mails, 3);
    server.closeAll();
  });

  it('says of a server that takes nothing more of a document what the egress says, and by its code', { timeout: 60_000 }, async () => {
    await using silent = await startMailServer({ authOptional: true, disabledCommands: ['STARTTLS'], onData: () => {} });
    const options = { ...optionsFor(), host: '127.0.0.1', port: silent.port, security: 'smtp', withoutTls: true, user: '', password: '' };
    await using context = contextFor(options, { egress: { slowSeconds: 2 } });
    const large = testDocument('large.bin', Buffer.alloc(32 * 1024 * 1024));
    await assert.rejects(
      publishWithin(large, readOptions(options), context, {}),
      failsAs('upstream_unreachable', /127\.0\.0\.1:\d+ transferred less than 1024 bytes a second/, { retryable: true }),
    );
    silent.closeAll();
  });

  it('ends an attempt whose answers come byte by byte', { timeout: 60_000 }, async () => {
    const server = createServer((socket) => {
      socket.on('error', () => {});
      socket.write('220 localhost\r\n');
      socket.once('data', () => {
        const dripping = setInterval(() => socket.write('250-A\r\n'), 50);
        socket.once('close', () => clearInterval(dripping));
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    try {
      const { port } = server.address() as AddressInfo;
      const options = { ...optionsFor(), host: '127.0.0.1', port, security: 'smtp', withoutTls: true };
      await using context = contextFor(options);
      await assert.rejects(
        publishWithin(text(), readOptions(options), context, { signIn: 500 }),
        failsAs('upstream_unreachable', /did not answer in time/, { retryable: true, mayHaveArrived: false }),
      );
    } finally {
      server.close();
    }
  });

  it('sends nothing whole of a document that changed meanwhile', async () => {
    overTls.received.length = 0;
    await assert.rejects(
      publish({ ...testDocument('a.bin', randomBytes(3_000_000)), sha256: '0'.repeat(64) }, optionsFor()),
      failsAs('upstream_refused', /changed while it was being sent/, { documentOnly: true }),
    );
    await publish(text(), optionsFor());
    assert.equal(overTls.received.length, 1);
  });

  it('sends nothing of the user without TLS, but to a private address when it is to', async () => {
    await using plain = await startMailServer({ ...SERVER, hideSTARTTLS: true, allowInsecureAuth: true });
    await assert.rejects(
      check({ ...optionsFor(plain) }),
      failsAs('upstream_refused', /does not offer STARTTLS\. Nothing of the user was sent/),
    );
    assert.equal(attempts, 0);
    const options = { ...optionsFor(plain), withoutTls: true };
    assert.match(await check(options), /accepts the user without TLS/);
    assert.equal((await publish(text(), options)).outcome, 'published');
    attempts = 0;
    await using context = contextFor(options);
    const { connect } = context;
    const elsewhere = async (target: Parameters<typeof connect>[0]) =>
      Object.defineProperty(await connect(target), 'remoteAddress', { value: '203.0.113.7' });
    await assert.rejects(
      emailPublisher.check(options, Object.assign(Object.create(context), { connect: elsewhere, onEnd: () => {}, signal: context.signal })),
      failsAs('option_invalid', /only for a private network/),
    );
    assert.equal(attempts, 0);
  });

  it('checks the certificate', async () => {
    for (const server of [overTls, startingTls]) {
      await assert.rejects(
        check(optionsFor(server), { ca: '' }),
        failsAs('upstream_unreachable', /no certificate that this server trusts/, { retryable: false }),
      );
    }
    assert.equal(attempts, 0);
  });

  it('says that the port is the other one', async () => {
    await assert.rejects(check({ ...optionsFor(startingTls), security: 'smtps' }), failsAs('upstream_unreachable', /./));
  });
});

describe('the options of an e-mail publisher', () => {
  it('name one destination', () => {
    for (const [options, destination] of [
      [{ host: 'Mail.example.com' }, 'smtps://mail.example.com:465'],
      [{ host: 'mail.example.com', port: 587, security: 'smtp' }, 'smtp://mail.example.com:587'],
    ] as const) {
      assert.deepEqual(emailPublisher.destinations({ from: 'a@b.c', to: 'd@e.f', ...options }), [destination]);
      assert.deepEqual(configuredDestinations(emailPublisher.type, options), [destination]);
    }
  });

  it('are refused by title when they cannot work', () => {
    for (const [bad, title] of [
      [{ host: 'smtp://x' }, 'Host'],
      [{ port: 70_000 }, 'Port'],
      [{ security: 'ssl' }, 'Security'],
      [{ withoutTls: true }, 'Without TLS'],
      [{ user: '' }, 'User'],
      [{ password: undefined }, 'Password'],
      [{ from: 'Ada <ada@example.com>' }, 'From'],
      [{ to: 'ada' }, 'To'],
      [{ to: 'a@b.c\r\nRCPT TO:<x@y.z>' }, 'To'],
      [{ cc: 'a@b.c;d@e.f' }, 'Copy to'],
      [{ subject: 'a\nb' }, 'Subject'],
      [{ to: Array.from({ length: 101 }, (_, index) => `a${index}@b.c`).join(',') }, 'To'],
    ] as const) {
      assert.throws(() => emailPublisher.destinations({ ...optionsFor(), ...bad }), failsAs('option_invalid', new RegExp(title)), title);
    }
  });
});
