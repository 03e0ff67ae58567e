import assert from 'node:assert/strict';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, afterEach, before, describe, it, mock } from 'node:test';
import { configuredDestinations } from '@holdfast/configuration';
import { ConnectorError, type ConnectorErrorCode, type Options } from '@holdfast/connector';
import ssh2, { type ServerChannel } from 'ssh2';
import { type TestContextOptions, testContext, testDocument } from '../../tests/harness/connector-context.ts';
import { eventually } from '../../tests/harness/eventually.ts';
import { type SftpRequest, type SftpServer, sshKeyPair, startSftpServer } from '../../tests/harness/sftp-server.ts';
import { sftpPublisher, sftpSource } from './connectors.ts';
import { REMOTE_NAME_RULES, remotePath } from './remote-name.ts';

const PASSWORD = 'canary-pass-4f81c2d7';
const PASSPHRASE = 'canary-phrase-88d1e0';
const KEY = sshKeyPair({ passphrase: PASSPHRASE });
const SERVER_KEY = ssh2.utils.generateKeyPairSync('ecdsa', { bits: 256 });

let server: SftpServer;
before(async () => {
  server = await startSftpServer({ password: PASSWORD, publicKey: KEY.public });
});
after(() => server?.[Symbol.asyncDispose]());
afterEach(() => server.refuse(undefined));

function optionsFor({ port, fingerprint }: SftpServer = server, more: Options = {}): Options {
  return { host: '127.0.0.1', port, hostKey: fingerprint, user: 'ada', password: PASSWORD, ...more };
}

/** In a folder of its own. */
function fresh(more: Options = {}): Options & { folder: string } {
  return { ...optionsFor(), folder: `docs-${randomBytes(5).toString('hex')}`, ...more };
}

function contextFor(options: Options, more: Partial<TestContextOptions> = {}) {
  return testContext({ destinations: sftpPublisher.destinations(options), values: [PASSWORD], ...more });
}

async function publish(document: ReturnType<typeof testDocument>, options: Options, more: Partial<TestContextOptions> = {}) {
  await using context = contextFor(options, more);
  return await sftpPublisher.publish(document, options, context);
}

async function check(options: Options, connector: typeof sftpPublisher | typeof sftpSource = sftpPublisher) {
  await using context = contextFor(options);
  return await connector.check(options, context);
}

async function all<T>(each: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const one of each) found.push(one);
  return found;
}

async function listed(options: Options, more: Partial<TestContextOptions> = {}) {
  await using context = contextFor(options, more);
  return await all(sftpSource.list(options, context));
}

