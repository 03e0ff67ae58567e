import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { documentsToChannel } from '../../examples/documents-to-channel/example.ts';
import { apiOf } from '../harness/account.ts';
import { eventually } from '../harness/eventually.ts';
import { cleanEnvironment, repository } from '../harness/instance.ts';
import { freePort } from '../harness/ports.ts';
import { processTree } from '../harness/processes.ts';

test('one command makes an example and runs it, ends all of it, and finds it again', { timeout: 240_000 }, async (t) => {
  const base = await mkdtemp(join(tmpdir(), 'holdfast-command-'));
  t.after(() => rm(base, { recursive: true, force: true }));
  const folder = join(base, 'kept');
  const start = async () => {
    const control = `127.0.0.1:${await freePort()}`;
    const child = spawn(process.execPath, [join(repository, 'tests/try/example.ts'), documentsToChannel.name, '--home', folder], {
      cwd: repository,
      env: {
        ...cleanEnvironment(base, base),
        HOLDFAST_CONTROL_LISTEN: control,
        HOLDFAST_DATA_LISTEN: `127.0.0.1:${await freePort()}`,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let text = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
    await eventually(
      'the example to be set up',
      async () => {
        if (child.exitCode !== null) throw new Error(`It ended with ${child.exitCode}:\n${text}`);
        return text.includes('Ctrl-C ends all of it');
      },
      { withinMilliseconds: 90_000 },
    );
    return { text, url: `http://${control}`, child, ended };
  };

  const first = await start();
  assert.match(first.text, /run {8}succeeded/);
  assert.match(first.text, /published {2}1, 2/);
  assert.match(first.text, /takes messages as Slack’s incoming webhooks do/);
  const password = /Password {3}(\S+)/.exec(first.text)?.[1];
  const signedIn = await apiOf(first.url).request(
    'POST',
    '/api/auth/sign-in/email',
    { email: 'you@example.com', password },
    { origin: first.url },
  );
  assert.equal(signedIn.status, 200);
  const processes = await processTree(first.child.pid ?? 0);
  assert.ok(processes.length > 3);
  first.child.kill('SIGTERM');
  assert.equal(await first.ended, 0);
  await eventually('all of it to end', () => processes.every(({ pid }) => !existsSync(`/proc/${pid}`)));

  const again = await start();
  assert.match(again.text, /workflow {3}http/);
  assert.ok(!again.text.includes('run        '), 'it was run the last time');
  assert.equal(/Password {3}(\S+)/.exec(again.text)?.[1], password);
  again.child.kill('SIGTERM');
  assert.equal(await again.ended, 0);
});

test('a name that is none says which there are', async () => {
  for (const program of ['example.ts', 'main.ts']) {
    const child = spawn(process.execPath, [join(repository, 'tests/try', program), 'no-such-example'], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let text = '';
    child.stderr.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    assert.equal(await new Promise((resolve) => child.once('close', resolve)), 2);
    assert.match(text, /one of:\n {2}invoices-to-json +API keys for external services\n/);
  }
});
