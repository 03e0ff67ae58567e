import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { ConnectorError, type ConnectorErrorCode, type Options } from '@holdfast/connector';
import { sftpPublisher, sftpSource } from '@holdfast/connector-sftp';
import { testContext, testDocument } from '../harness/connector-context.ts';
import { eventually } from '../harness/eventually.ts';
import { findSshd, keygen, type OpenSshServer, rewritten, startOpenSsh } from './openssh-server.ts';

/**
 * The SFTP connectors against the server of OpenSSH, which most servers of SFTP are; `npm test` has that of
 * ssh2, the library that is also the client. `npm run interop -- openssh` runs this where there is sshd.
 */

let server: OpenSshServer;
let files: string;
let key: string;
const PASSPHRASE = 'interop-phrase-51b0c7';

before(async () => {
  const sshd = findSshd() ?? assert.fail('There is no sshd on this machine.');
  server = await startOpenSsh(sshd);
  files = await mkdtemp(join(tmpdir(), 'holdfast-openssh-keys-'));
  const pair = keygen(join(files, 'key'), 'ed25519', PASSPHRASE);
  server.authorize(pair.public);
  key = pair.private;
});
after(async () => {
  await server?.[Symbol.asyncDispose]();
  if (files !== undefined) await rm(files, { recursive: true });
});

/** In a folder of its own, which is not there yet. */
function optionsFor(more: Options = {}): Options & { folder: string } {
  const { port, user, folder, hostKeys } = server;
  return {
    ...{ host: '127.0.0.1', port, user, hostKey: hostKeys.ed25519.fingerprint, privateKey: key, passphrase: PASSPHRASE },
    folder: `${folder}/docs-${randomBytes(5).toString('hex')}`,
    ...more,
  };
}

function at({ port, user, hostKeys, folder }: OpenSshServer): Options {
  return { port, user, hostKey: hostKeys.ed25519.fingerprint, folder };
}

function contextFor(options: Options) {
  const values = [options.password, options.privateKey, options.passphrase].filter((value) => typeof value === 'string');
  return testContext({ destinations: sftpPublisher.destinations(options), values });
}