async function bytesOf(reference: string, options: Options, more: Partial<TestContextOptions> = {}) {
  await using context = contextFor(options, more);
  const { body, size } = await sftpSource.read(reference, options, context);
  return { size, bytes: Buffer.concat(await all(body)) };
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

/** A second for each piece of work. */
const SHORT = { egress: { limits: { requestMilliseconds: 1_000, bytesPerSecond: 1_024 } } };

const read = (options: Options & { folder: string }, name: string) => readFile(join(server.folder, options.folder, name));

describe('an SFTP publisher', { concurrency: false }, () => {
  it('writes beside the name, renames when all of it is there, and finds the same bytes unchanged', async () => {
    const options = fresh();
    const large = randomBytes(9 * 1024 * 1024 + 17);
    server.requests.length = 0;
    assert.deepEqual(await publish(testDocument('März/請求書 (1).pdf', large), options), {
      outcome: 'published',
      publishedAs: `127.0.0.1:${options.folder}/März/請求書 (1).pdf`,
    });
    assert.ok((await read(options, 'März/請求書 (1).pdf')).equals(large));
    const writes = server.requests.filter(({ writes }) => writes);
    assert.match(writes.at(-1)?.name ?? '', /POSIX_RENAME/);
    assert.equal(writes.at(-2)?.name, 'FSYNC');
    assert.ok(
      writes.filter(({ name }) => name === 'WRITE' || name === 'OPEN').every(({ path }) => /\/\.holdfast-[0-9a-f]{24}\.part$/.test(path)),
    );
    server.requests.length = 0;
    assert.equal((await publish(testDocument('März/請求書 (1).pdf', large), options)).outcome, 'unchanged');
    assert.deepEqual(
      server.requests.filter(({ writes }) => writes),
      [],
    );
    const other = Buffer.from(large);
    other[5] = 255 - (other[5] ?? 0);
    assert.equal((await publish(testDocument('März/請求書 (1).pdf', other), options)).outcome, 'published');
    assert.ok((await read(options, 'März/請求書 (1).pdf')).equals(other));
    assert.deepEqual(await readdir(join(server.folder, options.folder, 'März')), ['請求書 (1).pdf']);
    assert.equal((await publish(testDocument('empty.txt', Buffer.alloc(0)), options)).outcome, 'published');
    assert.equal((await read(options, 'empty.txt')).length, 0);
  });

  it('keeps what is there, or fails, when it is to', async () => {
    const options = fresh();
    await publish(testDocument('a.txt', Buffer.from('one')), options);
    const other = testDocument('a.txt', Buffer.from('two'));
    assert.equal((await publish(other, { ...options, existing: 'keep' })).outcome, 'unchanged');
    await assert.rejects(
      publish(other, { ...options, existing: 'fail' }),
      failsAs('upstream_refused', /different document/, { documentOnly: true }),
    );
    // Somebody else writes it after the look.
    let looked = false;
    server.refuse(({ name, path }) => {
      if (looked || name !== 'STAT' || !path.endsWith('/a.txt')) return undefined;
      looked = true;
      return 2;
    });
    assert.equal((await publish(other, { ...options, existing: 'keep' })).outcome, 'unchanged');
    assert.equal(String(await read(options, 'a.txt')), 'one');
    assert.deepEqual(await readdir(join(server.folder, options.folder)), ['a.txt']);
    await mkdir(join(server.folder, options.folder, 'b.txt'));
    await assert.rejects(publish(testDocument('b.txt', Buffer.from('x')), options), failsAs('upstream_refused', /A folder has the name/));
  });

  it('does without the extensions of OpenSSH', async () => {
    await using plain = await startSftpServer({ password: PASSWORD, extensions: false });
    const options = optionsFor(plain);
    for (const [text, outcome] of [
      ['one', 'published'],
      ['two', 'published'],
      ['two', 'unchanged'],
    ] as const) {
      assert.equal((await publish(testDocument('in/a.txt', Buffer.from(text)), options)).outcome, outcome);
      assert.equal(String(await readFile(join(plain.folder, 'in/a.txt'))), text);
    }
    assert.deepEqual(await readdir(join(plain.folder, 'in')), ['a.txt']);
  });

  it('takes a user who may only write, and its connection test leaves nothing', async () => {
    const options = fresh();
    await mkdir(join(server.folder, options.folder));
    server.refuse(({ name, writes }) => (!writes && name !== 'OPEN' ? 3 : name === 'OPEN' && !writes ? 3 : undefined));
    assert.match(await check(options), /accepts the user\. The folder “docs-.*” may be written\.$/);
    assert.equal((await publish(testDocument('a.txt', Buffer.from('one')), options)).outcome, 'published');
    assert.equal((await publish(testDocument('a.txt', Buffer.from('one')), options)).outcome, 'published');
    assert.deepEqual(await readdir(join(server.folder, options.folder)), ['a.txt']);
    server.refuse(undefined);
    assert.match(
      await check({ ...options, folder: `${options.folder}/not/there` }),
      /is not there yet; it is made with the first document/,
    );
    server.refuse(({ writes }) => (writes ? 3 : undefined));
    await assert.rejects(check(options), failsAs('upstream_credentials', /does not permit this user.*Let the user write and rename there/));
    await assert.rejects(publish(testDocument('b.txt', Buffer.from('one')), options), failsAs('upstream_credentials', /status 3/));
  });

  it('takes a user who may not delete: its connection test says so, and leaves one file however often it is made', async () => {
    await using plain = await startSftpServer({ password: PASSWORD, extensions: false });
    for (const { at, options } of [
      { at: server, options: fresh() },
      { at: plain, options: { ...fresh(), ...optionsFor(plain) } },
    ]) {
      const folder = join(at.folder, options.folder);
      await mkdir(folder);
      at.refuse(({ name }) => (name === 'REMOVE' ? 3 : undefined));
      for (const _ of [1, 2, 3]) {
        assert.match(await check(options), /may be written\. The user may not delete: “docs-[0-9a-f]+\/\.holdfast-connection-test”/);
        assert.deepEqual(await readdir(folder), ['.holdfast-connection-test']);
      }
      assert.equal((await publish(testDocument('a.txt', Buffer.from('one')), options)).outcome, 'published');
      const replaced = publish(testDocument('a.txt', Buffer.from('two')), options);
      if (at === server) assert.equal((await replaced).outcome, 'published');
      else await assert.rejects(replaced, failsAs('upstream_credentials', /may not delete it.*Let the user delete there too/));
      at.refuse(undefined);
      assert.match(await check(options), /may be written\.$/);
      assert.ok(!(await readdir(folder)).some((name) => name.includes('connection-test')));
    }
  });

  it('takes a user who may only write, and neither read nor delete, however often its connection test is made', async () => {
    const options = fresh();
    await mkdir(join(server.folder, options.folder));
    server.refuse(({ name, reads }) => (name === 'REMOVE' || (reads && name !== 'STAT') ? 3 : undefined));
    assert.equal((await publish(testDocument('a.txt', Buffer.from('one')), options)).outcome, 'published');
    for (const _ of [1, 2, 3]) assert.match(await check(options), /may be written\. The user may not delete: /);
    assert.deepEqual((await readdir(join(server.folder, options.folder))).sort(), ['.holdfast-connection-test', 'a.txt']);
  });

  it('empties no other file in a connection test, whatever lies under its names', async () => {
    for (const existing of ['replace', 'keep']) {
      for (const name of ['.holdfast-connection-test.part', '.holdfast-connection-test']) {
        const options = fresh({ existing });
        const folder = join(server.folder, options.folder);
        await mkdir(folder);
        await writeFile(join(folder, 'precious.txt'), 'precious');
        await symlink('precious.txt', join(folder, name));
        assert.match(await check(options), /may be written\.$/);
        assert.equal(await readFile(join(folder, 'precious.txt'), 'utf8'), 'precious');
        assert.deepEqual(await readdir(folder), ['precious.txt']);
      }
    }
  });

  it('says of a connection test that renaming was not tried where the name is taken, and leaves nothing of it', async () => {
    const options = fresh({ existing: 'keep' });
    const folder = join(server.folder, options.folder);
    await mkdir(folder);
    await writeFile(join(folder, '.holdfast-connection-test'), 'of somebody');
    // Of somebody else, who alone may move it.
    server.refuse(({ name, path }) => (name === 'RENAME' && path.endsWith('.part') ? 3 : undefined));
    assert.match(await check(options), /may be written\. Whether it may rename there was not tried: “.+connection-test” is taken\.$/);
    assert.deepEqual(await readdir(folder), ['.holdfast-connection-test']);
    assert.equal(await readFile(join(folder, '.holdfast-connection-test'), 'utf8'), 'of somebody');
  });

  it('refuses a user who may not rename, and its connection test leaves nothing', async () => {
    const options = fresh();
    await mkdir(join(server.folder, options.folder));
    server.refuse(({ name }) => (name === 'RENAME' || name === 'POSIX_RENAME' ? 3 : undefined));
    await assert.rejects(check(options), failsAs('upstream_credentials', /does not permit this user.*Let the user write and rename there/));
    assert.deepEqual(await readdir(join(server.folder, options.folder)), []);
    await assert.rejects(publish(testDocument('a.txt', Buffer.from('one')), options), failsAs('upstream_credentials', /status 3/));
  });

  it('leaves nothing under the name when the server or the document fails, and says whether trying again helps', async () => {
    const options = fresh();
    const document = testDocument('a.bin', randomBytes(3 * 1024 * 1024));
    for (const [status, code, message, more] of [
      [4, 'upstream_refused', /status 4.*disk may be full/, { documentOnly: true, retryable: false }],
      [
        14,
        'upstream_refused',
        /has no room for “docs-.*” \(status 14\).*Make room on the server/,
        { documentOnly: false, retryable: true },
      ],
      [15, 'upstream_refused', /no room/, { retryable: true }],
      [3, 'upstream_credentials', /status 3/, { documentOnly: false }],
      [8, 'upstream_refused', /status 8/, {}],
    ] as const) {
      server.refuse(({ name }) => (name === 'WRITE' ? status : undefined));
      await assert.rejects(publish(document, options), failsAs(code, message, more));
      assert.deepEqual(await readdir(join(server.folder, options.folder)), []);
    }
    server.refuse(undefined);
    await assert.rejects(
      publish({ ...document, sha256: '0'.repeat(64) }, options),
      failsAs('upstream_refused', /changed while it was being sent/, { documentOnly: true }),
    );
    assert.deepEqual(await readdir(join(server.folder, options.folder)), []);
  });

  it('connects again after the connection was closed in the middle', async () => {
    const options = fresh();
    const document = testDocument('a.bin', randomBytes(3 * 1024 * 1024));
    await using context = contextFor(options);
    let writes = 0;
    server.refuse(({ name }) => {
      if (name === 'WRITE') writes += 1;
      return writes === 20 ? 'close' : undefined;
    });
    await assert.rejects(sftpPublisher.publish(document, options, context), failsAs('upstream_unreachable', /./, { retryable: true }));
    server.refuse(undefined);
    assert.equal((await sftpPublisher.publish(document, options, context)).outcome, 'published');
    assert.equal((await sftpPublisher.publish(testDocument('b.bin', Buffer.from('b')), options, context)).outcome, 'published');
    assert.equal(context.connections.length, 2);
    assert.deepEqual(await readdir(join(server.folder, options.folder)), ['a.bin', 'b.bin']);
  });

  it('gives a server up that does not answer any more', async () => {
    const options = fresh();
    mock.timers.enable({ apis: ['setTimeout'] });
    try {
      server.refuse(({ name }) => (name === 'WRITE' ? 'silent' : undefined));
      server.requests.length = 0;
      const failed = assert.rejects(
        publish(testDocument('a.txt', Buffer.from('one')), options),
        failsAs('upstream_unreachable', /did not answer in time/, { retryable: true }),
      );
      while (!server.requests.some(({ name }) => name === 'WRITE')) await new Promise((next) => setImmediate(next));
      mock.timers.tick(60_001);
      await failed;
    } finally {
      mock.timers.reset();
    }
  });

  it('gives a server up that answers each request, and lets all of them take too long together', async () => {
    const options = fresh();
    const document = testDocument('slow.txt', Buffer.from('document'));
    server.refuse(() => ({ milliseconds: 300 }));
    await assert.rejects(
      publish(document, options, SHORT),
      failsAs('upstream_unreachable', /^What was asked of 127\.0\.0\.1:\d+ took more than 1 seconds\./, { retryable: true }),
    );
    server.refuse(undefined);
    assert.equal((await publish(document, options)).outcome, 'published');
  });

  it('has that time for each document, and none of it passes between them', async () => {
    const options = fresh();
    await using context = contextFor(options, { egress: { limits: { requestMilliseconds: 4_000, bytesPerSecond: 1_024 } } });
    // To connect is not what is looked at.
    assert.equal((await sftpPublisher.publish(testDocument('0.txt', Buffer.from('0')), options, context)).outcome, 'published');
    server.refuse(({ name }) => (name === 'FSYNC' ? { milliseconds: 1_500 } : undefined));
    for (const name of ['a.txt', 'b.txt', 'c.txt']) {
      assert.equal((await sftpPublisher.publish(testDocument(name, Buffer.from(name)), options, context)).outcome, 'published');
    }
    assert.equal(context.connections.length, 1);
  });

  it('stops when the work is to stop', async () => {
    const options = fresh();
    const stop = new AbortController();
    server.refuse(({ name }) => (name === 'WRITE' ? 'silent' : undefined));
    server.requests.length = 0;
    const failed = assert.rejects(publish(testDocument('a.txt', Buffer.from('one')), options, { signal: stop.signal }), /stopped/);
    await eventually('a write', () => server.requests.find(({ name }) => name === 'WRITE'));
    stop.abort(new Error('stopped'));
    await failed;
  });
});

describe('the host key of an SFTP server', { concurrency: false }, () => {
  it('is shown while nobody has put one in, and nothing of the user is sent', async () => {
    server.attempts.length = 0;
    for (const connector of [sftpPublisher, sftpSource]) {
      await assert.rejects(
        check({ ...optionsFor(), hostKey: '' }, connector),
        failsAs('option_invalid', new RegExp(`“Host key” is empty.* shows ${server.fingerprint.replace(/[+]/g, '\\+')} \\(ssh-ed25519\\)`)),
      );
    }
    await assert.rejects(
      publish(testDocument('a', Buffer.from('a')), { ...optionsFor(), hostKey: '' }),
      failsAs('option_invalid', /Host key/),
    );
    assert.deepEqual(server.attempts, []);
  });

  it('ends the connection before anything of the user is sent when it is another', async () => {
    server.attempts.length = 0;
    const other = `SHA256:${'A'.repeat(43)}`;
    await assert.rejects(
      check({ ...optionsFor(), hostKey: other }),
      failsAs('upstream_refused', new RegExp(`It is not the known host key.*${server.fingerprint.replace(/[+]/g, '\\+')}`), {
        retryable: false,
      }),
    );
    await assert.rejects(
      publish(testDocument('a', Buffer.from('a')), { ...optionsFor(), hostKey: other }),
      failsAs('upstream_refused', /known host key/),
    );
    assert.deepEqual(server.attempts, []);
  });

  it('is known by its fingerprint, by a line of known_hosts, or as one of several', async () => {
    for (const hostKey of [
      server.fingerprint,
      `${server.fingerprint}=`,
      server.knownHost,
      `SHA256:${'A'.repeat(43)} ${server.fingerprint}`,
    ]) {
      assert.match(await check({ ...optionsFor(), hostKey }), /shows the known host key/, hostKey);
    }
  });

  it('is asked for in the kind that is known', async () => {
    const both = sshKeyPair();
    await using two = await startSftpServer({ password: PASSWORD, config: { hostKeys: [both.private, SERVER_KEY.private] } });
    assert.match(await check(optionsFor(two, { hostKey: `[127.0.0.1]:${two.port} ${SERVER_KEY.public}` })), /shows the known host key/);
    await assert.rejects(
      check({ ...optionsFor(), hostKey: SERVER_KEY.public }),
      failsAs('upstream_refused', /not the kind of host key that is known/),
    );
  });
});

describe('signing in to an SFTP server', { concurrency: false }, () => {
  it('goes by password, by question, or by key, with a passphrase or none', async () => {
    assert.match(await check(optionsFor()), /accepts the user/);
    const byKey = { ...optionsFor(), password: undefined, privateKey: KEY.private, passphrase: PASSPHRASE };
    assert.match(await check(byKey), /accepts the user/);
    await using asks = await startSftpServer({ password: PASSWORD, interactive: true });
    assert.match(await check(optionsFor(asks)), /accepts the user/);
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const pem = privateKey.export({ type: 'pkcs1', format: 'pem' }) as string;
    const rsa = ssh2.utils.parseKey(pem);
    assert.ok(!(rsa instanceof Error));
    await using strong = await startSftpServer({ publicKey: `ssh-rsa ${rsa.getPublicSSH().toString('base64')}` });
    assert.match(await check(optionsFor(strong, { password: undefined, privateKey: pem.replaceAll('\n', '\r\n') })), /accepts the user/);
  });

  it('fails by name with what is not accepted, and shows nothing of it', async () => {
    const wrong = failsAs('upstream_credentials', /did not accept the user/, { retryable: false, documentOnly: false });
    await assert.rejects(check({ ...optionsFor(), password: 'canary-wrong' }), wrong);
    await assert.rejects(check({ ...optionsFor(), user: 'eve' }), wrong);
    const key = { ...optionsFor(), password: undefined, privateKey: KEY.private };
    await assert.rejects(check(key), failsAs('option_invalid', /“Passphrase” is empty/));
    await assert.rejects(check({ ...key, passphrase: 'canary-no' }), failsAs('option_invalid', /passphrase is the one of this key/));
    await assert.rejects(check({ ...key, privateKey: KEY.public }), failsAs('option_invalid', /holds a public key/));
    await assert.rejects(check({ ...key, privateKey: 'canary' }), failsAs('option_invalid', /no private key that can be read/));
    await assert.rejects(check({ ...key, privateKey: SERVER_KEY.private }), wrong);
  });

  it('refuses a key that would take long to decrypt before it begins', async () => {
    const lines = KEY.private.trim().split('\n');
    const bytes = Buffer.from(lines.slice(1, -1).join(''), 'base64');
    const rounds = bytes.indexOf('bcrypt') + 'bcrypt'.length + 4 + 4 + bytes.readUInt32BE(bytes.indexOf('bcrypt') + 'bcrypt'.length + 4);
    bytes.writeUInt32BE(2 ** 31, rounds);
    const slow = bytes.toString('base64');
    const options = { ...optionsFor(), password: undefined, passphrase: PASSPHRASE };
    // The library reads past what is no base64.
    for (const written of [slow, slow.replace(/(.{20})/g, '$1 !\n'), slow.replaceAll('+', '-').replaceAll('/', '_')]) {
      const privateKey = `${lines[0]}\n${written}\n${lines.at(-1)}\n`;
      await assert.rejects(
        check({ ...options, privateKey }),
        failsAs('option_invalid', /rounds of bcrypt; 32 are the most.*ssh-keygen -p -a 24/),
      );
    }
    const long = `${lines[0]}\n${'a:b\n'.repeat(5_000)}`;
    await assert.rejects(check({ ...options, privateKey: long }), failsAs('option_invalid', /more than 16,384 characters/));
  });

  it('goes by an ECDSA or RSA key in PKCS #8, and names what of that form it does not read', async () => {
    for (const { privateKey } of [
      generateKeyPairSync('rsa', { modulusLength: 2048 }),
      generateKeyPairSync('ec', { namedCurve: 'P-256' }),
    ]) {
      const known = ssh2.utils.parseKey(
        privateKey.export({ type: privateKey.asymmetricKeyType === 'rsa' ? 'pkcs1' : 'sec1', format: 'pem' }),
      );
      assert.ok(!(known instanceof Error));
      const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
      assert.match(pem, /^-----BEGIN PRIVATE KEY-----/);
      await using server = await startSftpServer({ publicKey: `${known.type} ${known.getPublicSSH().toString('base64')}` });
      assert.match(await check(optionsFor(server, { password: undefined, privateKey: pem })), /accepts the user/);
      const encrypted = privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: PASSPHRASE }) as string;
      await assert.rejects(
        check(optionsFor(server, { password: undefined, privateKey: encrypted, passphrase: PASSPHRASE })),
        failsAs('option_invalid', /encrypted in the form of PKCS #8.*ssh-keygen -p/),
      );
    }
    const ed25519 = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' });
    for (const privateKey of [ed25519, '-----BEGIN PRIVATE KEY-----\ncanary\n-----END PRIVATE KEY-----']) {
      await assert.rejects(
        check({ ...optionsFor(), password: undefined, privateKey }),
        failsAs('option_invalid', /no private key that can be read.*an Ed25519 key of OpenSSH/),
      );
    }
  });

  it('says of a server that lets the user in without SFTP that it has none', async () => {
    const ends = (code: number) => (channel: ServerChannel) => {
      channel.exit(code);
      channel.end();
    };
    const prints = (channel: ServerChannel) => void channel.write('This account is not available.\n');
    for (const inPlaceOfSftp of [ends(1), ends(3), prints]) {
      await using shell = await startSftpServer({ password: PASSWORD, inPlaceOfSftp });
      const without = failsAs('upstream_refused', /lets the user in, and has no SFTP for them/, { retryable: false, documentOnly: false });
      for (const work of [check, listed, (options: Options) => publish(testDocument('a.txt', Buffer.from('one')), options)]) {
        await assert.rejects(work(optionsFor(shell)), without);
      }
    }
  });

  it('is not tried with algorithms that are weak', async () => {
    await using old = await startSftpServer({
      password: PASSWORD,
      config: { algorithms: { cipher: ['aes128-ctr'], hmac: ['hmac-sha1'] } },
    });
    await assert.rejects(check(optionsFor(old)), failsAs('upstream_refused', /no algorithm that is still safe/));
    assert.deepEqual(old.attempts, []);
  });
});

