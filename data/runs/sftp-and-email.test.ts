import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { startMailServer } from '../../tests/harness/mail-server.ts';
import { startSftpServer } from '../../tests/harness/sftp-server.ts';
import { testComponent, testInstance, testOrganization, testSecret } from '../testing/instance.ts';
import { finishedRun, itemsOf, logOf, startTestRun } from '../testing/runs.ts';

test('a run reads documents by SFTP, puts them onto another folder and sends them by mail, each with an organization secret', async () => {
  const password = `sftp-${randomBytes(9).toString('hex')}`;
  const mailPassword = `mail-${randomBytes(9).toString('hex')}`;
  await using server = await startSftpServer({ password });
  await using mail = await startMailServer({
    hideSTARTTLS: true,
    allowInsecureAuth: true,
    onAuth: ({ username, password: given }, _session, done) =>
      given === mailPassword ? done(null, { user: username }) : done(new Error('no')),
  });
  await using instance = await testInstance();
  const organization = await testOrganization(instance);
  const at = { host: '127.0.0.1', port: server.port, hostKey: server.fingerprint, user: 'ada' };
  const login = {
    password: await testSecret(instance, organization, 'SFTP', password, { destinations: [`sftp://127.0.0.1:${server.port}`] }),
  };
  const large = randomBytes(3 * 1024 * 1024);
  await mkdir(join(server.folder, 'outbox/März'), { recursive: true });
  await writeFile(join(server.folder, 'outbox/März/large.bin'), large);
  await writeFile(join(server.folder, 'outbox/a.txt'), 'one');
  const source = await testComponent(instance, organization, { ...at, folder: 'outbox' }, login, undefined, 'sftp-source');
  const files = await testComponent(instance, organization, { ...at, folder: '/filed' }, login, undefined, 'sftp-publisher');
  const letters = await testComponent(
    instance,
    organization,
    {
      host: '127.0.0.1',
      port: mail.port,
      security: 'smtp',
      withoutTls: true,
      user: 'filing',
      from: 'filing@example.com',
      to: 'ada@example.org',
    },
    { password: await testSecret(instance, organization, 'MAIL', mailPassword, { destinations: [`smtp://127.0.0.1:${mail.port}`] }) },
    undefined,
    'email-publisher',
  );
  const run = () =>
    startTestRun(instance, organization, [files, letters], [], { kind: 'component', componentId: source, documents: 'all' });
  const first = await run();
  assert.equal((await finishedRun(instance, first)).status, 'succeeded', (await logOf(instance, first)).join('\n'));
  assert.ok((await itemsOf(instance, first)).every(({ status }) => status === 'published'));
  assert.ok((await readFile(join(server.folder, 'filed/März/large.bin'))).equals(large));
  assert.equal(await readFile(join(server.folder, 'filed/a.txt'), 'utf8'), 'one');
  assert.deepEqual(mail.received.map(({ mail: each }) => each.attachments[0]?.filename).sort(), ['a.txt', 'large.bin']);
  const before = server.requests.filter(({ writes }) => writes).length;
  assert.equal((await finishedRun(instance, await run())).status, 'succeeded');
  assert.equal(server.requests.filter(({ writes }) => writes).length, before);
});
