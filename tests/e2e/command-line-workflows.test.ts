import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { apiOf, setUp } from '../harness/account.ts';
import { openBrowser } from '../harness/browser.ts';
import { holdfast } from '../harness/command-line.ts';
import { eventually } from '../harness/eventually.ts';
import { httpService } from '../harness/http-service.ts';
import { repository, startInstance } from '../harness/instance.ts';
import { addMember, type MemberAccount } from '../harness/members.ts';
import { s3Service } from '../harness/s3-service.ts';
import { openTerminal } from '../harness/terminal.ts';
import { createProject, createPublisher, createWorkflow, finishRun, putSecret } from '../harness/workspace.ts';
import { signIn } from './console-steps.ts';

const CONNECTION = 'BlobEndpoint=http://127.0.0.1:1/store1;SharedAccessSignature=sv=2020-01-01&sig=not-a-signature';

interface Saved {
  revision: number;
  sources: object[];
  steps: { name: string; condition?: string }[];
  draft: { steps: { condition?: string }[] } | null;
}

test('workflows of several sources, drafts of others, and documents in a bucket, on the command line', { timeout: 300_000 }, async (t) => {
  const home = await mkdtemp(join(tmpdir(), 'holdfast-person-'));
  t.after(() => rm(home, { recursive: true, force: true }));
  await chmod(home, 0o755);
  for (const folder of ['inbox', 'scans']) await mkdir(join(home, folder), { mode: 0o755 });
  await using service = await s3Service({ tls: false });
  service.createBucket('holdfast');
  await using instance = await startInstance({
    environment: {
      HOLDFAST_SOURCE_FOLDERS: `acme:inbox=${join(home, 'inbox')},acme:scans=${join(home, 'scans')}`,
      HOLDFAST_DOCUMENTS_BUCKET: 'holdfast',
      HOLDFAST_DOCUMENTS_ENDPOINT: service.origin,
      HOLDFAST_DOCUMENTS_REGION: service.region,
      HOLDFAST_DOCUMENTS_ACCESS_KEY_ID: service.accessKeyId,
      HOLDFAST_DOCUMENTS_SECRET_ACCESS_KEY: service.secretAccessKey,
    },
  });
  const account = await setUp(instance);
  const project = await createProject(account, 'Invoices');
  await putSecret(account, 'STORE', CONNECTION);
  const archive = await createPublisher(account, project, { name: 'Archive', container: 'pages', connection: { secret: 'STORE' } });
  await account.call('POST', account.at(`/projects/${project}/components`), {
    name: 'Inbox (EU)',
    type: 'azure-blob-source',
    configuration: { connectionString: `\${secret.STORE}`, container: 'inbox' },
    sealedOptions: {},
  });
  const environment = { HOLDFAST_URL: instance.controlUrl, HOLDFAST_TOKEN: account.token, HOLDFAST_ORGANIZATION: 'acme' };
  const run = (...words: string[]) => holdfast(words, { home, environment, input: '' });
  const json = async <T>(...words: string[]): Promise<T> => {
    const { code, stdout, stderr } = await run(...words, '--json');
    assert.equal(code, 0, `${stdout}${stderr}`);
    return JSON.parse(stdout) as T;
  };
  const grace = await addMember(instance, account, instance.temporary, 'Grace Hopper', 'editor');

  await t.test('create and update take several sources, and keep the steps that are not named', async () => {
    const made = await json<{ workflow: Saved }>(
      ...['workflow', 'create', 'Two', '--project', 'Invoices', '--step', 'Archive', '--upload'],
      ...['--folder', 'inbox', '--from', 'Inbox (EU)', '--only-new'],
    );
    const named = (sources: object[]) => sources.map(({ component: _, ...source }: { component?: unknown }) => source);
    assert.deepEqual(named(made.workflow.sources), [
      { name: 'upload', kind: 'upload' },
      { name: 'inbox', kind: 'folder', folder: 'inbox' },
      { name: 'inbox-eu', kind: 'component', documents: 'new' },
    ]);
    const updated = await json<{ workflow: Saved }>('workflow', 'update', 'Two', '--folder', 'inbox', '--folder', 'scans');
    assert.deepEqual(named(updated.workflow.sources), [
      { name: 'inbox', kind: 'folder', folder: 'inbox' },
      { name: 'scans', kind: 'folder', folder: 'scans' },
    ]);
    assert.deepEqual(
      updated.workflow.steps.map(({ name }) => name),
      ['archive'],
    );
    const shown = await run('workflow', 'show', 'Two');
    assert.match(shown.stdout, /Source +folder inbox, folder scans\n/);
    const alone = await run('workflow', 'create', 'None', '--project', 'Invoices', '--step', 'Archive', '--upload', '--only-new');
    assert.equal(alone.code, 2);
    assert.match(alone.stderr, /Add --from with its name/);
    const twice = await run('workflow', 'update', 'Two', '--folder', 'inbox', '--folder', 'inbox');
    assert.equal(twice.code, 1);
    assert.match(twice.stderr, /sources\.1\.folder: Another source of the workflow is the same\./);
  });

  await t.test('apply replaces neither another’s draft nor what was changed since, unless it is forced', async () => {
    const workflow = await createWorkflow(account, project, [archive], { name: 'File' });
    const path = account.at(`/workflows/${workflow}`);
    const read = () => account.call<Saved>('GET', path);
    const draftOf = async (condition: string, headers: Record<string, string> = {}) =>
      apiOf(instance.controlUrl).call(
        'PUT',
        `/api/organizations/acme/workflows/${workflow}`,
        { name: 'File', source: { kind: 'upload' }, steps: [{ componentId: archive, name: 'archive', condition }], publish: false },
        headers,
      );
    const asGrace = await sessionOf(instance.controlUrl, grace);
    const file = join(home, 'file.yaml');
    assert.equal((await run('workflow', 'export', 'File', '--no-revision', '-o', file)).code, 0);
    const text = await readFile(file, 'utf8');
    await writeFile(file, text.replace('component: Archive', 'component: Archive\n    condition: document.size > 1'));

    await draftOf('document.size > 100', asGrace);
    const refused = await run('workflow', 'apply', file, '--yes');
    assert.equal(refused.code, 1, refused.stdout);
    assert.match(refused.stderr, /file\.yaml:1:1 {2}Grace Hopper saved a draft \(?.+, which the file would replace\./);
    assert.match(refused.stderr, /--force/);
    assert.equal((await read()).draft?.steps[0]?.condition, 'document.size > 100');

    // What says the same as the draft loses nothing of it.
    await draftOf('document.size > 1', asGrace);
    const same = await run('workflow', 'apply', file, '--yes');
    assert.equal(same.code, 0, same.stderr);
    assert.deepEqual([(await read()).draft, (await read()).steps[0]?.condition], [null, 'document.size > 1']);

    // One's own draft is one's own.
    await draftOf('document.size > 7', { authorization: `Bearer ${account.token}` });
    await writeFile(file, text.replace('component: Archive', 'component: Archive\n    condition: document.size > 2'));
    assert.equal((await run('workflow', 'apply', file, '--yes')).code, 0);

    await draftOf('document.size > 200', asGrace);
    await writeFile(file, text.replace('component: Archive', 'component: Archive\n    condition: document.size > 3'));
    assert.equal((await run('workflow', 'apply', file, '--yes')).code, 1);
    assert.equal((await run('workflow', 'apply', file, '--yes', '--force')).code, 0);
    assert.deepEqual([(await read()).draft, (await read()).steps[0]?.condition], [null, 'document.size > 3']);

    const stale = join(home, 'stale.yaml');
    assert.equal((await run('workflow', 'export', 'File', '-o', stale)).code, 0);
    await draftOf('document.size > 300', asGrace);
    await writeFile(stale, (await readFile(stale, 'utf8')).replace('> 3', '> 4'));
    const { code, stderr } = await run('workflow', 'apply', stale, '--yes');
    assert.equal(code, 1);
    assert.match(stderr, /revision: The file was written from revision \d+, and “File” is at \d+: Grace Hopper changed it/);
    assert.equal((await read()).draft?.steps[0]?.condition, 'document.size > 300');
  });

  await t.test('what somebody does while apply asks is not replaced, and is said', async () => {
    const asGrace = await sessionOf(instance.controlUrl, grace);
    const call = (method: string, path: string, body?: object) => apiOf(instance.controlUrl).call(method, account.at(path), body, asGrace);
    const saved = (name: string, condition: string, publish: boolean) => ({
      name,
      source: { kind: 'upload' },
      steps: [{ componentId: archive, name: 'archive', condition }],
      publish,
    });
    const fileOf = async (name: string, condition: string) => {
      const text = `project: Invoices\nname: ${name}\nsources:\n  - { name: upload, kind: upload }\nsteps:\n  - { name: archive, component: Archive, condition: ${condition} }\n`;
      await writeFile(join(home, `${name}.yaml`), text);
      return `${name}.yaml`;
    };
    const shownOf = async (name: string) => (await run('workflow', 'export', name, '--draft')).stdout;
    const ids = new Map<string, string>();
    for (const name of ['First', 'Published', 'Drafted', 'Deleted'])
      ids.set(name, await createWorkflow(account, project, [archive], { name }));
    const answered = async (files: readonly string[], meanwhile: () => Promise<unknown>) => {
      using terminal = await openTerminal(home, environment, 200);
      terminal.run(`holdfast workflow apply ${files.join(' ')}`);
      await terminal.waitFor(files.length === 1 ? 'Apply it?' : `Apply these ${files.length}?`);
      await meanwhile();
      terminal.type('y');
      return { code: await terminal.exitCode(), shown: terminal.shown() };
    };

    for (const name of ['Published', 'Drafted']) {
      const { code, shown } = await answered([await fileOf(name, 'document.size > 1')], () =>
        call('PUT', `/workflows/${ids.get(name)}`, saved(name, 'document.size > 100', name === 'Published')),
      );
      assert.equal(code, 1, shown);
      assert.match(shown, new RegExp(`${name}\\.yaml:1:1 {2}Grace Hopper changed “${name}” after these differences were shown\\.`));
      assert.match(shown, /→ Nothing of the file was applied\. Apply it again: that shows what is different now\./);
      assert.match(await shownOf(name), /document\.size > 100/);
    }

    const made = await answered([await fileOf('Made', 'document.size > 1')], () =>
      call('POST', '/workflows', { ...saved('Made', 'document.size > 100', true), projectId: project }),
    );
    assert.equal(made.code, 1, made.shown);
    assert.match(made.shown, /Made\.yaml:1:1 {2}Somebody made “Made” after these differences were shown\./);
    assert.match(await shownOf('Made'), /document\.size > 100/);

    const files = [await fileOf('First', 'document.size > 1'), await fileOf('Deleted', 'document.size > 1')];
    const deleted = await answered(files, () => call('DELETE', `/workflows/${ids.get('Deleted')}`));
    assert.equal(deleted.code, 1, deleted.shown);
    assert.match(deleted.shown, /Applied: First\.yaml\. Not applied: Deleted\.yaml\./);
    assert.match(deleted.shown, /Deleted\.yaml:1:1 {2}Somebody deleted “Deleted” after these differences were shown\./);
    assert.match(await shownOf('First'), /document\.size > 1\b/);
  });

  await t.test('what is saved counts as saved when a run of it could not be looked at', async () => {
    await using front = await httpService({ tls: false });
    front.answer(async ({ method, path, headers, body }, response) => {
      if (path.includes('/preflight')) return void response.writeHead(503, { 'retry-after': '0' }).end();
      const { host: _, connection: __, 'content-length': ___, ...passed } = headers;
      const answer = await fetch(`${instance.controlUrl}${path}`, {
        method,
        headers: passed as Record<string, string>,
        ...(body.length > 0 && { body: new Uint8Array(body) }),
      });
      response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' }).end(await answer.text());
    });
    const through = (...words: string[]) =>
      holdfast([...words, '--json'], { home, environment: { ...environment, HOLDFAST_URL: front.origin }, input: '' });
    const files: string[] = [];
    for (const name of ['Unseen A', 'Unseen B']) {
      const path = join(home, `${name.replace(' ', '-')}.yaml`);
      const sources = 'sources:\n  - { name: upload, kind: upload }\n';
      await writeFile(path, `project: Invoices\nname: ${name}\n${sources}steps:\n  - { name: archive, component: Archive }\n`);
      files.push(path);
    }
    for (const [words, names] of [
      [
        ['apply', ...files, '--yes'],
        ['Unseen A', 'Unseen B'],
      ],
      [['create', 'Unseen C', '--project', 'Invoices', '--step', 'Archive', '--upload'], ['Unseen C']],
      [['update', 'Unseen C', '--description', 'Seen by nobody'], ['Unseen C']],
    ] as const) {
      const { code, stdout, stderr } = await through('workflow', ...words);
      assert.equal(code, 0, `${stdout}${stderr}`);
      // One document of JSON.
      assert.equal(JSON.parse(stdout).error, undefined);
      for (const name of names) {
        assert.match(stderr, new RegExp(`“${name}” is saved\\. What a run of it would fail at could not be looked at: `));
        assert.ok(stderr.includes(`Look again: holdfast workflow check "${name}"`), stderr);
        assert.ok((await run('workflow', 'show', name)).code === 0);
      }
    }
  });

  await t.test('of an example’s file apply and check name the command that makes its components', async () => {
    const shipped = join(repository, 'examples/scans-to-archive/workflow.yaml');
    for (const words of [
      ['apply', shipped, '--yes'],
      ['check', shipped],
    ]) {
      const { code, stderr } = await run('workflow', ...words);
      assert.equal(code, 1);
      assert.match(stderr, /The organization has no project “Move scans from one cloud to another”/);
      assert.match(stderr, /Its components are made with it: holdfast example create scans-to-archive\n/);
    }
    assert.equal((await run('example', 'create', 'scans-to-archive')).code, 0);
    assert.equal((await run('workflow', 'apply', shipped, '--yes')).code, 0);
    // With one of its components in the project the example cannot be made there: no command is named for it.
    const other = join(home, 'other.yaml');
    await writeFile(other, (await readFile(shipped, 'utf8')).replace('Archive bucket', 'Another bucket'));
    const partly = await run('workflow', 'apply', other, '--yes');
    assert.equal(partly.code, 1);
    assert.match(partly.stderr, /no component “Another bucket”/);
    assert.match(partly.stderr, /make the components first \(holdfast component create\)/);
  });

  await t.test('what lies in the bucket is downloaded, on the command line and in the console, and is on the record', async () => {
    await createWorkflow(account, project, [archive], { name: 'Keep' });
    const bytes = randomBytes(3 * 1024 * 1024 + 7);
    await writeFile(join(home, 'large.bin'), bytes);
    await writeFile(join(home, 'Größe.txt'), 'a text');
    await account.call('DELETE', account.at('/secrets/STORE?confirm=STORE'));
    const started = await json<{ run: { id: string } }>('workflow', 'run', 'Keep', join(home, 'large.bin'), join(home, 'Größe.txt'));
    await finishRun(account, started.run.id);
    await eventually('the documents to lie in the bucket', async () => (await service.keysOf('holdfast')).length === 2, {
      withinMilliseconds: 90_000,
    });
    const { files } = await json<{ files: { path: string; step: string }[] }>('run', 'download', started.run.id, '-o', join(home, 'out'));
    assert.deepEqual(files.map(({ path }) => path.slice(home.length + 1)).toSorted(), ['out/original/Größe.txt', 'out/original/large.bin']);
    assert.ok((await readFile(join(home, 'out/original/large.bin'))).equals(bytes));
    assert.deepEqual((await readdir(join(home, 'out/original'))).toSorted(), ['Größe.txt', 'large.bin']);

    const again = await run(
      'run',
      'download',
      started.run.id,
      '--item',
      'large.bin',
      '--step',
      'original',
      '-o',
      join(home, 'out/original'),
    );
    assert.equal(again.code, 2);
    assert.match(again.stderr, /large\.bin is there already\. Nothing was written\./);
    await writeFile(join(home, 'out/original/large.bin'), 'another');
    const one = ['--item', 'large.bin', '--step', 'original', '-o', join(home, 'out/original'), '--force'];
    assert.equal((await run('run', 'download', started.run.id, ...one)).code, 0);
    assert.ok((await readFile(join(home, 'out/original/large.bin'))).equals(bytes));
    const none = await run('run', 'download', started.run.id, '--item', 'small.bin');
    assert.equal(none.code, 2);
    assert.match(none.stderr, /The run has no document “small\.bin”/);

    await using browser = await openBrowser();
    const { page } = browser;
    await page.goto(`${instance.controlUrl}/sign-in`);
    await signIn(page, grace);
    await page.goto(`${instance.controlUrl}/organizations/acme/runs/${started.run.id}`);
    const link = page.getByRole('link', { name: 'large.bin' });
    const [download] = await Promise.all([page.waitForEvent('download'), link.click()]);
    assert.equal(download.suggestedFilename(), 'large.bin');
    assert.ok((await readFile(await download.path())).equals(bytes));
    const { items } = await account.call<{ items: { actor: { name: string }; target: { name: string } }[] }>(
      'GET',
      account.at('/audit?action=document.download'),
    );
    assert.deepEqual(items.map(({ actor, target }) => `${actor.name}: ${target.name}`).toSorted(), [
      'Ada Lovelace: Größe.txt',
      'Ada Lovelace: large.bin',
      'Ada Lovelace: large.bin',
      'Grace Hopper: large.bin',
    ]);
  });
});

/** The headers of somebody who has signed in. */
async function sessionOf(controlUrl: string, { email, password }: MemberAccount): Promise<Record<string, string>> {
  const origin = { origin: controlUrl };
  const { headers } = await apiOf(controlUrl).request('POST', '/api/auth/sign-in/email', { email, password }, origin);
  return {
    ...origin,
    cookie: headers
      .getSetCookie()
      .map((each) => each.split(';')[0])
      .join('; '),
  };
}
