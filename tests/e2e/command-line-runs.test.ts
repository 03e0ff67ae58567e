import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { type Account, setUp } from '../harness/account.ts';
import { startAzurite } from '../harness/azurite.ts';
import { holdfast } from '../harness/command-line.ts';
import { mixedDocuments, writeDocuments } from '../harness/documents.ts';
import { eventually } from '../harness/eventually.ts';
import { httpService } from '../harness/http-service.ts';
import { cleanEnvironment, repository, startInstance } from '../harness/instance.ts';
import { createProject, createPublisher, createWorkflow, finishRun, putSecret } from '../harness/workspace.ts';

test('a workflow is run from the command line, and what uses a secret is shown before it is taken away', async (t) => {
  await using azurite = await startAzurite();
  await using service = await httpService({ tls: false });
  const allowed = [azurite, service].map(({ port }) => `127.0.0.1:${port}`).join();
  await using instance = await startInstance({ environment: { HOLDFAST_EGRESS_ALLOW: allowed } });
  const account = await setUp(instance);
  const home = await mkdtemp(join(tmpdir(), 'holdfast-person-'));
  t.after(() => rm(home, { recursive: true, force: true }));
  const environment = { HOLDFAST_URL: instance.controlUrl, HOLDFAST_TOKEN: account.token, HOLDFAST_ORGANIZATION: 'acme' };
  const run = (words: string[], input = '') => holdfast(words, { home, environment, input });

  for (const name of ['STORE', 'SPARE']) assert.equal((await run(['secret', 'set', name], azurite.connectionString)).code, 0);
  const project = await createProject(account, 'Invoices');
  const publisher = await createPublisher(account, project, { name: 'Archive', container: 'cli', connection: { secret: 'STORE' } });
  await createWorkflow(account, project, [publisher], { name: 'Publish' });
  const documents = mixedDocuments();
  const paths = await writeDocuments(join(home, 'documents'), documents);

  await t.test('run uploads the documents, follows the run, and each lands with its size and content type', async () => {
    const result = await run(['workflow', 'run', 'Publish', ...paths, '--watch', '--json']);
    assert.equal(result.code, 0, result.stderr);
    assert.equal(JSON.parse(result.stdout).run.items.published, documents.length);
    const blobs = await azurite.listBlobs('cli');
    for (const document of documents) {
      const blob = blobs.find((candidate) => candidate.name === document.name);
      assert.equal(blob?.contentType, document.contentType, document.name);
      assert.equal(blob?.size, document.size);
    }
    const again = await run(['workflow', 'run', 'Publish', ...paths, '--watch']);
    assert.match(again.stdout, new RegExp(`succeeded: 0 published, ${documents.length} unchanged\\.`));
  });

  await t.test('log --follow says what is logged as it is logged, and ends with the run', async () => {
    let busy = true;
    service.answer((_request, response) => response.writeHead(busy ? 503 : 201).end());
    const configuration = { baseUrl: service.origin, authentication: 'none' };
    const body = { name: 'Files', type: 'http-publisher', configuration, sealedOptions: {} };
    const { id } = await account.call<{ id: string }>('POST', account.at(`/projects/${project}/components`), body);
    await createWorkflow(account, project, [id], { name: 'Send' });
    const started = JSON.parse((await run(['workflow', 'run', 'Send', paths[0] ?? '', '--json'])).stdout).run;
    const words = ['run', 'log', started.id];
    const follower = spawn(process.execPath, [join(repository, 'bin', 'holdfast.mjs'), ...words, '--follow'], {
      env: { ...cleanEnvironment(home, home), ...environment },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let followed = '';
    follower.stdout.on('data', (chunk: Buffer) => {
      followed += chunk.toString();
    });
    const ended = new Promise((resolve) => follower.once('close', resolve));
    await eventually('a line about the next attempt', async () => (followed.includes('Trying again') ? true : undefined));
    assert.equal(follower.exitCode, null, 'it goes on while the run does');
    busy = false;
    assert.equal(await ended, 0);
    assert.equal(followed, (await run(words)).stdout);
    const { stdout } = await run([...words, '-f', '--json']);
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    assert.deepEqual(lines, JSON.parse((await run([...words, '--json'])).stdout).log);
  });

  await t.test('the nodes of both planes are listed with what they hold', async () => {
    const { stdout } = await run(['organization', 'nodes']);
    assert.match(stdout, /^PLANE +HOST +VERSION +STATE +SEEN +HOLDS\n/);
    assert.match(stdout, /^control .* running /m);
    assert.match(stdout, /^data .* running .* periodic work$/m);
  });

  await t.test('a run wants documents, and files that there are', async () => {
    assert.equal((await run(['workflow', 'run', 'Publish'])).code, 2);
    const missing = await run(['workflow', 'run', 'Publish', 'no-such-file.pdf']);
    assert.equal(missing.code, 2);
    assert.match(missing.stderr, /no-such-file\.pdf cannot be read/);
  });

  await t.test('check looks at a file by what it says, saved or not, and a saved workflow with its draft', async () => {
    const nobody = 'BlobEndpoint=http://127.0.0.1:1/store1;SharedAccessSignature=sv=2020-01-01&sig=not-a-signature';
    assert.equal((await run(['secret', 'set', 'NOWHERE'], nobody)).code, 0);
    const away = await createPublisher(account, project, { name: 'Away', container: 'cli', connection: { secret: 'NOWHERE' } });
    const fileOf = async (name: string, component: string) => {
      const path = join(home, `${name}-${component}.yaml`);
      const source = 'sources:\n  - name: upload\n    kind: upload\n';
      await writeFile(path, `project: Invoices\nname: ${name}\n${source}steps:\n  - name: store\n    component: ${component}\n`);
      return path;
    };
    const check = (...words: string[]) => run(['workflow', 'check', ...words]);
    const answered = 'Checked: names, folders, secrets and destinations; 1 service answered.';
    for (const path of [await fileOf('Publish', 'Archive'), await fileOf('Unsaved', 'Archive')]) {
      const sound = await check(path);
      assert.deepEqual([sound.code, sound.stdout], [0, `${path} is all right. ${answered}\n`], sound.stderr);
    }
    assert.equal((await check('Publish')).stdout, `Publish is all right. ${answered}\n`);

    for (const path of [await fileOf('Publish', 'Away'), await fileOf('Unsaved', 'Away')]) {
      const failing = await check(path, '--json');
      assert.equal(failing.code, 1, failing.stdout);
      const { faults } = JSON.parse(failing.stdout).error;
      assert.deepEqual(
        faults.map(({ file, line, field, component }: Record<string, unknown>) => [file, line, field, component]),
        [[path, 8, 'steps.0.component', 'Away']],
      );
      assert.match((await check(path)).stderr, /\.yaml:8:16 {2}steps\.0\.component: Away: /);
      const unasked = await check(path, '--no-preflight');
      assert.match(unasked.stdout, /is all right\. Checked: names, folders, secrets and destinations; no service was asked\./);
    }

    // Of what was not approved, and of a draft, no service has to be asked.
    const draft = account.at(`/workflows/${await createWorkflow(account, project, [publisher], { name: 'Drafted' })}`);
    await account.call('PUT', draft, {
      name: 'Drafted',
      source: { kind: 'upload' },
      steps: [{ componentId: away, name: 'store' }],
      publish: false,
    });
    const drafted = await check('Drafted');
    assert.equal(drafted.code, 1);
    assert.match(drafted.stderr, /^Drafted, its draft {2}Away: /);
    await account.call('DELETE', draft);
    assert.equal((await run(['secret', 'set', 'KEY'], 'a key that names no host')).code, 0);
    const text = `AccountName=acme;AccountKey=\${secret.KEY};EndpointSuffix=core.windows.net`;
    await account.call('POST', account.at(`/projects/${project}/components`), {
      name: 'Keyed',
      type: 'azure-blob-publisher',
      configuration: { container: 'cli', connectionString: text },
    });
    const { id: secretId } = await account.call<{ id: string }>('GET', account.at('/secrets/KEY'));
    const items = [{ secretId, destination: 'https://acme.blob.core.windows.net:443' }];
    await account.call('POST', account.at('/destinations'), { decision: 'revoke', items });
    const revoked = await check(await fileOf('Unsaved', 'Keyed'), '--no-preflight');
    assert.equal(revoked.code, 1, revoked.stdout);
    assert.match(revoked.stderr, /:8:16 {2}steps\.0\.component: Keyed: The secret “KEY” may not be sent to .* has revoked it/);
    assert.equal((await run(['workflow', 'apply', await fileOf('Unsaved', 'Keyed'), '--yes'])).code, 0, 'it is applied all the same');
  });

  await t.test('delete --replace-with shows where the other secret will be sent, and what of it waits, before it asks', async () => {
    assert.equal((await run(['secret', 'set', 'KEY_2'], 'another key that names no host')).code, 0);
    const unsure = await run(['secret', 'delete', 'KEY', '--replace-with', 'KEY_2']);
    assert.equal(unsure.code, 2);
    const place = 'https://acme.blob.core.windows.net:443';
    assert.ok(unsure.stderr.includes(`They will send KEY_2 to:\n  ${place}: will wait for an owner or admin`), unsure.stderr);
    const replaced = await run(['secret', 'delete', 'KEY', '--replace-with', 'KEY_2', '--yes', '--json']);
    assert.deepEqual(JSON.parse(replaced.stdout).destinations, [{ destination: place, before: 'unasked', after: 'requested' }]);
    const listed = JSON.parse((await run(['destination', 'list', '--secret', 'KEY_2', '--json'])).stdout);
    assert.deepEqual(
      listed.destinations.map((item: { destination: string; state: string }) => [item.destination, item.state]),
      [[place, 'requested']],
    );
  });

  await t.test('describe and delete show every place; --replace-with keeps them working', async () => {
    const described = await run(['secret', 'describe', 'STORE']);
    assert.match(described.stdout, /Used by:\n {2}Invoices \/ Archive: Connection String, in Publish/);
    const unsure = await run(['secret', 'delete', 'STORE']);
    assert.equal(unsure.code, 2);
    assert.match(unsure.stderr, /STORE is used in 1 place:\n {2}Invoices \/ Archive/);
    const replaced = await run(['secret', 'delete', 'STORE', '--replace-with', 'SPARE', '--yes']);
    assert.equal(replaced.code, 0, replaced.stderr);
    assert.equal((await run(['workflow', 'run', 'Publish', paths[0] ?? assert.fail(), '--watch'])).code, 0);
  });

  await t.test('a run without its secret fails, and says which one and what to do', async () => {
    assert.equal((await run(['secret', 'delete', 'SPARE', '--yes'])).code, 0);
    const failed = await run(['workflow', 'run', 'Publish', paths[0] ?? assert.fail(), '--watch']);
    assert.equal(failed.code, 1);
    assert.match(failed.stdout, /^failed: .*\n.*“SPARE”/);
    assert.match(failed.stderr, /It would fail: The secret “SPARE”, which “Connection String” uses, does not exist\./);
    const newest = JSON.parse((await run(['run', 'show', '--json'])).stdout).run;
    assert.equal((await run(['run', 'show', String(newest.number), '--json'])).code, 0);
    const retry = (...words: string[]) => run(['run', 'retry', String(newest.number), '--watch', '--json', ...words]);
    assert.equal((await run(['secret', 'set', 'SPARE'], azurite.connectionString)).code, 0);
    const configuration = { container: 'cli', createContainer: true, connectionString: `\${secret.SPARE}` };
    const at = account.at(`/projects/${project}/components/${publisher}`);
    const { revision } = await account.call<{ revision: number }>('GET', at);
    await account.call('PUT', at, { name: 'Archive', revision, configuration });
    const again = JSON.parse((await retry('--item', documents[0]?.name ?? '')).stdout).run;
    assert.deepEqual([again.id, again.status, again.retries, again.items.waiting], [newest.id, 'succeeded', 1, 0]);
    const nothing = await retry();
    assert.equal(nothing.code, 1);
    assert.equal(JSON.parse(nothing.stdout).error.code, 'nothing_to_retry');
    assert.equal(JSON.parse((await retry('--all')).stdout).run.items.unchanged, 1);
  });

  await t.test('each example of the guide to triggers does what it says, and what it made is paused, replaced and deleted', async () => {
    await createTriggered(account, project, azurite.connectionString);
    const folder = join(home, 'guide');
    await mkdir(folder);
    for (const name of ['invoice.pdf', 'other.pdf']) await writeFile(join(folder, name), `what ${name} says`);
    const program = join(folder, 'holdfast');
    await writeFile(program, `#!/bin/sh\nexec '${process.execPath}' '${join(repository, 'bin', 'holdfast.mjs')}' "$@"\n`, { mode: 0o755 });
    const shown: Record<string, string> = { KEY: SHOP_KEY };
    const expires = `${new Date().getUTCFullYear() + 1}-12-31`;
    const examples = (await examplesOf('triggers.md')).map((text) =>
      text.replace('2027-12-31', expires).replace('30 2 * * *', FAR_FROM_NOW),
    );
    assert.equal(examples.length, 6);
    const started: string[] = [];
    for (const example of examples) {
      const stdout = await runExample(example, folder, { ...environment, ...shown, PATH: `${folder}:${process.env.PATH}` });
      const made = { ADDRESS: /^Address: (.+)$/m.exec(stdout)?.[1], TOKEN: /^Token, shown once: (.+)$/m.exec(stdout)?.[1] };
      for (const [name, text] of Object.entries(made)) if (text !== undefined) shown[name] = text;
      const runs = [...stdout.matchAll(/"run":\{"id":"([^"]+)"\},"repeated":false/g)].map(([, id = '']) => id);
      assert.equal(runs.length, example.match(/^curl /gm)?.length ?? 0, stdout);
      for (const id of runs) assert.equal((await finishRun(account, id)).status, 'succeeded', example);
      started.push(...runs);
    }
    assert.equal(started.length, 3);
    const names = (await azurite.listBlobs('guide')).map(({ name }) => name);
    assert.deepEqual(
      [names.includes('invoice.pdf'), names.includes('other.pdf'), names.some((name) => name.endsWith('.json'))],
      [true, true, true],
    );

    const list = async (workflow: string) => (await run(['workflow', 'trigger', 'list', workflow])).stdout;
    assert.match(
      await list('Nightly archive'),
      new RegExp(`Nightly +cron +${FAR_FROM_NOW.replaceAll('*', '\\*')} Europe/Berlin +.*ok.* never`),
    );
    assert.match(await list('Orders'), /From the shop +webhook +holdfast, SHOP_KEY +.*ok.* started +http:.*\/hooks\/acme\//);
    await eventually('the connector to be asked', async () => / started/.test(await list('Archive orders')), {
      withinMilliseconds: 60_000,
    });
    assert.match(await list('Invoices'), new RegExp(`Scanner +upload +until ${expires} .* started +${shown.ADDRESS}`));
    assert.match(await list('Publish'), /^Nothing starts it by itself\.$/m);

    const send = async () => {
      const headers = { authorization: `Bearer ${shown.TOKEN}` };
      return (await fetch(`${shown.ADDRESS}?name=a.txt`, { method: 'POST', headers, body: 'a' })).status;
    };
    const scanner = (verb: string, ...words: string[]) => run(['workflow', 'trigger', verb, 'Invoices', 'Scanner', ...words]);
    assert.equal((await scanner('pause')).stdout, 'Trigger Scanner is paused.\n');
    assert.match(await list('Invoices'), /paused/);
    assert.equal(await send(), 409);
    assert.equal((await scanner('resume')).stdout, 'Trigger Scanner is resumed.\n');
    assert.equal(await send(), 202);
    const settingsAfter = async (workflow: string, name: string, ...words: string[]) => {
      const changed = await run(['workflow', 'trigger', 'update', workflow, name, ...words, '--json']);
      assert.equal(changed.code, 0, changed.stderr);
      return JSON.parse(changed.stdout).trigger.settings;
    };
    const ends = (await settingsAfter('Invoices', 'Scanner', '--per-minute', '7')).expiresAt;
    assert.ok(ends.startsWith(expires), ends);
    assert.deepEqual(await settingsAfter('Invoices', 'Scanner', '--maximum-bytes', '3'), {
      kind: 'upload',
      perMinute: 7,
      maximumBytes: 3,
      expiresAt: ends,
    });
    assert.equal(await send(), 202, 'Its token stays.');
    assert.equal((await settingsAfter('Invoices', 'Scanner', '--expires', 'never')).expiresAt, null);
    const shop = { kind: 'webhook', secretName: 'SHOP_KEY', signature: 'holdfast', maximumBytes: 1024 * 1024, perMinute: 60 };
    assert.deepEqual(await settingsAfter('Orders', 'From the shop', '--document-name', 'order-{delivery}'), {
      ...shop,
      documentName: 'order-{delivery}',
    });
    const nightly = { kind: 'cron', expression: FAR_FROM_NOW, timeZone: 'Europe/Berlin' };
    const settingsOfNightly = (...words: string[]) => settingsAfter('Nightly archive', 'Nightly', ...words);
    assert.deepEqual(await settingsOfNightly('--skip-missed'), { ...nightly, missed: 'skip', missedHours: 24 });
    assert.deepEqual(await settingsOfNightly('--missed-hours', '48'), { ...nightly, missed: 'once', missedHours: 48 });
    assert.deepEqual(await settingsOfNightly('--cron', '0 3 * * *', '--time-zone', 'UTC'), {
      kind: 'cron',
      expression: '0 3 * * *',
      timeZone: 'UTC',
      missed: 'once',
      missedHours: 48,
    });
    assert.deepEqual(await settingsAfter('Archive orders', 'New orders', '--poll', '30'), { kind: 'poll', everyMinutes: 30 });

    const token = JSON.parse((await scanner('token', '--json')).stdout).trigger.token as string;
    assert.equal(await send(), 401, 'The former token ends at once.');
    shown.TOKEN = token;
    assert.equal(await send(), 202);
    const unsure = await scanner('delete');
    assert.deepEqual([unsure.code, /Add --yes/.test(unsure.stderr)], [2, true], unsure.stderr);
    assert.equal((await scanner('delete', '--yes')).stdout, 'Trigger Scanner of Invoices is deleted.\n');
    assert.equal(await send(), 401);

    const gone = await scanner('pause');
    assert.deepEqual([gone.code, /has no trigger “Scanner”.*\n.*It has none at all/.test(gone.stderr)], [2, true], gone.stderr);
    assert.equal((await run(['workflow', 'trigger', 'add', 'Invoices', 'Two', '--upload', '--poll', '5'])).code, 2);
    const senseless = await run(['workflow', 'trigger', 'add', 'Invoices', 'Never', '--cron', '0 0 * * *']);
    assert.equal(senseless.code, 1);
    assert.match(senseless.stderr, /a schedule brings none/);
  });

  await t.test('each call of the guide to the API is answered as it says', async () => {
    const folder = join(home, 'api');
    await mkdir(folder);
    await writeFile(join(folder, 'invoice.pdf'), 'what the invoice of the guide to the API says');
    await putSecret(account, 'AZURE_STORAGE', azurite.connectionString);
    const { items: workflows } = await account.call<{ items: { id: string; name: string }[] }>('GET', account.at('/workflows'));
    const shown: Record<string, string> = {
      API: `${instance.controlUrl}${account.at('')}`,
      PROJECT: project,
      WORKFLOW: workflows.find(({ name }) => name === 'Invoices')?.id ?? assert.fail(),
    };
    const call = (example: string | undefined) => runExample(example ?? assert.fail(), folder, { ...environment, ...shown });
    const [prepare, list, record, change, upload, start, watch, ...more] = await examplesOf('api.md');
    assert.deepEqual(more, []);
    assert.equal(await call(prepare), '');

    const secrets = JSON.parse(await call(list));
    assert.ok(secrets.items.some(({ name }: { name: string }) => name === 'AZURE_STORAGE'));
    assert.equal(secrets.nextCursor, null);
    const pages = (await call(record))
      .trim()
      .split('\n')
      .map((page) => JSON.parse(page));
    const sequences: number[] = pages.flatMap(({ items }) => items.map(({ sequence }: { sequence: number }) => sequence));
    assert.ok(pages.length > 1, `${pages.length} pages`);
    assert.deepEqual(
      sequences,
      Array.from(sequences, (_, index) => sequences.length - index),
      'every event once, newest first',
    );

    assert.equal(JSON.parse(await call(change)).rotationDays, 90);
    await assert.rejects(call(change?.split('\n').slice(1).join('\n').replace('90', '30')), (error: { code: number; stdout: string }) => {
      assert.deepEqual([error.code, JSON.parse(error.stdout).code], [22, 'precondition_failed'], 'the tag is that of before');
      return true;
    });
    const guide = await readFile(join(repository, 'docs', 'guides', 'api.md'), 'utf8');
    const problem = JSON.parse(/^```json\n(.+?)^```$/ms.exec(guide)?.[1] ?? '');
    const refused = await account.request<{ requestId: string }>('POST', account.at('/projects'), { name: '' });
    assert.deepEqual(refused.body, { ...problem, requestId: refused.body.requestId });

    shown.DOCUMENT = JSON.parse(await call(upload)).id;
    shown.RUN = JSON.parse(await call(start)).id;
    const events = [...(await call(watch)).matchAll(/^event: (\w+)\ndata: (.+)$/gm)].map(([, name, data = '']) => ({
      ...JSON.parse(data),
      event: name,
    }));
    assert.equal(events[0]?.event, 'run');
    assert.deepEqual([events.at(-1)?.event, events.at(-1)?.status, events.at(-1)?.id], ['end', 'succeeded', shown.RUN]);
    assert.equal(JSON.parse(await call(start)).id, shown.RUN, 'the same key starts nothing more');
  });
});

/** What stands in a guide as `sh`, in its order. */
async function examplesOf(guide: string): Promise<string[]> {
  const text = await readFile(join(repository, 'docs', 'guides', guide), 'utf8');
  return [...text.matchAll(/^```sh\n(.+?)^```$/gms)].map(([, example = '']) => example);
}

/** What it prints; it fails as a shell does that stops at the first failure. */
async function runExample(example: string, folder: string, environment: Record<string, string>): Promise<string> {
  const env = { ...cleanEnvironment(folder, folder), ...environment };
  return (await promisify(execFile)('sh', ['-ec', example], { cwd: folder, env })).stdout;
}

/** Half a day from now: the guide's time would start a run in a test that is run at night. */
const FAR_FROM_NOW = `30 ${(new Date().getUTCHours() + 12) % 24} * * *`;

const SHOP_KEY = 'a key that the shop and Holdfast share';

/** The workflows that the guide to triggers speaks of. */
async function createTriggered(account: Account, project: string, connection: string): Promise<void> {
  for (const [name, value] of [
    ['GUIDE', connection],
    ['SHOP_KEY', SHOP_KEY],
  ] as const) {
    await putSecret(account, name, value);
  }
  const store = await createPublisher(account, project, { name: 'Guide', container: 'guide', connection: { secret: 'GUIDE' } });
  const { id: source } = await account.call<{ id: string }>('POST', account.at(`/projects/${project}/components`), {
    name: 'Guide source',
    type: 'azure-blob-source',
    configuration: { container: 'guide', connectionString: `\${secret.GUIDE}` },
    sealedOptions: {},
  });
  for (const name of ['Orders', 'Invoices']) await createWorkflow(account, project, [store], { name });
  for (const name of ['Nightly archive', 'Archive orders']) {
    await account.call('POST', account.at('/workflows'), {
      projectId: project,
      name,
      sources: [{ kind: 'component', componentId: source, documents: 'new' }],
      steps: [{ componentId: store }],
    });
  }
}
