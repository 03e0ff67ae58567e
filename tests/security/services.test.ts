import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import pg from 'pg';
import { type Account, setUp } from '../harness/account.ts';
import { startAzurite } from '../harness/azurite.ts';
import { startInstance } from '../harness/instance.ts';
import { startMailServer } from '../harness/mail-server.ts';
import { createProject } from '../harness/workspace.ts';
import { changeByCommands } from './canary/change-by-commands.ts';
import { commandLine } from './canary/command-line.ts';
import { causeEveryMail } from './canary/every-mail.ts';
import { leakThroughService } from './canary/leak-through-service.ts';
import { startLoudDatabase } from './canary/loud-database.ts';
import { makeMarker, type Needle, needlesOf } from './canary/marker.ts';
import { productSearch } from './canary/product-search.ts';
import { type Finding, searchArguments, searchBytes, searchFile, searchFolder, searchMemory, searchText } from './canary/search.ts';
import { CONTAINER } from './canary/services.ts';
import { startServices, useServices } from './canary/use-services.ts';
import { watchArguments } from './canary/watch-arguments.ts';

/**
 * Values that hold a marker are used by a component of every type, with success and without, and changed by
 * commands, over a PostgreSQL that tells all it knows, while mails of every kind are sent. Then the marker is
 * looked for; and last, another marker is leaked in each place, which the same search must find. What people
 * do in a browser, and the embedded PostgreSQL as it is set up: canary.test.ts.
 */
