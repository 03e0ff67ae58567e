import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { HoldfastError } from '@holdfast/api';
import { azureBlob } from '@holdfast/connector-azure-blob';
import { parseSetting } from '@holdfast/settings';
import { type Azurite, startAzurite } from '../../tests/harness/azurite.ts';
import { testContext } from '../../tests/harness/connector-context.ts';
import { startDroppingProxy } from '../../tests/harness/dropping-proxy.ts';
import { createDocumentStore } from '../documents/document-store.ts';
import { createEvaluator } from '../evaluation/evaluator.ts';
import { createDocumentReader, documentBytes } from '../runs/document-bytes.ts';
import type { OpenStep } from '../runs/open-steps.ts';
import { processItem } from '../runs/process-item.ts';
import { type TestInstance, testComponent, testInstance, testOrganization, testSecret } from '../testing/instance.ts';
import { auditOf, finishedRun, itemsOf, logOf, startTestRun } from '../testing/runs.ts';
import type { OpenComponent } from '../use/component/open-component.ts';
import { listFolder } from './list-folder.ts';
import { openInFolder, readSmallInFolder } from './open-in-folder.ts';

let base: string;
let folder: string;

before(async () => {
  base = await realpath(await mkdtemp(join(tmpdir(), 'holdfast-folder-')));
  folder = join(base, 'incoming');
  await mkdir(join(folder, 'sub/deep'), { recursive: true });
  await mkdir(join(base, 'outside'));
  await writeFile(join(base, 'outside/private.txt'), 'private');
  await writeFile(join(folder, 'März 1.pdf'), 'pdf');
  await writeFile(join(folder, 'sub/deep/a.csv'), 'a;b');
  await writeFile(join(folder, 'empty.txt'), '');
  await writeFile(join(folder, '.hidden'), 'hidden');
  await symlink(join(base, 'outside/private.txt'), join(folder, 'link.txt'));
  await symlink(join(base, 'outside'), join(folder, 'linked-folder'));
  await symlink(join(folder, 'empty.txt'), join(folder, 'link-inside.txt'));
});
after(() => rm(base, { recursive: true, force: true }));

/** Root reads every file: for it, the work is done as an account that owns nothing. */
async function asAnother<T>(work: () => Promise<T>): Promise<T> {
  if (process.getuid?.() !== 0) return work();
  await chmod(base, 0o755);
  process.seteuid?.(65_534);
  try {
    return await work();
  } finally {
    process.seteuid?.(0);
  }
}

const isRefused = (error: unknown) =>
  error instanceof HoldfastError && error.code === 'source_unavailable' && !error.message.includes(base);