async function publish(name: string, bytes: Buffer, options: Options) {
  await using context = contextFor(options);
  return await sftpPublisher.publish(testDocument(name, bytes), options, context);
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

async function listed(options: Options) {
  await using context = contextFor(options);
  return await all(sftpSource.list(options, context));
}

async function bytesOf(reference: string, options: Options) {
  await using context = contextFor(options);
  return Buffer.concat(await all((await sftpSource.read(reference, options, context)).body));
}

function failsAs(code: ConnectorErrorCode, message: RegExp) {
  return (error: unknown) => {
    assert.ok(error instanceof ConnectorError, String(error));
    const said = `${error.message} ${error.remedy}`;
    assert.equal(error.code, code, said);
    assert.match(said, message);
    assert.doesNotMatch(said, /interop-|BEGIN/);
    return true;
  };
}

describe('an SFTP publisher on OpenSSH', { concurrency: false }, () => {
  it('writes beside the name and renames, finds the same bytes unchanged, and puts others in their place', async () => {
    const options = optionsFor();
    assert.match(await check(options), /shows the known host key and accepts the user\. .*is not there yet; it is made/);
    // The server asks for new keys meanwhile.
    const large = randomBytes(20 * 1024 * 1024 + 17);
    const first = await publish('März/請求書 (1).pdf', large, options);
    assert.equal(first.outcome, 'published');
    const folder = join(options.folder, 'März');
    assert.ok((await readFile(join(folder, '請求書 (1).pdf'))).equals(large));
    assert.equal((await publish('März/請求書 (1).pdf', large, options)).outcome, 'unchanged');
    large[5] = 255 - (large[5] ?? 0);
    assert.equal((await publish('März/請求書 (1).pdf', large, options)).outcome, 'published');
    assert.ok((await readFile(join(folder, '請求書 (1).pdf'))).equals(large));
    assert.equal((await publish('empty.txt', Buffer.alloc(0), options)).outcome, 'published');
    assert.deepEqual(await readdir(folder), ['請求書 (1).pdf']);
    assert.match(await check(options), /may be written\.$/);
    assert.deepEqual((await readdir(options.folder)).sort(), ['März', 'empty.txt']);
  });

  it('keeps what is there, or fails, when it is to', async () => {
    const options = optionsFor();
    await publish('a.txt', Buffer.from('one'), options);
    assert.equal((await publish('a.txt', Buffer.from('two'), { ...options, existing: 'keep' })).outcome, 'unchanged');
    await assert.rejects(
      publish('a.txt', Buffer.from('two'), { ...options, existing: 'fail' }),
      failsAs('upstream_refused', /different document/),
    );
    assert.equal(await readFile(join(options.folder, 'a.txt'), 'utf8'), 'one');
    assert.deepEqual(await readdir(options.folder), ['a.txt']);
  });

  it('sends many documents over one connection', async () => {
    const options = optionsFor();
    await using context = contextFor(options);
    const names = Array.from({ length: 60 }, (_, index) => `${index % 7}/${index}.bin`);
    await Promise.all(names.map((name) => sftpPublisher.publish(testDocument(name, Buffer.from(name)), options, context)));
    assert.equal(context.connections.length, 1);
    assert.deepEqual((await listed(options)).map(({ name }) => name).sort(), names.sort());
  });

  it('is refused by name where it may not write', async () => {
    const only = keygen(join(files, 'read-only'), 'ed25519');
    server.authorize(only.public, 'restrict,command="internal-sftp -R"');
    const options = optionsFor();
    await publish('a.txt', Buffer.from('one'), options);
    const readOnly = { ...options, privateKey: only.private, passphrase: undefined };
    const refused = failsAs('upstream_credentials', /does not permit this user .*\(status 3\).*Let the user write and rename there/);
    await assert.rejects(publish('b.txt', Buffer.from('two'), readOnly), refused);
    await assert.rejects(check(readOnly), refused);
    assert.equal(String(await bytesOf('a.txt', readOnly)), 'one');
    assert.match(await check(readOnly, sftpSource), /what is there can be read/);
  });

  it('says of a user whom the server lets in without SFTP that he has none', async () => {
    for (const command of ['/bin/false', 'echo This account is not available.', 'echo This account is not available; sleep 600']) {
      const without = keygen(join(files, `without-${randomBytes(4).toString('hex')}`), 'ed25519');
      server.authorize(without.public, `restrict,command="${command}"`);
      await assert.rejects(
        check(optionsFor({ privateKey: without.private, passphrase: undefined })),
        failsAs('upstream_refused', /lets the user in, and has no SFTP for them/),
        command,
      );
    }
    await using none = await startOpenSsh(findSshd() ?? assert.fail(), ['MaxSessions 0']);
    const pair = keygen(join(files, 'none'), 'ed25519');
    none.authorize(pair.public);
    const options = { ...optionsFor({ privateKey: pair.private, passphrase: undefined }), ...at(none) };
    await assert.rejects(check(options), failsAs('upstream_refused', /lets the user in, and has no SFTP for them/));
  });
});

describe('an SFTP source on OpenSSH', { concurrency: false }, () => {
  it('lists what is below its folder, without links, and reads it as it is', async () => {
    const options = optionsFor();
    const documents: Record<string, Buffer> = {
      'a.txt': Buffer.from('one'),
      'in/März/b.bin': randomBytes(12 * 1024 * 1024 + 3),
      'in/empty': Buffer.alloc(0),
      ...Object.fromEntries(Array.from({ length: 250 }, (_, index) => [`many/${index}.txt`, Buffer.from(String(index))])),
    };
    for (const [name, bytes] of Object.entries(documents)) {
      await mkdir(join(options.folder, name, '..'), { recursive: true });
      await writeFile(join(options.folder, name), bytes);
    }
    await symlink('/etc', join(options.folder, 'link'));
    const found = await listed(options);
    assert.deepEqual(found.map(({ name }) => name).sort(), Object.keys(documents).sort());
    for (const { reference, size } of found.filter(({ name }) => !name.startsWith('many/'))) {
      assert.equal(size, documents[reference]?.length);
      assert.ok((await bytesOf(reference, options)).equals(documents[reference] ?? assert.fail(reference)));
    }
    await utimes(join(options.folder, 'a.txt'), 1, 1);
    const version = (list: typeof found) => list.find(({ reference }) => reference === 'a.txt')?.version;
    assert.notEqual(version(await listed(options)), version(found));
    assert.match(await check(options, sftpSource), /what is there can be read/);
  });

  it('says what is not there, and what it may not read', async () => {
    const options = optionsFor();
    await assert.rejects(listed(options), failsAs('upstream_not_found', /does not have .*\(status 2\)/));
    await publish('in/a.txt', Buffer.from('one'), options);
    await assert.rejects(bytesOf('in/b.txt', options), failsAs('upstream_not_found', /taken away/));
    await chmod(join(options.folder, 'in/a.txt'), 0o000);
    await assert.rejects(bytesOf('in/a.txt', options), failsAs('upstream_credentials', /Let the user .*read it/));
  });
});

describe('the host key of OpenSSH', { concurrency: false }, () => {
  it('is shown while nobody has put one in, and ends the connection when it is another, before the user is named', async () => {
    const before = server.log().length;
    const { fingerprint } = server.hostKeys.ed25519;
    const shown = fingerprint.replaceAll('+', '\\+');
    await assert.rejects(check(optionsFor({ hostKey: '' })), failsAs('option_invalid', new RegExp(`“Host key” is empty.*${shown}`)));
    for (const work of [check, listed, (options: Options) => publish('a.txt', Buffer.from('one'), options)]) {
      await assert.rejects(
        work(optionsFor({ hostKey: `SHA256:${'A'.repeat(43)}` })),
        failsAs('upstream_refused', new RegExp(`It is not the known host key.*${shown}`)),
      );
    }
    // Of a user that was named the log says “authenticating user”.
    const said = () => server.log().slice(before);
    const closed = /Connection closed by 127\.0\.0\.1 port \d+ \[preauth\]/g;
    await eventually('the end of four connections', () => said().match(closed)?.length === 4);
    assert.doesNotMatch(said(), /authenticating user|Failed|Accepted/);
  });

  it('is known by a line of known_hosts of any kind', async () => {
    for (const { line } of Object.values(server.hostKeys)) assert.match(await check(optionsFor({ hostKey: line })), /known host key/, line);
  });
});

describe('signing in to OpenSSH', { concurrency: false }, () => {
  for (const [kind, more, passphrase] of [
    ['ed25519', [], ''],
    ['ed25519', [], PASSPHRASE],
    ['ecdsa', [], PASSPHRASE],
    ['rsa', [], PASSPHRASE],
    ['rsa', ['-m', 'PEM'], ''],
    ['rsa', ['-m', 'PEM'], PASSPHRASE],
    ['ecdsa', ['-m', 'PEM'], PASSPHRASE],
    ['rsa', ['-m', 'PKCS8'], ''],
    ['ecdsa', ['-m', 'PKCS8'], ''],
  ] as const) {
    it(`goes by a key of ssh-keygen -t ${[kind, ...more].join(' ')}, ${passphrase === '' ? 'without' : 'with'} a passphrase`, async () => {
      const pair = keygen(join(files, `user-${randomBytes(4).toString('hex')}`), kind, passphrase, more);
      server.authorize(pair.public);
      const login = { privateKey: pair.private, passphrase: passphrase === '' ? undefined : passphrase };
      assert.match(await check(optionsFor(login)), /accepts the user/);
    });
  }

  it('goes by a key that is encrypted in PKCS #8 once ssh-keygen -p has written it as the error says', async () => {
    const file = join(files, 'pkcs8');
    const pair = keygen(file, 'rsa', PASSPHRASE, ['-m', 'PKCS8']);
    server.authorize(pair.public);
    const login = (privateKey: string) => optionsFor({ privateKey, passphrase: PASSPHRASE });
    await assert.rejects(check(login(pair.private)), failsAs('option_invalid', /ssh-keygen -p -f FILE/));
    assert.match(await check(login(rewritten(file, PASSPHRASE))), /accepts the user/);
  });

  it('goes by password', async (t) => {
    if (server.password === undefined) return t.skip('Only root can give the server an account with a password.');
    const options = optionsFor({ privateKey: undefined, passphrase: undefined, password: server.password });
    assert.match(await check(options), /accepts the user/);
    assert.equal((await publish('a.txt', Buffer.from('one'), options)).outcome, 'published');
  });

  it('fails by name with another password, another key, and another user', async () => {
    const refused = failsAs('upstream_credentials', /did not accept the user by password or key/);
    const other = keygen(join(files, 'other'), 'ed25519');
    const without = { privateKey: undefined, passphrase: undefined };
    await assert.rejects(check(optionsFor({ ...without, password: 'interop-wrong' })), refused);
    await assert.rejects(check(optionsFor({ privateKey: other.private, passphrase: undefined })), refused);
    await assert.rejects(check(optionsFor({ user: 'nobody-of-interop' })), refused);
  });

  it('fails by name where the server ends the connection after the first attempt', async () => {
    await using strict = await startOpenSsh(findSshd() ?? assert.fail(), ['MaxAuthTries 1']);
    const other = keygen(join(files, 'strict'), 'ed25519');
    const options = { ...optionsFor({ privateKey: other.private, passphrase: undefined }), ...at(strict) };
    const refused = failsAs('upstream_credentials', /ended the connection while the user signed in \(SSH reason 2\).*MaxAuthTries/);
    for (const connector of [sftpPublisher, sftpSource]) await assert.rejects(check(options, connector), refused);
  });
});