describe('an SFTP source', { concurrency: false }, () => {
  async function filled(documents: Readonly<Record<string, Buffer>>) {
    const options = fresh();
    for (const [name, bytes] of Object.entries(documents)) {
      const path = join(server.folder, options.folder, name);
      await mkdir(join(path, '..'), { recursive: true });
      await writeFile(path, bytes);
    }
    return options;
  }

  it('lists what is below its folder as deep as it may, without links, and reads it as it is', async () => {
    const large = randomBytes(5 * 1024 * 1024 + 3);
    const documents = {
      'a.txt': Buffer.from('one'),
      'in/März/b.bin': large,
      'in/empty': Buffer.alloc(0),
      'in/.holdfast-0.part': Buffer.from('x'),
    };
    const options = await filled(documents);
    await symlink('/etc', join(server.folder, options.folder, 'link'));
    const found = await listed(options);
    assert.deepEqual(found.map(({ name }) => name).sort(), ['a.txt', 'in/März/b.bin', 'in/empty']);
    for (const { reference, size } of found) {
      const bytes = documents[reference as keyof typeof documents];
      assert.equal(size, bytes.length);
      assert.ok((await bytesOf(reference, options)).bytes.equals(bytes));
    }
    assert.deepEqual((await listed({ ...options, depth: 1 })).map(({ name }) => name).sort(), ['a.txt', 'in/empty']);
    assert.deepEqual(
      (await listed({ ...options, depth: 0 })).map(({ name }) => name),
      ['a.txt'],
    );
    assert.match(await check(options, sftpSource), /what is there can be read/);
  });

  it('ends a list of folders that wait with more characters in their paths than memory should hold', async () => {
    let folders = 0;
    const page = () => {
      if (folders >= 20_000) return [];
      folders += 50;
      return Array.from({ length: 50 }, (_, index) => String(folders - index).padStart(1_000, 'x'));
    };
    await using endless = await startSftpServer({ password: PASSWORD, listsFolders: page });
    await assert.rejects(listed(optionsFor(endless)), failsAs('answer_invalid', /long paths.*folder further down/));
    assert.ok(folders > 16_700 && folders < 18_000, `${folders} folders`);
  });

  it('lists more than comes at once, and says by the version that a file has changed', async () => {
    const options = await filled(Object.fromEntries(Array.from({ length: 120 }, (_, index) => [`${index}.txt`, Buffer.from('x')])));
    const [first] = await listed(options);
    assert.equal((await listed(options)).length, 120);
    await utimes(join(server.folder, options.folder, first?.reference ?? ''), 1, 1);
    const again = (await listed(options)).find(({ reference }) => reference === first?.reference);
    assert.notEqual(again?.version, first?.version);
  });

  it('says what is not there, not permitted, gone since, or lost in the middle', async () => {
    const options = await filled({ 'a.bin': randomBytes(3 * 1024 * 1024) });
    await assert.rejects(
      listed({ ...options, folder: 'none' }),
      failsAs('upstream_not_found', /“none”.*Correct the folder/, { documentOnly: false }),
    );
    await assert.rejects(check({ ...options, folder: 'none' }, sftpSource), failsAs('upstream_not_found', /none/));
    await assert.rejects(bytesOf('gone', options), failsAs('upstream_not_found', /taken away/, { documentOnly: true }));
    await assert.rejects(bytesOf('../a', options), failsAs('document_unsupported', /leads out/, { documentOnly: true }));
    server.refuse(({ name }) => (name === 'OPENDIR' ? 3 : undefined));
    await assert.rejects(listed(options), failsAs('upstream_credentials', /Let the user list and read it/));
    server.refuse(({ name }) => (name === 'OPEN' ? 3 : undefined));
    await assert.rejects(bytesOf('a.bin', options), failsAs('upstream_credentials', /read it/, { documentOnly: true }));
    let reads = 0;
    server.refuse(({ name }) => {
      if (name === 'READ') reads += 1;
      return reads === 20 ? 'close' : undefined;
    });
    await assert.rejects(bytesOf('a.bin', options), failsAs('upstream_unreachable', /./, { retryable: true }));
  });

  it('takes a user who may only read, and its connection test asks for nothing more', async () => {
    const options = await filled({ 'a.txt': Buffer.from('one'), 'in/b.txt': Buffer.from('two') });
    server.refuse(({ writes }) => (writes ? 3 : undefined));
    server.requests.length = 0;
    assert.match(
      await check(options, sftpSource),
      /accepts the user\. The folder “docs-.*” can be listed, and what is there can be read\.$/,
    );
    assert.deepEqual(
      server.requests.filter(({ writes }) => writes),
      [],
    );
    assert.deepEqual((await listed(options)).map(({ name }) => name).sort(), ['a.txt', 'in/b.txt']);
    assert.equal(String((await bytesOf('in/b.txt', options)).bytes), 'two');
  });

  it('gives a server up that hands out a file a byte at a time, or a list an entry at a time', async () => {
    const options = await filled(Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`${index}.txt`, Buffer.alloc(40, 'x')])));
    server.refuse(({ name }) => (name === 'READ' || name === 'READDIR' ? { milliseconds: 200, most: 1 } : undefined));
    const tooLong = failsAs('upstream_unreachable', /^What was asked of 127\.0\.0\.1:\d+ took more than 1 seconds\./, { retryable: true });
    await assert.rejects(bytesOf('1.txt', options, SHORT), tooLong);
    await assert.rejects(listed(options, SHORT), tooLong);
  });

  it('does not hand out a document that holds the password', async () => {
    const options = await filled({ 'a.txt': Buffer.from(`the password is ${PASSWORD}.`) });
    await assert.rejects(bytesOf('a.txt', options), failsAs('document_holds_value', /./, { documentOnly: true }));
  });
});

