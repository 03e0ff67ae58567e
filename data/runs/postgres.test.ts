import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { uuidv7 } from '@holdfast/envelope';
import { type PostgresServer, postgresServer } from '../../tests/harness/postgres-server.ts';
import { type TestInstance, testComponent, testInstance, testOrganization, testSecret } from '../testing/instance.ts';
import { finishedRun, itemsOf, logOf, startTestRun } from '../testing/runs.ts';

/** A run of the data plane that writes into a table with an organization secret. */

let instance: TestInstance;
let server: PostgresServer;
before(async () => {
  server = await postgresServer();
  instance = await testInstance();
});
after(async () => {
  await instance?.[Symbol.asyncDispose]();
  await server?.[Symbol.asyncDispose]();
});

test('documents become rows of a table, and a second run changes nothing', async () => {
  await server.client.query('create table invoice (number text primary key, total numeric, file text)');
  const role = await server.role(['usage on schema public', 'select, insert, update on invoice']);
  const organization = await testOrganization(instance);
  const secret = await testSecret(instance, organization, 'LEDGER', role.url);
  const configuration = { table: 'public.invoice', columns: 'number = /number; total = /total; file = $name', keyColumns: 'number' };
  const component = await testComponent(
    instance,
    organization,
    configuration,
    { connectionString: secret },
    uuidv7(),
    'postgres-publisher',
  );
  const documents = [
    { name: 'one.json', bytes: Buffer.from('{"number": "R1", "total": 12.50}'), contentType: 'application/json' },
    { name: 'two.json', bytes: Buffer.from('[{"number": "R2"}, {"number": "R3"}]'), contentType: 'application/json' },
    { name: 'bad.json', bytes: Buffer.from('{"number": "R4", "total": "much"}'), contentType: 'application/json' },
  ];
  const runId = await startTestRun(instance, organization, [component], documents);
  await finishedRun(instance, runId);
  const items = await itemsOf(instance, runId);
  const log = (await logOf(instance, runId)).join('\n');
  assert.deepEqual(
    items.map(({ status, published_as }) => [status, published_as]),
    [
      ['published', 'public.invoice (1 row)'],
      ['published', 'public.invoice (2 rows)'],
      ['failed', null],
    ],
    log,
  );
  const { rows } = await server.client.query('select * from invoice order by number');
  assert.deepEqual(rows, [
    { number: 'R1', total: '12.50', file: 'one.json' },
    { number: 'R2', total: null, file: 'two.json' },
    { number: 'R3', total: null, file: 'two.json' },
  ]);
  assert.match(JSON.stringify(items[2]), /22P02/);
  assert.ok(!`${log}${JSON.stringify(items)}`.includes(role.password));

  const again = await startTestRun(instance, organization, [component], documents.slice(0, 2), undefined, runId);
  await finishedRun(instance, again);
  assert.deepEqual(
    (await itemsOf(instance, again)).map(({ status }) => status),
    ['unchanged', 'unchanged'],
  );
});

test('rows of a query become documents, and these become rows of another table', async () => {
  await server.client.query(`
    create table ordered (id int primary key, total numeric, changed int not null default 1);
    create table filed (id int primary key, total numeric, file text);
    insert into ordered values (1, 1.50), (2, 2.50);
  `);
  const role = await server.role(['usage on schema public', 'select on ordered', 'select, insert, update on filed']);
  const organization = await testOrganization(instance);
  const secret = await testSecret(instance, organization, 'LEDGER', role.url);
  const use = (type: string, configuration: Record<string, unknown>) =>
    testComponent(instance, organization, configuration, { connectionString: secret }, uuidv7(), type);
  const source = await use('postgres-source', { query: 'select * from ordered', keyColumn: 'id', versionColumn: 'changed' });
  const publisher = await use('postgres-publisher', {
    table: 'filed',
    columns: 'id = /id; total = /total; file = $name',
    keyColumns: 'id',
  });
  const from = { kind: 'component', componentId: source, documents: 'new' } as const;
  const runId = await startTestRun(instance, organization, [publisher], [], from);
  const run = await finishedRun(instance, runId);
  assert.equal(run.status, 'succeeded', (await logOf(instance, runId)).join('\n'));
  const filed = async () => (await server.client.query('select * from filed order by id')).rows;
  assert.deepEqual(await filed(), [
    { id: 1, total: '1.50', file: '1.json' },
    { id: 2, total: '2.50', file: '2.json' },
  ]);

  await server.client.query('update ordered set total = 9, changed = 2 where id = 2');
  const again = await startTestRun(instance, organization, [publisher], [], from, runId);
  await finishedRun(instance, again);
  assert.deepEqual(
    (await itemsOf(instance, again)).map(({ name }) => name),
    ['2.json'],
  );
  assert.equal((await filed())[1].total, '9');
});
