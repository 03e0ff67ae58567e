import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { signIn } from '../e2e/console-steps.ts';
import { setUp, signIn as signInByApi } from '../harness/account.ts';
import { startAzurite } from '../harness/azurite.ts';
import { openBrowserWithProfile } from '../harness/browser.ts';
import { holdfast } from '../harness/command-line.ts';
import { mixedDocuments } from '../harness/documents.ts';
import { eventually } from '../harness/eventually.ts';
import { startInstance } from '../harness/instance.ts';
import { startMailServer } from '../harness/mail-server.ts';
import { addMember } from '../harness/members.ts';
import { createProject, createPublisher, createWorkflow, finishRun, listItems, startRun, upload } from '../harness/workspace.ts';
import { makeMarker, needlesOf } from './canary/marker.ts';
import { readPage, readStorage } from './canary/page.ts';
import { plantByBrowser } from './canary/plant-by-browser.ts';
import { type Finding, searchArguments, searchBytes, searchFolder, searchMemory, searchText } from './canary/search.ts';
import { useTriggers } from './canary/use-triggers.ts';
import { watchArguments } from './canary/watch-arguments.ts';

/**
 * Values that hold a marker go in by every door (browser, command line, a component's own value), are used,
 * and are used in ways that fail. Then the marker is looked for in every place where it must not be, in every
 * encoding; and last, a leak is planted in each place, which the same search must find.
 */