describe('an SFTP server that ends the connection, opens no channel, or speaks no SFTP', { concurrency: false }, () => {
  /** What may be under way, and the requests of it in which the server ends the connection. */
  const WORKS: Readonly<Record<string, { readonly work: (options: Options) => Promise<unknown>; readonly asks: SftpRequest['name'][] }>> = {
    'the connection test of a publisher': { work: (options) => check(options), asks: ['OPEN', 'RENAME', 'REMOVE'] },
    'the connection test of a source': { work: (options) => check(options, sftpSource), asks: ['READDIR', 'OPENDIR', 'OPEN', 'READ'] },
    publishing: {
      work: (options) => publish(testDocument('a.txt', Buffer.from('one')), options),
      asks: ['WRITE', 'STAT', 'OPEN', 'FSYNC', 'POSIX_RENAME'],
    },
    listing: { work: (options) => listed(options), asks: ['READDIR', 'OPENDIR'] },
    reading: { work: (options) => bytesOf('a.txt', options), asks: ['READ', 'OPEN'] },
  };
  const BUSY = ['upstream_refused', /is busy or does not work/, { retryable: true }] as const;
  const NOT_FROM_HERE = ['upstream_refused', /takes no connection from this address/, { retryable: false }] as const;
  const NOT_ACCEPTED = ['upstream_credentials', /did not accept the user/, { retryable: false }] as const;
  const TOO_MANY_TRIES = ['upstream_credentials', /while the user signed in .*MaxAuthTries/, { retryable: false }] as const;
  const CLOSED = ['upstream_unreachable', /closed the connection \(.*look into its log/, { retryable: true }] as const;

  async function withFile() {
    const options = fresh();
    const folder = join(server.folder, options.folder);
    await mkdir(folder);
    await writeFile(join(folder, 'a.txt'), randomBytes(3 * 1024 * 1024));
    return options;
  }

  for (const [name, { work, asks }] of Object.entries(WORKS)) {
    const fails = async (
      options: Options,
      reason: number,
      [code, message, more]: readonly [ConnectorErrorCode, RegExp, object],
      when: string,
    ) => {
      const failed = failsAs(code, message, { documentOnly: false, ...more });
      const withReason = (error: unknown) => failed(error) && String(error).endsWith(` (SSH reason ${reason}).`);
      await assert.rejects(work(options), withReason, `reason ${reason}, ${when}`);
    };

    it(`gives a reason before the user is in: ${name}`, async () => {
      for (const [at, reason, expected] of [
        ['greeting', 1, NOT_FROM_HERE],
        ['greeting', 2, CLOSED],
        ['greeting', 3, CLOSED],
        ['greeting', 7, BUSY],
        ['greeting', 12, BUSY],
        ['greeting', 14, CLOSED],
        ['sign-in', 1, NOT_FROM_HERE],
        ['sign-in', 2, TOO_MANY_TRIES],
        ['sign-in', 3, CLOSED],
        ['sign-in', 7, BUSY],
        ['sign-in', 10, CLOSED],
        ['sign-in', 12, BUSY],
        ['sign-in', 14, NOT_ACCEPTED],
        ['sign-in', 15, NOT_ACCEPTED],
      ] as const) {
        await using ends = await startSftpServer({ password: PASSWORD, disconnects: { at, reason } });
        await fails(optionsFor(ends), reason, expected, at);
      }
    });

    it(`gives a reason that is no answer to what was asked for: ${name}`, async () => {
      const options = await withFile();
      for (const asked of asks) {
        for (const [reason, expected] of [
          [1, CLOSED],
          [2, CLOSED],
          [3, CLOSED],
          [4, CLOSED],
          [7, BUSY],
          [8, CLOSED],
          [12, BUSY],
          [14, CLOSED],
          [15, CLOSED],
        ] as const) {
          server.refuse((request) => (request.name === asked ? { disconnects: reason } : undefined));
          await fails(options, reason, expected, asked);
        }
      }
    });

    it(`opens no channel, for a while when it has no room, else as the user has no SFTP: ${name}`, async () => {
      for (const [refusesChannel, message, retryable] of [
        [1, /has no SFTP for them/, false],
        [2, /has no SFTP for them/, false],
        [3, /has no SFTP for them/, false],
        [4, /is busy or does not work \(channel refused, reason 4\)/, true],
      ] as const) {
        await using full = await startSftpServer({ password: PASSWORD, refusesChannel });
        await assert.rejects(work(optionsFor(full)), failsAs('upstream_refused', message, { retryable, documentOnly: false }));
      }
    });

    it(`answers with what is no SFTP: ${name}`, async () => {
      const options = await withFile();
      for (const asked of asks) {
        server.refuse((request) => (request.name === asked ? 'malformed' : undefined));
        const failed = failsAs('upstream_unreachable', /answered with what is no SFTP/, { retryable: true, documentOnly: false });
        await assert.rejects(work(options), failed, asked);
      }
    });
  }

  it('is connected to once more for the next document', async () => {
    const options = fresh();
    await using context = contextFor(options);
    server.refuse(({ name }) => (name === 'WRITE' ? { disconnects: 12 } : undefined));
    const document = testDocument('a.txt', Buffer.from('one'));
    await assert.rejects(sftpPublisher.publish(document, options, context), failsAs('upstream_refused', /busy/, { retryable: true }));
    server.refuse(undefined);
    assert.equal((await sftpPublisher.publish(document, options, context)).outcome, 'published');
    assert.equal(context.connections.length, 2);
  });
});

describe('the name of a document on an SFTP server', () => {
  it('is the document’s own where it can be, and never climbs', () => {
    assert.equal(remotePath('', 'in/März (1).pdf'), 'in/März (1).pdf');
    assert.equal(remotePath('/up', 'a.txt'), '/up/a.txt');
    assert.equal(remotePath('', 'Ma\u0308rz.txt'), 'März.txt');
    const names = [
      '../x.txt',
      '..',
      './x.txt',
      '__/x.txt',
      'a//b',
      'a/b',
      'a\\b',
      'a\u0000b',
      '.holdfast-1.part',
      '',
      `${'é'.repeat(300)}.pdf`,
      `${'é'.repeat(301)}.pdf`,
      'x/'.repeat(2_000),
    ];
    const paths = names.map((name) => remotePath('/up', name));
    assert.equal(new Set(paths).size, names.length);
    for (const path of paths) {
      assert.match(path, /^\/up\//);
      assert.ok(Buffer.byteLength(path) <= REMOTE_NAME_RULES.longest);
      for (const part of path.slice(4).split('/')) {
        assert.ok(part !== '' && part !== '.' && part !== '..' && Buffer.byteLength(part) <= REMOTE_NAME_RULES.longestPart, path);
      }
    }
  });
});

describe('the options of an SFTP component', () => {
  it('name one destination', () => {
    for (const [options, destination] of [
      [{ host: 'Files.example.com' }, 'sftp://files.example.com:22'],
      [{ host: '10.0.0.7', port: 2222 }, 'sftp://10.0.0.7:2222'],
    ] as const) {
      assert.deepEqual(sftpPublisher.destinations({ ...options, user: 'ada', password: 'x' }), [destination]);
      assert.deepEqual(configuredDestinations(sftpPublisher.type, { ...options, user: 'ada' }), [destination]);
    }
  });

  it('are refused by title when they cannot work', () => {
    for (const [bad, title] of [
      [{ host: 'sftp://x' }, 'Host'],
      [{ host: 'x:22' }, 'Host'],
      [{ port: 0 }, 'Port'],
      [{ user: '' }, 'User'],
      [{ folder: 'a/../b' }, 'Folder'],
      [{ folder: 'a//b' }, 'Folder'],
      [{ existing: 'maybe' }, 'When'],
      [{ hostKey: 'MD5:aa:bb' }, 'Host key'],
      [{ password: undefined }, 'Private key'],
    ] as const) {
      assert.throws(() => sftpPublisher.destinations({ ...optionsFor(), ...bad }), failsAs('option_invalid', new RegExp(title)));
    }
    assert.throws(() => sftpSource.destinations({ ...optionsFor(), depth: 99 }), failsAs('option_invalid', /Depth/));
    assert.equal(existsSync(server.folder), true);
  });
});