describe('a folder that the operator allows', () => {
  it('is listed with its subfolders, without links and hidden files', async () => {
    const { documents, skipped } = await listFolder(folder, 'incoming');
    assert.deepEqual(documents, [
      { name: 'März 1.pdf', size: 3 },
      { name: 'empty.txt', size: 0 },
      { name: 'sub/deep/a.csv', size: 3 },
    ]);
    assert.deepEqual(
      skipped.map(({ name, detail }) => [name, detail]),
      [
        ['link-inside.txt', 'It is a link.'],
        ['link.txt', 'It is a link.'],
        ['linked-folder', 'It is a link.'],
      ],
    );
  });

  it('is listed without what cannot be read, which is left out by name', async (t) => {
    const mixed = join(base, 'mixed');
    await mkdir(join(mixed, 'locked'), { recursive: true });
    await writeFile(join(mixed, 'good.txt'), 'good');
    await writeFile(join(mixed, 'secret.txt'), 'secret', { mode: 0o000 });
    await writeFile(join(mixed, 'locked/inside.txt'), 'inside');
    await chmod(join(mixed, 'locked'), 0o000);
    await writeFile(Buffer.concat([Buffer.from(`${mixed}/M`), Buffer.from([0xe4]), Buffer.from('rz.txt')]), 'Latin-1');
    await mkdir(Buffer.concat([Buffer.from(`${mixed}/D`), Buffer.from([0xff])]));
    await writeFile(join(mixed, 'zero\u200bwidth.txt'), 'x');
    execFileSync('mkfifo', [join(mixed, 'pipe')]);
    const server = createServer().listen(join(mixed, 'socket'));
    await once(server, 'listening');
    t.after(async () => {
      server.close();
      await chmod(join(mixed, 'locked'), 0o700);
    });
    const { documents, skipped, skippedBeyond } = await asAnother(() => listFolder(mixed, 'mixed'));
    assert.deepEqual(documents, [{ name: 'good.txt', size: 4 }]);
    assert.deepEqual(
      skipped.map(({ name, detail }) => [name, detail]),
      [
        ['D\\xFF', 'Its name is not UTF-8.'],
        ['M\\xE4rz.txt', 'Its name is not UTF-8.'],
        ['locked', '“locked” may not be read by Holdfast.'],
        ['pipe', 'It is a pipe.'],
        ['secret.txt', '“secret.txt” may not be read by Holdfast.'],
        ['socket', 'It is a socket.'],
        ['zero\\u{200B}width.txt', 'It has the character U+200B, which is invisible, a control, or not assigned. Leave it out.'],
      ],
    );
    assert.equal(skippedBeyond, 0);
    assert.ok(skipped.every(({ remedy, detail }) => remedy !== '' && !`${detail}${remedy}`.includes(base)));
  });

  it('names a thousand of those that are left out, and counts the rest', async () => {
    const many = join(base, 'many');
    await mkdir(many);
    for (let index = 0; index < 1_003; index += 1) await symlink('nowhere', join(many, String(index)));
    const { skipped, skippedBeyond } = await listFolder(many, 'many');
    assert.deepEqual([skipped.length, skippedBeyond], [1_000, 3]);
  });

  it('that is not there is named by its name, not by the path on the server', async () => {
    await assert.rejects(listFolder(join(base, 'nowhere'), 'incoming'), isRefused);
  });

  for (const name of [
    '../outside/private.txt',
    '/etc/passwd',
    'sub/../../outside/private.txt',
    'link.txt',
    'linked-folder/private.txt',
    'link-inside.txt',
    'sub',
    '',
    '.',
    'a//b',
    './empty.txt',
    'empty.txt\0',
    'nowhere.txt',
  ]) {
    it(`gives nothing out for ${JSON.stringify(name)}`, async () => {
      await assert.rejects(openInFolder(folder, name), isRefused);
      await assert.rejects(readSmallInFolder(folder, name, 1_000), isRefused);
    });
  }

  it('gives out its own documents', async () => {
    const file = await openInFolder(folder, 'sub/deep/a.csv');
    assert.equal(await file.readFile('utf8'), 'a;b');
    await file.close();
    assert.equal((await readSmallInFolder(folder, 'sub/deep/a.csv', 3))?.toString(), 'a;b');
    assert.equal(await readSmallInFolder(folder, 'sub/deep/a.csv', 2), undefined);
  });
});

describe('HOLDFAST_SOURCE_FOLDERS', () => {
  it('names folders of organizations', () => {
    assert.deepEqual(parseSetting('sourceFolders', 'acme:Incoming scans=/srv/scans, other:in=/srv/in/'), [
      { organizationSlug: 'acme', name: 'Incoming scans', path: '/srv/scans' },
      { organizationSlug: 'other', name: 'in', path: '/srv/in/' },
    ]);
  });

  for (const entry of ['acme', 'acme:in', 'acme:in=relative', 'acme:in=', 'Acme:in=/a', ':in=/a', 'acme:in=/a,acme:in=/b']) {
    it(`is refused as ${entry}`, () => assert.throws(() => parseSetting('sourceFolders', entry), /HOLDFAST_SOURCE_FOLDERS/));
  }
});