test('a value is nowhere but where it is used', { timeout: 300_000 }, async (t) => {
  const marker = makeMarker();
  const needles = needlesOf(marker);
  // The account's key is the value that really goes to the service, so the marker stands in it. 64 bytes in
  // base64.
  const accountKey = `${marker}${'Q'.repeat(66)}==`;
  await using azurite = await startAzurite({ accountKey });
  await using mails = await startMailServer({ disabledCommands: ['STARTTLS', 'AUTH'] });
  await using instance = await startInstance({
    environment: {
      HOLDFAST_EGRESS_ALLOW: `127.0.0.1:${azurite.port},127.0.0.1:1`,
      HOLDFAST_LOG_LEVEL: 'debug',
      HOLDFAST_SMTP_URL: `smtp://127.0.0.1:${mails.port}?from=holdfast@example.com`,
    },
  });
  await using watched = watchArguments(needles, instance.pid);
  const account = await setUp(instance);
  const home = await mkdtemp(join(tmpdir(), 'holdfast-person-'));
  t.after(() => rm(home, { recursive: true, force: true }));
  await using browser = await openBrowserWithProfile({ keepResponses: true });
  const { page } = browser;
  const commandOutputs: string[] = [];
  const holdfastCommand = async (words: string[], input = '', codes = [0]) => {
    let commandFindings: Promise<Finding[]> = Promise.resolve([]);
    const result = await holdfast(words, {
      home,
      environment: { HOLDFAST_URL: instance.controlUrl, HOLDFAST_TOKEN: account.token, HOLDFAST_ORGANIZATION: 'acme' },
      input,
      started: (pid) => {
        commandFindings = searchArguments(needles, pid);
      },
    });
    assert.ok(
      codes.includes(result.code ?? -1),
      `${words.join(' ')}: ${result.code} ${result.stdout}${result.stderr}`.replaceAll(marker, '(the value)'),
    );
    commandOutputs.push(result.stdout, result.stderr);
    assert.deepEqual(await commandFindings, [], 'arguments of the command');
  };

  await page.goto(`${instance.controlUrl}/sign-in`);
  await signIn(page, { name: 'Ada Lovelace', email: account.email, password: account.password });
  const project = await createProject(account, 'Canary');
  await plantByBrowser(page, `${instance.controlUrl}/organizations/acme`, project, {
    value: azurite.connectionString,
    wrong: azurite.connectionString.replace('QQQQ', 'RRRR'),
  });

  // In by the command line: one value, and a file of several, one of them malformed as a connection string.
  await holdfastCommand(['secret', 'set', 'FROM_COMMAND_LINE'], `${azurite.connectionString}\n`);
  const many = join(home, 'many.env');
  const signingKey = `${marker}-signs-what-a-shop-sends`;
  const refusedPort = azurite.connectionString.replace(`127.0.0.1:${azurite.port}`, '127.0.0.1:1');
  await writeFile(
    many,
    `MALFORMED="AccountName;AccountKey ${marker}"\nNOBODY_LISTENS="${refusedPort}"\nJSON='{"key":"${marker}\\u00e9"}'\nSIGNING_KEY="${signingKey}"\n`,
    { mode: 0o600 },
  );
  await holdfastCommand(['secret', 'set', '-f', many], '');
  await rm(many);

  // Used, and used in ways that fail.
  const shown: string[] = [];
  const workflows = new Map<string, string>();
  const runs: string[] = [];
  const expected: [secret: string, outcome: string][] = [
    ['FROM_BROWSER', 'succeeded'],
    ['FROM_FORM', 'succeeded'],
    ['FROM_COMMAND_LINE', 'succeeded'],
    ['MALFORMED', 'failed'],
    ['NOBODY_LISTENS', 'failed'],
  ];
  for (const [secret, outcome] of expected) {
    const component = await createPublisher(account, project, { name: secret, container: 'canary', connection: { secret } });
    await account.request('POST', account.at(`/projects/${project}/components/${component}/test`));
    const workflow = await createWorkflow(account, project, [component], { name: secret });
    workflows.set(secret, workflow);
    await account.call('POST', account.at(`/workflows/${workflow}/preflight`));
    const ids = [];
    for (const document of mixedDocuments().slice(0, 3)) ids.push(await upload(account, project, document));
    const run = await startRun(account, workflow, ids);
    runs.push(run.id);
    assert.equal((await finishRun(account, run.id, 90_000)).status, outcome, secret);
    await listItems(account, run.id);
    await account.call('GET', account.at(`/runs/${run.id}/log`));
    await account.call('GET', account.at(`/runs/${run.id}/events`));
    await page.goto(`${instance.controlUrl}/organizations/acme/runs/${run.id}`);
    await page.getByRole('heading', { level: 1 }).waitFor();
    shown.push(await page.evaluate(readPage));
  }

  // A key that requests are signed with, and the token of an upload address, which is looked for by itself.
  const token = await useTriggers(instance, account, workflows.get('FROM_BROWSER') ?? '', signingKey);
  for (const url of [instance.controlUrl, instance.dataUrl]) {
    account.answers.push(Buffer.from(await (await fetch(`${url}/metrics`)).arrayBuffer()));
  }
  for (const path of ['/secrets', '/secrets/FROM_BROWSER', `/projects/${project}`, '/audit']) {
    await page.goto(`${instance.controlUrl}/organizations/acme${path}`);
    await page.getByRole('heading', { level: 1 }).waitFor();
    shown.push(await page.evaluate(readPage));
  }
  await account.call('GET', account.at('/audit/export'));

  // An editor's component names a host for a value that names none: a mail asks the owner.
  await holdfastCommand(['secret', 'set', 'NO_HOST'], accountKey);
  const editor = await addMember(instance, account, instance.temporary, 'Grace Hopper', 'editor');
  const asEditor = await signInByApi(instance.controlUrl, editor);
  await asEditor.call('POST', account.at(`/projects/${project}/components`), {
    name: 'Asks',
    type: 'azure-blob-publisher',
    configuration: {
      connectionString: `AccountName=store1;AccountKey=\${secret.NO_HOST};BlobEndpoint=http://127.0.0.1:${azurite.port}/store1;`,
      container: 'canary',
    },
    sealedOptions: {},
  });
  await eventually('the mail', () => mails.received.some(({ mail }) => `${mail.subject}${mail.text}`.includes('NO_HOST')));

  // What the command line answers to a program, and what it writes into files.
  const file = join(home, 'workflow.yaml');
  for (const words of [
    'secret list',
    'secret describe FROM_BROWSER',
    'secret versions FROM_COMMAND_LINE',
    'component list',
    'component show FROM_FORM',
    'component test FROM_FORM',
    `workflow export MALFORMED -o ${file}`,
    `workflow check ${file} --no-preflight`,
    `workflow apply ${file} --dry-run`,
    'run list',
    `run show ${runs[0]}`,
    `run log ${runs[0]}`,
    `run items ${runs[0]}`,
    `run download ${runs[0]} -o ${home}/documents`,
    'audit list',
    `audit export -o ${home}/record.jsonl`,
    'destination list',
  ]) {
    // Some say that something is wrong, by 1.
    await holdfastCommand([...words.split(' '), '--json'], '', [0, 1]);
  }
  await holdfastCommand(['component', 'test', 'NOBODY_LISTENS'], '', [1]);
  await holdfastCommand(['workflow', 'check', 'MALFORMED'], '', [0, 1]);

  const processes = await instance.processes();
  const places: Record<string, () => Promise<Finding[]>> = {
    'the state of Holdfast: database, write-ahead log, keys, logs': () => searchFolder(needles, instance.home),
    'its temporary files': () => searchFolder(needles, instance.temporary),
    'what it printed': async () => searchText(needles, 'output', instance.output()),
    'arguments and environment of its processes': async () => [...watched.findings, ...(await searchArguments(needles, instance.pid))],
    'answers of the API': async () => account.answers.flatMap((answer) => searchBytes(needles, 'answer', answer)),
    'what the command line printed': async () => commandOutputs.flatMap((text) => searchText(needles, 'command', text)),
    mails: async () => mails.received.flatMap(({ mail }) => searchText(needles, 'mail', JSON.stringify(mail))),
    'what left the browser': async () =>
      browser.requests.flatMap((request) =>
        searchBytes(
          needles,
          `${request.method} ${request.url}`,
          Buffer.concat([Buffer.from(JSON.stringify([request.url, request.headers])), request.body]),
        ),
      ),
    'what came back to the browser': async () => browser.responses.flatMap((body) => searchBytes(needles, 'response', body)),
    'what pages show, and what their fields hold': async () => shown.flatMap((text) => searchText(needles, 'page', text)),
    'the state of Holdfast, the token of an upload address': () => searchFolder(needlesOf(token), instance.home),
    'storage of the page': async () => searchText(needles, 'storage', await page.evaluate(readStorage)),
    'the profile of the browser': () => searchFolder(needles, browser.profile),
    'the memory of the control plane': () => searchMemory(needles, processes.control.pid, 'control plane'),
    'the memory of the launcher': () => searchMemory(needles, instance.pid, 'launcher'),
    'the memory of PostgreSQL': () => searchMemory(needles, processes.postgres.pid, 'PostgreSQL'),
    'the home of the person': () => searchFolder(needles, home),
  };
  for (const [place, search] of Object.entries(places)) {
    await t.test(`it is not in ${place}`, async () => assert.deepEqual(await search(), []));
  }

  // From here on the marker is leaked on purpose, in one place after the other.
  const encoded = Buffer.from(`{"connectionString":"${azurite.connectionString}"}`).toString('base64url');
  const plants: Record<string, () => Promise<unknown>> = {
    'its temporary files': () => writeFile(join(instance.temporary, 'core.dump'), Buffer.from(azurite.connectionString, 'utf16le')),
    'answers of the API': async () => account.answers.push(Buffer.from(encoded)),
    'what the command line printed': async () => commandOutputs.push(encodeURIComponent(azurite.connectionString)),
    mails: async () => mails.received.push({ ...mails.received[0], mail: { text: encoded } } as never),
    'what left the browser': () =>
      page.evaluate(async (text) => void (await fetch('/api/session', { headers: { 'x-planted': text } })), encoded),
    'what came back to the browser': async () => browser.responses.push(Buffer.from(JSON.stringify(Buffer.from(azurite.connectionString)))),
    'what pages show, and what their fields hold': async () => {
      await page.evaluate((text) => {
        const field = document.body.appendChild(document.createElement('input'));
        field.type = 'password';
        field.value = text;
      }, azurite.connectionString);
      shown.push(await page.evaluate(readPage));
    },
    'the state of Holdfast, the token of an upload address': () => writeFile(join(instance.home, 'planted.log'), `Bearer ${token}`),
    'storage of the page': () => page.evaluate((text) => sessionStorage.setItem('draft', text), azurite.connectionString),
    'the profile of the browser': async () => {
      await page.evaluate((text) => localStorage.setItem('draft', text), azurite.connectionString);
      await eventually('the browser to write it down', async () => (await searchFolder(needles, browser.profile)).length > 0);
    },
    'the memory of the control plane': () => sendInClear(account, azurite.connectionString),
    'the home of the person': () => writeFile(join(home, '.bash_history'), `holdfast secret set X ${azurite.connectionString}`),
    'the state of Holdfast: database, write-ahead log, keys, logs': () =>
      account.call('PATCH', account.at('/secrets/FROM_BROWSER'), {
        description: `was ${Buffer.from(azurite.connectionString).toString('hex')}`,
      }),
    'the memory of PostgreSQL': () => account.call('PATCH', account.at('/secrets/NO_HOST'), { description: `is ${marker}` }),
  };
  for (const [place, plant] of Object.entries(plants)) {
    await t.test(`a leak planted in ${place} is found`, async () => {
      await plant();
      assert.notDeepEqual(await places[place]?.(), []);
    });
  }

  await t.test('a leak planted in what a process prints, and in its arguments, is found', async () => {
    const child = spawn(process.execPath, ['-e', 'console.log(process.argv[1]); setInterval(() => {}, 1000)', '--', encoded], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    try {
      const printed = await new Promise<string>((resolve) => child.stdout.once('data', (chunk: Buffer) => resolve(chunk.toString())));
      assert.notDeepEqual(searchText(needles, 'output', printed), []);
      assert.notDeepEqual(await searchArguments(needles, child.pid ?? 0), []);
    } finally {
      child.kill('SIGKILL');
    }
  });
});

/**
 * What no client does: the value itself in a request. It is refused, and for a moment it is in the server's
 * memory.
 */
async function sendInClear(account: Awaited<ReturnType<typeof setUp>>, value: string): Promise<void> {
  for (let time = 0; time < 50; time += 1) {
    const answer = await account.request('PUT', account.at('/secrets/IN_CLEAR'), { value });
    assert.ok(answer.status >= 400 && answer.status < 500, `answered ${answer.status}`);
  }
}
