import assert from 'node:assert/strict';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type Server } from 'node:net';
import { test } from 'node:test';
import { PrepareError } from '../schema/prepare-error.ts';
import { startTestServer } from '../testing/index.ts';
import { problemOfConnection } from './connection-error.ts';
import { reachDatabase } from './reach.ts';

const PASSWORD = 'pass-that-nobody-reads';

async function refusal(url: string): Promise<PrepareError> {
  const error = await reachDatabase(url).then(
    () => assert.fail(`${url} was accepted`),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof PrepareError, String(error));
  assert.ok(!`${error.message} ${error.remedy}`.includes(PASSWORD));
  assert.ok(!/getaddrinfo|ECONN|ENOENT|Invalid URL|terminated/.test(error.message), error.message);
  return error;
}

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as { port: number }).port;
}

test('an address that cannot be one is refused before anything is tried', async () => {
  assert.match((await refusal('db.example')).message, /is not an address/);
  assert.match((await refusal(`mysql://u:${PASSWORD}@127.0.0.1/d`)).message, /begins with mysql:\/\//);
  assert.match((await refusal(`postgres://u:${PASSWORD}@127.0.0.1:99999/d`)).message, /malformed/);
  const { message, remedy } = await refusal(`postgres://u:${PASSWORD}/with-a-slash@127.0.0.1/d`);
  assert.match(message, /malformed/);
  assert.match(remedy, /percent-encoded/);
});

test('a host that is not known, and a port where nobody listens, are named', async () => {
  assert.match((await refusal(`postgres://u:${PASSWORD}@no-such-host.invalid/d`)).message, /no-such-host\.invalid, is not known/);
  const server = createServer();
  const port = await listening(server);
  await new Promise((resolve) => server.close(resolve));
  assert.match(
    (await refusal(`postgres://u:${PASSWORD}@127.0.0.1:${port}/d`)).message,
    new RegExp(`Nobody listens at 127\\.0\\.0\\.1:${port}`),
  );
  assert.match(
    (await refusal(`postgres://u:${PASSWORD}@/d?host=/no/such/folder`)).message,
    /no socket of a PostgreSQL in \/no\/such\/folder/,
  );
});

test('something that listens and is not PostgreSQL is named as that', async (t) => {
  const http = createHttpServer();
  t.after(() => http.close());
  const port = await listening(http);
  for (const tls of ['', '?sslmode=verify-full']) {
    assert.match((await refusal(`postgres://u:${PASSWORD}@127.0.0.1:${port}/d${tls}`)).message, /does not speak as PostgreSQL does/);
  }
});

test('one that takes the connection and says nothing is given up', { timeout: 30_000 }, async (t) => {
  const silent = createServer(() => {});
  t.after(() => silent.close());
  const port = await listening(silent);
  assert.match((await refusal(`postgres://u:${PASSWORD}@127.0.0.1:${port}/d`)).message, /does not answer/);
});

test('a real server: wrong password, unknown role, no such database, no TLS', { timeout: 60_000 }, async (t) => {
  const server = await startTestServer();
  t.after(() => server.stop());
  const own = new URL(server.url.replace('@/', '@localhost/'));
  const at = (role: string, password: string, database: string, more = '') =>
    `postgres://${role}:${password}@/${database}${own.search}${more}`;
  await reachDatabase(server.url);
  assert.match((await refusal(at(own.username, PASSWORD, 'postgres'))).message, /refuses the password of the role/);
  assert.match((await refusal(at('stranger', PASSWORD, 'postgres'))).message, /role stranger, or does not know the role/);
  assert.match((await refusal(at(own.username, own.password, 'nowhere'))).message, /has no database nowhere/);
  assert.match((await refusal(at(own.username, own.password, 'postgres', '&sslmode=verify-full'))).message, /does not offer TLS/);
});

test('a server that wants TLS, and a certificate that cannot be verified, are named with what to add', () => {
  const url = `postgres://u:${PASSWORD}@db.example/d`;
  const wantsTls = { code: '28000', message: 'no pg_hba.conf entry for host "10.0.0.1", user "u", database "d", no encryption' };
  assert.match(problemOfConnection(url, wantsTls)?.remedy ?? '', /sslmode=verify-full/);
  assert.match(problemOfConnection(url, { code: 'SELF_SIGNED_CERT_IN_CHAIN' })?.remedy ?? '', /sslrootcert/);
});

test('an error that is not about reaching the database stays what it is', () => {
  const url = `postgres://u:${PASSWORD}@db.example/d`;
  assert.equal(problemOfConnection(url, { code: '42501', message: 'permission denied' }), undefined);
  assert.equal(problemOfConnection(url, { code: 'ENOENT', syscall: 'open' }), undefined);
});