describe('a run over a folder', { concurrency: false }, () => {
  let azurite: Azurite;
  let instance: TestInstance;
  before(async () => {
    const sourceFolders = parseSetting(
      'sourceFolders',
      `acme:incoming=${folder},acme:gone=${join(base, 'nowhere')},other:theirs=${join(base, 'outside')},shrinks:shrinking=${join(base, 'shrinking')},spells:spelled=${join(base, 'spelled')}`,
    );
    [azurite, instance] = await Promise.all([startAzurite(), testInstance({ sourceFolders })]);
  });
  after(async () => {
    await instance?.[Symbol.asyncDispose]();
    await azurite?.stop();
  });

  it('publishes what is in it, reads what belongs to another organization never', async () => {
    const acme = await testOrganization(instance, 'acme');
    await azurite.client.createContainer('docs');
    const secret = await testSecret(instance, acme, 'AZURE', azurite.connectionString);
    const componentId = await testComponent(instance, acme, { container: 'docs' }, { connectionString: secret });

    const announced = await instance.control.selectFrom('source_folder').selectAll().where('organization_slug', '=', 'acme').execute();
    assert.deepEqual(announced.map(({ name }) => name).toSorted(), ['gone', 'incoming']);

    const runId = await startTestRun(instance, acme, [componentId], [], { kind: 'folder', folder: 'incoming' });
    assert.equal((await finishedRun(instance, runId)).status, 'succeeded', JSON.stringify(await logOf(instance, runId)));
    const blobs = await azurite.listBlobs('docs');
    assert.deepEqual(
      blobs.map(({ name, contentType, size }) => [name, contentType, size]),
      [
        ['März 1.pdf', 'application/pdf', 3],
        ['empty.txt', 'text/plain', 0],
        ['sub/deep/a.csv', 'text/csv', 3],
      ],
    );
    assert.ok((await logOf(instance, runId)).some((line) => line.startsWith('warning: Left out')));

    const again = await startTestRun(instance, acme, [componentId], [], { kind: 'folder', folder: 'incoming' });
    await finishedRun(instance, again);
    assert.deepEqual(
      (await itemsOf(instance, again)).map((item) => [item.name, item.status, Number(item.sent)]),
      [
        ['März 1.pdf', 'unchanged', 0],
        ['empty.txt', 'unchanged', 0],
        ['sub/deep/a.csv', 'unchanged', 0],
        ['link-inside.txt', 'skipped', 0],
        ['link.txt', 'skipped', 0],
        ['linked-folder', 'skipped', 0],
      ],
    );
    assert.ok((await logOf(instance, again)).includes('info: The run ended: 0 published, 3 unchanged, 3 left out.'));
    const finish = (await auditOf(instance, acme)).findLast((event) => event.action === 'run.finish');
    assert.deepEqual(finish.detail, { status: 'succeeded', published: 0, unchanged: 3, leftOut: 3, failed: 0, notTried: 0 });

    for (const name of ['theirs', 'gone', 'unknown', '../outside']) {
      const refused = await finishedRun(instance, await startTestRun(instance, acme, [componentId], [], { kind: 'folder', folder: name }));
      assert.equal((refused.failure as { code: string }).code, 'source_unavailable', name);
    }
  });

  it('leaves a document out that vanishes after it was listed', async () => {
    const shrinking = join(base, 'shrinking');
    await mkdir(shrinking);
    // More than are read ahead.
    const names = Array.from({ length: 40 }, (_, number) => String(number));
    for (const name of [...names, 'vanishes']) await writeFile(join(shrinking, `${name}.txt`), name);
    // Before the first document goes out.
    await using proxy = await startDroppingProxy(azurite);
    proxy.onConnection = () => rmSync(join(shrinking, 'vanishes.txt'), { force: true });
    const place = await testOrganization(instance, 'shrinks');
    await azurite.client.createContainer('shrinking');
    const value = azurite.connectionString.replaceAll(`:${azurite.port}`, `:${proxy.port}`);
    const secret = await testSecret(instance, place, 'AZURE', value);
    const componentId = await testComponent(instance, place, { container: 'shrinking' }, { connectionString: secret });
    const runId = await startTestRun(instance, place, [componentId], [], { kind: 'folder', folder: 'shrinking' });
    const run = await finishedRun(instance, runId);
    assert.equal(run.status, 'succeeded', JSON.stringify([run.failure, await logOf(instance, runId)]));
    const left = (await itemsOf(instance, runId)).filter((item) => item.status !== 'published');
    assert.deepEqual(
      left.map((item) => [item.name, item.status, (item.failure as unknown as { detail: string }).detail]),
      [['vanishes.txt', 'skipped', '“vanishes.txt” is not there any more.']],
    );
    const log = await logOf(instance, runId);
    assert.ok(log.includes('warning: Left out: “vanishes.txt” is not there any more.'), log.join('\n'));
    assert.ok(log.includes('info: The run ended: 40 published, 1 left out.'), log.join('\n'));
  });

  it('leaves a document out that vanishes between being looked at and being sent', async () => {
    const path = join(folder, 'short-lived.txt');
    await writeFile(path, 'x'.repeat(300_000));
    const { signal } = new AbortController();
    const item = {
      id: '1',
      documentId: null,
      source: 'source',
      reference: null,
      name: 'short-lived.txt',
      publishName: 'short-lived.txt',
      contentType: 'text/plain',
      size: 300_000,
      attempts: 0,
    };
    const bytes = await documentBytes(
      createDocumentStore({ db: instance.control, bucket: undefined, limits: { documentMaximumBytes: 0, documentQuotaBytes: 0 } }),
      createDocumentReader(instance.control),
      '',
      { ...item, sha256: undefined },
      folder,
      signal,
    );
    await rm(path);
    const use = {
      connector: azureBlob,
      options: { connectionString: azurite.connectionString, container: 'docs' },
      contextFor: () => testContext({ destinations: [azurite.destination] }),
    } as unknown as OpenComponent;
    const step = { id: '1', name: 'publish', input: null, use } as unknown as OpenStep;
    await assert.rejects(
      processItem({
        item: { ...item, sha256: undefined },
        sourceName: 'source',
        original: bytes,
        steps: [step],
        finished: new Map(),
        sharedStems: new Set(),
        evaluations: createEvaluator().ofOne(''),
        signal,
        begin: () => undefined,
        announce: () => assert.fail('storage knows it again'),
        progress: () => undefined,
        store: () => assert.fail('a publisher makes nothing'),
        finishStep: () => assert.fail('one step is not noted'),
      }),
      (error) => {
        assert.match(String(error), /“short-lived\.txt” is not there any more/);
        return isRefused(error);
      },
    );
  });

  it('publishes a name of a folder in NFC, and two spellings of it as two documents', async () => {
    const spelled = join(base, 'spelled');
    await mkdir(spelled);
    await writeFile(join(spelled, 'für.txt'.normalize('NFD')), 'decomposed');
    const place = await testOrganization(instance, 'spells');
    await azurite.client.createContainer('spelled');
    const secret = await testSecret(instance, place, 'AZURE', azurite.connectionString);
    const componentId = await testComponent(instance, place, { container: 'spelled' }, { connectionString: secret });
    const publish = async () =>
      finishedRun(instance, await startTestRun(instance, place, [componentId], [], { kind: 'folder', folder: 'spelled' }));
    assert.equal((await publish()).status, 'succeeded');
    assert.deepEqual(
      (await azurite.listBlobs('spelled')).map(({ name }) => name),
      ['für.txt'.normalize('NFC')],
    );
    await writeFile(join(spelled, 'für.txt'.normalize('NFC')), 'composed');
    assert.equal((await publish()).status, 'succeeded');
    const [told, ...rest] = await azurite.listBlobs('spelled');
    assert.match(told?.name ?? '', /^für \([0-9a-f]{8}\)\.txt$/u);
    assert.equal((await azurite.readBlob('spelled', told?.name ?? '')).toString(), 'decomposed');
    assert.deepEqual(
      rest.map(({ name }) => name),
      ['für.txt'.normalize('NFC')],
    );
    assert.equal((await azurite.readBlob('spelled', 'für.txt')).toString(), 'composed');
  });

  it('publishes a document of 128 MiB without holding it', async () => {
    const acme = await instance.control.selectFrom('auth.organization').select('id').where('slug', '=', 'acme').executeTakeFirstOrThrow();
    await rm(join(folder, 'sub'), { recursive: true });
    const bytes = randomBytes(128 * 1024 * 1024);
    await writeFile(join(folder, 'big.bin'), bytes);
    const component = await instance.control
      .selectFrom('component')
      .select(['id', 'project_id'])
      .where('organization_id', '=', acme.id)
      .executeTakeFirstOrThrow();
    const organization = { id: acme.id, slug: 'acme', projectId: component.project_id } as Awaited<ReturnType<typeof testOrganization>>;
    // What is counted is held, not waiting to be collected.
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    collect();
    const before = process.memoryUsage();
    let most = 0;
    let watch: NodeJS.Timeout | undefined;
    const look = () => {
      const began = performance.now();
      collect();
      const { external, heapUsed } = process.memoryUsage();
      most = Math.max(most, external + heapUsed - before.external - before.heapUsed);
      // Most of the time is the run's, also on a machine that does much else.
      watch = setTimeout(look, Math.max(150, 10 * (performance.now() - began)));
    };
    look();
    try {
      const runId = await startTestRun(instance, organization, [component.id], [], { kind: 'folder', folder: 'incoming' });
      assert.equal((await finishedRun(instance, runId, 180_000)).status, 'succeeded');
    } finally {
      clearTimeout(watch);
    }
    assert.ok(bytes.equals(await azurite.readBlob('docs', 'big.bin')));
    // What is in transit, in this process and in the emulator (which runs in it too), and not the document.
    assert.ok(most < 80 * 1024 * 1024, `held ${Math.round(most / 1024 / 1024)} MiB`);
  });
});