test('values of every type of component are in nothing that comes of them, nor in a PostgreSQL that logs all it can', {
  timeout: 300_000,
}, async (t) => {
  const marker = makeMarker();
  const needles = needlesOf(marker);
  // The account's key is the value that really goes to the service, so the marker stands in it. 64 bytes in
  // base64.
  const accountKey = `${marker}${'Q'.repeat(66)}==`;
  await using azurite = await startAzurite({ accountKey });
  await using services = await startServices(marker, azurite);
  await using mails = await startMailServer({ disabledCommands: ['STARTTLS', 'AUTH'] });
  await using database = await startLoudDatabase();
  await using instance = await startInstance({
    environment: {
      DATABASE_URL: database.ownerUrl,
      HOLDFAST_EGRESS_ALLOW: [`127.0.0.1:${azurite.port}`, ...services.allowed].join(','),
      HOLDFAST_LOG_LEVEL: 'debug',
      HOLDFAST_SMTP_URL: `smtp://127.0.0.1:${mails.port}?from=holdfast@example.com`,
    },
  });
  await using watched = watchArguments(needles, instance.pid);
  const account = await setUp(instance);
  const home = await mkdtemp(join(tmpdir(), 'holdfast-person-'));
  const given = await mkdtemp(join(tmpdir(), 'holdfast-given-'));
  t.after(() => Promise.all([home, given].map((folder) => rm(folder, { recursive: true, force: true }))));
  const commands = commandLine(needles, home, {
    HOLDFAST_URL: instance.controlUrl,
    HOLDFAST_TOKEN: account.token,
    HOLDFAST_ORGANIZATION: 'acme',
  });

  const project = await createProject(account, 'Canary');
  await useServices(account, project, services);
  await commands.run(['secret', 'set', 'NO_HOST'], accountKey);
  const personsPassword = makeMarker();
  await causeEveryMail({
    ...{ instance, account, mails, project, databaseUrl: database.ownerUrl, password: personsPassword },
    // An editor's component names a host for a value that names none: a mail asks the owner.
    unapproved: {
      type: 'azure-blob-publisher',
      configuration: {
        connectionString: `AccountName=store1;AccountKey=\${secret.NO_HOST};BlobEndpoint=http://127.0.0.1:${azurite.port}/store1;`,
        container: CONTAINER,
      },
    },
  });

  const { connectionString } = azurite;
  await changeByCommands(commands, { folder: given, marker, connectionString, project: 'Canary', container: CONTAINER });
  await account.call('GET', account.at('/audit/export'));

  const control = await instance.plane('control');
  const places: Record<string, (needles: readonly Needle[]) => Promise<Finding[]>> = {
    'the state of Holdfast: keys, logs': (needles) => searchFolder(needles, instance.home),
    'its temporary files': (needles) => searchFolder(needles, instance.temporary),
    'what it printed': async (needles) => searchText(needles, 'output', instance.output()),
    'arguments and environment of its processes': async (needles) => searchArguments(needles, instance.pid),
    'answers of the API': async (needles) => account.answers.flatMap((answer) => searchBytes(needles, 'answer', answer)),
    'what the command line printed': async (needles) => commands.outputs.flatMap((text) => searchText(needles, 'command', text)),
    mails: async (needles) => mails.received.flatMap(({ mail }) => searchText(needles, 'mail', JSON.stringify(mail))),
    'the memory of the control plane': (needles) => searchMemory(needles, control.pid, 'control plane'),
    'the memory of the launcher': (needles) => searchMemory(needles, instance.pid, 'launcher'),
    'the data directory of PostgreSQL: tables, write-ahead log': (needles) => searchFolder(needles, join(database.folder, 'data')),
    'the log of PostgreSQL: statements, parameters, plans': (needles) => searchFile(needles, database.log),
    'statistics of its statements': (needles) => database.searchStatements(needles),
    'what its sessions were seen to do': (needles) => database.searchActivity(needles),
    'the memory of its processes': (needles) => database.searchProcesses(needles),
    'the home of the person': (needles) => searchFolder(needles, home),
  };
  for (const [place, search] of Object.entries(places)) {
    await t.test(`it is not in ${place}`, async () => assert.deepEqual(await search(needles), []));
  }
  await t.test('it was not in arguments and environments, nor in the home between two commands', () => {
    assert.deepEqual([...watched.findings, ...commands.findings], []);
  });
  await t.test('the password of a person is kept nowhere', async () => {
    const others = needlesOf(personsPassword);
    for (const folder of [instance.home, database.folder]) assert.deepEqual(await searchFolder(others, folder), []);
  });
  const searchAsProduct = productSearch([...services.values, accountKey]);
  const logs = join(instance.home, 'logs');
  const texts = async () => [
    ...account.answers,
    ...commands.outputs,
    ...mails.received.map(({ mail }) => JSON.stringify(mail)),
    instance.output(),
    ...(await Promise.all((await readdir(logs)).map((name) => readFile(join(logs, name))))),
  ];
  await t.test('in texts, what takes values out of logs and answers finds nothing either', async () => {
    assert.deepEqual(
      (await texts()).flatMap((text) => searchAsProduct('text', text)),
      [],
    );
  });

  // From here on other markers are leaked on purpose, in one place after the other.
  const holding = (other: string) => azurite.connectionString.replaceAll(marker, other);
  const encoded = (other: string) => Buffer.from(`{"connectionString":"${holding(other)}"}`).toString('base64url');
  const session = new pg.Client({ connectionString: database.ownerUrl });
  await session.connect();
  await using sessions = new AsyncDisposableStack();
  sessions.defer(() => session.end());
  const plants: Record<string, (other: string) => Promise<unknown>> = {
    'the state of Holdfast: keys, logs': (other) => writeFile(join(instance.home, 'planted.log'), `Bearer ${holding(other)}`),
    'its temporary files': (other) => writeFile(join(instance.temporary, 'core.dump'), Buffer.from(holding(other), 'utf16le')),
    'answers of the API': async (other) => account.answers.push(Buffer.from(encoded(other))),
    'what the command line printed': (other) => commands.run(['secret', 'describe', other], '', [1]),
    mails: async (other) => mails.received.push({ ...mails.received[0], mail: { text: encoded(other) } } as never),
    'the memory of the control plane': (other) => sendInClear(account, holding(other)),
    'the data directory of PostgreSQL: tables, write-ahead log': (other) =>
      account.call('PATCH', account.at('/secrets/NO_HOST'), { description: `was ${Buffer.from(holding(other)).toString('hex')}` }),
    'the log of PostgreSQL: statements, parameters, plans': (other) =>
      account.call('PATCH', account.at('/secrets/NO_HOST'), { description: `is ${other}` }),
    'statistics of its statements': (other) => session.query(`select count(*) from holdfast.secret -- of ${holding(other)}`),
    'what its sessions were seen to do': (other) => session.query(`select count(*) from holdfast.secret where name = '${encoded(other)}'`),
    'the memory of its processes': (other) => session.query('select $1::text as kept', [encoded(other)]),
    'the home of the person': (other) => writeFile(join(home, '.bash_history'), `holdfast secret set X ${holding(other)}`),
  };
  for (const [place, plant] of Object.entries(plants)) {
    await t.test(`a leak planted in ${place} is found`, async () => {
      const other = makeMarker();
      await plant(other);
      assert.notDeepEqual(await places[place]?.(needlesOf(other)), []);
    });
  }

  await t.test('a parameter in the log of PostgreSQL is found where a statement failed', async () => {
    const other = makeMarker();
    const before = (await readFile(database.log)).length;
    await assert.rejects(session.query('select $1::text::integer', [holding(other)]), { code: '22P02' });
    const lines = (await readFile(database.log)).subarray(before).toString().split('\n');
    const context = lines.filter((line) => /CONTEXT: .*parameters/.test(line));
    assert.notDeepEqual(searchText(needlesOf(other), 'context', context.join('\n')), [], lines.join('\n'));
  });

  await t.test(
    'a leak in the words of a connector is found in a connection test, the log and results of a run, and the record',
    async () => {
      const other = makeMarker();
      const said = await leakThroughService(account, project, other);
      for (const [place, answer] of Object.entries(said)) assert.notDeepEqual(searchBytes(needlesOf(other), place, answer), [], place);
    },
  );

  await t.test('a value among the arguments of a command is found while it runs, and so is one in its answer', async () => {
    await commands.run(['secret', 'set', 'AS_ARGUMENT', azurite.connectionString], '', [2]);
    assert.notDeepEqual(commands.findings, []);
    assert.notDeepEqual(searchAsProduct('text', `<p>${azurite.connectionString.replaceAll('=', '&#61;')}</p>`), []);
  });

  await t.test('a leak planted in what a process prints, and in its arguments, is found', async () => {
    const other = makeMarker();
    const child = spawn(process.execPath, ['-e', 'console.log(process.argv[1]); setInterval(() => {}, 1000)', '--', encoded(other)], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    try {
      const printed = await new Promise<string>((resolve) => child.stdout.once('data', (chunk: Buffer) => resolve(chunk.toString())));
      assert.notDeepEqual(searchText(needlesOf(other), 'output', printed), []);
      assert.notDeepEqual(await searchArguments(needlesOf(other), child.pid ?? 0), []);
    } finally {
      child.kill('SIGKILL');
    }
  });
});

/**
 * What no client does: the value itself in a request. It is refused, and for a moment it is in the server's
 * memory.
 */
async function sendInClear(account: Account, value: string): Promise<void> {
  for (let time = 0; time < 50; time += 1) {
    const answer = await account.request('PUT', account.at('/secrets/IN_CLEAR'), { value });
    assert.ok(answer.status >= 400 && answer.status < 500, `answered ${answer.status}`);
  }
}
