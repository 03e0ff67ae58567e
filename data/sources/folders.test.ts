import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { HoldfastError } from '@holdfast/api';
import { type Azurite, startAzurite } from '../../tests/harness/azurite.ts';
import { type TestInstance, testComponent, testInstance, testOrganization, testSecret } from '../testing/instance.ts';
import { finishedRun, itemsOf, logOf, startTestRun } from '../testing/runs.ts';
import { parseSourceFolders } from './folders.ts';
import { listFolder } from './list-folder.ts';
import { openInFolder } from './open-in-folder.ts';

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
    assert.deepEqual(skipped.toSorted(), ['link-inside.txt', 'link.txt', 'linked-folder']);
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
    });
  }

  it('gives out its own documents', async () => {
    const file = await openInFolder(folder, 'sub/deep/a.csv');
    assert.equal(await file.readFile('utf8'), 'a;b');
    await file.close();
  });
});

describe('HOLDFAST_SOURCE_FOLDERS', () => {
  it('names folders of organizations', () => {
    assert.deepEqual(parseSourceFolders('acme:Incoming scans=/srv/scans, other:in=/srv/in/'), [
      { organizationSlug: 'acme', name: 'Incoming scans', path: '/srv/scans' },
      { organizationSlug: 'other', name: 'in', path: '/srv/in/' },
    ]);
  });

  for (const entry of ['acme', 'acme:in', 'acme:in=relative', 'acme:in=', 'Acme:in=/a', ':in=/a', 'acme:in=/a,acme:in=/b']) {
    it(`is refused as ${entry}`, () => assert.throws(() => parseSourceFolders(entry), /HOLDFAST_SOURCE_FOLDERS/));
  }
});

describe('a run over a folder', { concurrency: false }, () => {
  let azurite: Azurite;
  let instance: TestInstance;
  before(async () => {
    const sourceFolders = parseSourceFolders(
      `acme:incoming=${folder},acme:gone=${join(base, 'nowhere')},other:theirs=${join(base, 'outside')}`,
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
      (await itemsOf(instance, again)).map((item) => item.status),
      ['unchanged', 'unchanged', 'unchanged'],
    );

    for (const name of ['theirs', 'gone', 'unknown', '../outside']) {
      const refused = await finishedRun(instance, await startTestRun(instance, acme, [componentId], [], { kind: 'folder', folder: name }));
      assert.equal((refused.failure as { code: string }).code, 'source_unavailable', name);
    }
  });

  it('publishes a document of 64 MiB without holding it', async () => {
    const acme = await instance.control.selectFrom('auth.organization').select('id').where('slug', '=', 'acme').executeTakeFirstOrThrow();
    await rm(join(folder, 'sub'), { recursive: true });
    const bytes = randomBytes(64 * 1024 * 1024);
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
    const watch = setInterval(() => {
      collect();
      const { external, heapUsed } = process.memoryUsage();
      most = Math.max(most, external + heapUsed - before.external - before.heapUsed);
    }, 40);
    const runId = await startTestRun(instance, organization, [component.id], [], { kind: 'folder', folder: 'incoming' });
    assert.equal((await finishedRun(instance, runId, 60_000)).status, 'succeeded');
    clearInterval(watch);
    assert.ok(bytes.equals(await azurite.readBlob('docs', 'big.bin')));
    assert.ok(most < 40 * 1024 * 1024, `held ${Math.round(most / 1024 / 1024)} MiB`);
  });
});
