import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { announceWaitingRuns } from '@holdfast/db';
import { type Azurite, startAzurite } from '../tests/harness/azurite.ts';
import { eventually } from '../tests/harness/eventually.ts';
import { freePort } from '../tests/harness/ports.ts';
import { startDataPlane } from './app.ts';
import { type TestInstance, testComponent, testInstance, testOrganization, testSecret } from './testing/instance.ts';
import { auditOf, finishedRun, itemsOf, startTestRun } from './testing/runs.ts';

interface DataProcess {
  readonly child: ChildProcess;
  output(): string;
}

/** It runs from its sources, which are compiled once. */
const { NODE_COMPILE_CACHE } = process.env;
const COMPILED = NODE_COMPILE_CACHE === undefined ? {} : { NODE_COMPILE_CACHE };

function startProcess(environment: Record<string, string>): DataProcess {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'main.ts')], {
    env: { PATH: process.env.PATH ?? '', ...COMPILED, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  const keep = (chunk: Buffer) => {
    text += chunk.toString();
  };
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  return { child, output: () => text };
}

describe('the data plane as a process', { concurrency: false }, () => {
  let azurite: Azurite;
  let instance: TestInstance;
  let home: string;
  let environment: Record<string, string>;

  before(async () => {
    [azurite, instance, home] = await Promise.all([startAzurite(), testInstance(), mkdtemp(join(tmpdir(), 'holdfast-process-'))]);
    environment = {
      HOLDFAST_HOME: home,
      DATABASE_URL: instance.settings.databaseUrl,
      HOLDFAST_ROOT_KEY_FILE: instance.settings.rootKeyFile,
      HOLDFAST_EGRESS_ALLOW: '127.0.0.0/8',
    };
  });
  after(async () => {
    await instance?.[Symbol.asyncDispose]();
    await azurite?.stop();
    await rm(home, { recursive: true, force: true });
  });

  async function ended(changes: Record<string, string>): Promise<{ code: number | null; output: string }> {
    const { child, output } = startProcess({ ...environment, ...changes });
    const [code] = await once(child, 'exit');
    return { code, output: output() };
  }

  it('does not start with a setting that is wrong or unknown, and names it', async () => {
    for (const [name, value] of [
      ['HOLDFAST_EGRES_ALLOW', 'x:1'],
      ['HOLDFAST_EGRESS_ALLOW', 'localhost'],
      ['HOLDFAST_DATA_LISTEN', 'nowhere'],
      ['HOLDFAST_SOURCE_FOLDERS', 'acme'],
      ['HOLDFAST_SESSION_KEY_FILE', '/x'],
      ['DATABASE_URL', ''],
    ] as const) {
      const { code, output } = await ended({ [name]: value });
      assert.equal(code, 2, output);
      assert.ok(output.includes(name), output);
    }
  });

  it('does not start without the root key that wrapped what the database holds', async () => {
    const { code, output } = await ended({ HOLDFAST_ROOT_KEY_FILE: join(home, 'elsewhere.key') });
    assert.equal(code, 2);
    assert.match(output, /Put the file back from your backup/);
    await assert.rejects(stat(join(home, 'elsewhere.key')));
  });

  it('is killed in the middle of a run, and its successor publishes each document once', async () => {
    const organization = await testOrganization(instance);
    await azurite.client.createContainer('killed');
    const secret = await testSecret(instance, organization, 'AZURE', azurite.connectionString);
    const componentId = await testComponent(instance, organization, { container: 'killed' }, { connectionString: secret });
    await instance.plane.close();
    const port = await freePort();
    const first = startProcess({ ...environment, HOLDFAST_DATA_LISTEN: `127.0.0.1:${port}` });
    await eventually('the plane to be ready', async () => (await fetch(`http://127.0.0.1:${port}/health/ready`)).ok);

    const documents = Array.from({ length: 60 }, (_, index) => ({ name: `${index}.bin`, bytes: randomBytes(250_000) }));
    const runId = await startTestRun(instance, organization, [componentId], documents);
    await eventually('the first items', async () => (await itemsOf(instance, runId)).some((item) => item.status === 'published'));
    first.child.kill('SIGKILL');
    await once(first.child, 'exit');
    const before = new Map((await azurite.listBlobs('killed')).map((blob) => [blob.name, blob.etag]));
    assert.ok(before.size > 0 && before.size < 60);

    const second = startProcess({ ...environment, HOLDFAST_DATA_LISTEN: `127.0.0.1:${port}` });
    await eventually('its successor to be ready', async () => (await fetch(`http://127.0.0.1:${port}/health/ready`)).ok);
    const run = await finishedRun(instance, runId);
    assert.equal(run.status, 'succeeded');
    const blobs = await azurite.listBlobs('killed');
    assert.equal(blobs.length, 60);
    for (const { name, etag } of blobs) if (before.has(name)) assert.equal(etag, before.get(name), `${name} was written twice`);

    second.child.kill('SIGTERM');
    const [code] = await once(second.child, 'exit');
    assert.equal(code, 0);
    for (const output of [first.output(), second.output()]) assert.ok(!output.includes(azurite.accountKey.slice(0, 40)));
    await instance.restart();
  });

  it('shares its work with another: a run has one of them', async () => {
    const organization = await testOrganization(instance);
    await azurite.client.createContainer('shared');
    const secret = await testSecret(instance, organization, 'AZURE', azurite.connectionString);
    const componentId = await testComponent(instance, organization, { container: 'shared' }, { connectionString: secret });
    const other = await startDataPlane({ ...instance.settings, recordFolder: join(home, 'record') });
    try {
      const documents = Array.from({ length: 20 }, (_, index) => ({ name: `${index}.bin`, bytes: randomBytes(20_000) }));
      const runs = await Promise.all([0, 1, 2].map(() => startTestRun(instance, organization, [componentId], documents)));
      // Announced once more, while they are under way.
      await announceWaitingRuns(instance.control);
      for (const runId of runs) {
        assert.equal((await finishedRun(instance, runId)).status, 'succeeded');
      }
      const events = await auditOf(instance, organization);
      for (const runId of runs) {
        assert.equal(events.filter((event) => event.context?.run === runId && event.action === 'secret.use').length, 1);
        assert.equal(events.filter((event) => event.context?.run === runId && event.action === 'run.finish').length, 1);
      }
    } finally {
      await other.close();
    }
  });

  it('waits for a service that was restarted in the middle of a run', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-azurite-'));
    const kept = await startAzurite({ folder });
    const organization = await testOrganization(instance);
    await kept.client.createContainer('restarted');
    const secret = await testSecret(instance, organization, 'AZURE', kept.connectionString);
    const componentId = await testComponent(
      instance,
      organization,
      { container: 'restarted', createContainer: true },
      { connectionString: secret },
    );
    await instance.plane.close();
    const patient = await startDataPlane(instance.settings, {
      retry: { attempts: 60, firstDelayMilliseconds: 100, maximumDelayMilliseconds: 1_000 },
    });
    let again: Azurite | undefined;
    try {
      const documents = Array.from({ length: 40 }, (_, index) => ({ name: `${index}.bin`, bytes: randomBytes(250_000) }));
      const runId = await startTestRun(instance, organization, [componentId], documents);
      await eventually('the first items', async () => (await itemsOf(instance, runId)).some((item) => item.status === 'published'));
      await kept.stop();
      await eventually('a failed attempt', async () => (await itemsOf(instance, runId)).some((item) => item.failure !== null));
      again = await startAzurite({ folder, port: kept.port, account: kept.account, accountKey: kept.accountKey });
      const run = await finishedRun(instance, runId);
      assert.equal(run.status, 'succeeded', JSON.stringify(run.failure));
      assert.ok((await itemsOf(instance, runId)).every((item) => item.status === 'published' || item.status === 'unchanged'));
    } finally {
      await patient.close();
      await again?.stop();
      await kept.stop();
      await rm(folder, { recursive: true, force: true });
      await instance.restart();
    }
  });
});

describe('settings', () => {
  it('keep the root key apart from the database by default', async () => {
    const { readDataSettings } = await import('./config.ts');
    const settings = readDataSettings({ DATABASE_URL: 'postgres://x', HOLDFAST_HOME: '/srv/holdfast' });
    assert.equal(dirname(settings.rootKeyFile), '/srv/holdfast/keys');
    assert.deepEqual(settings.listen, { host: '127.0.0.1', port: 7401 });
  });
});
