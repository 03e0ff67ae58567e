import assert from 'node:assert/strict';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { testDatabase } from '@holdfast/db/testing';
import pg from 'pg';
import { type Account, apiOf, setUp } from '../harness/account.ts';
import { startAzurite } from '../harness/azurite.ts';
import { mixedDocuments } from '../harness/documents.ts';
import { eventually } from '../harness/eventually.ts';
import { startNode, type TestNode } from '../harness/node.ts';
import { createProject, createPublisher, createWorkflow, finishRun, listItems, putSecret, startRun, upload } from '../harness/workspace.ts';

const RUNS = 50;
/** The requirement: periodic work is taken over within this time. */
const TAKEN_OVER_MILLISECONDS = 30_000;

interface LeaseRow {
  readonly node: string;
  readonly epoch: number;
}

test('two control and two data processes share one PostgreSQL', { timeout: 290_000 }, async (t) => {
  await using azurite = await startAzurite();
  await using database = await testDatabase();
  const base = await mkdtemp(join(tmpdir(), 'holdfast-nodes-'));
  t.after(() => rm(base, { recursive: true, force: true }));
  const home = (name: string) => join(base, name);
  await mkdir(home('only-b'));
  for (const number of [1, 2, 3]) await writeFile(join(home('only-b'), `${number}.txt`), `document ${number}`);
  await mkdir(home('only-a'));
  await writeFile(join(home('only-a'), 'a.txt'), 'a');
  await using nodes = new AsyncDisposableStack();
  const owner = new pg.Client({ connectionString: database.ownerUrl });
  await owner.connect();
  nodes.defer(() => owner.end());

  const control = async (name: string, more: Record<string, string> = {}) =>
    nodes.use(
      await startNode('control', home(name), {
        DATABASE_URL: database.controlUrl,
        HOLDFAST_SESSION_KEY_FILE: join(base, 'session.key'),
        ...more,
      }),
    );
  const data = async (name: 'a' | 'b') =>
    nodes.use(
      await startNode('data', home(name), {
        DATABASE_URL: database.dataUrl,
        HOLDFAST_EGRESS_ALLOW: `127.0.0.1:${azurite.port}`,
        HOLDFAST_SOURCE_FOLDERS: `acme:only ${name}=${home(`only-${name}`)}`,
      }),
    );
  const lease = async (): Promise<LeaseRow> => {
    const { rows } = await owner.query('select node_id as node, epoch::int as epoch from holdfast.lease');
    return rows[0];
  };
  const nodeOf = async (pid: number): Promise<string> => {
    const { rows } = await owner.query("select id from holdfast.node where process_id = $1 and plane = 'data'", [pid]);
    return rows[0]?.id;
  };
  const sweeps = async () => (await owner.query("select begun_at, ended from holdfast.periodic_work where name = 'sweep documents'")).rows;
  const checkpointSize = async () =>
    (await owner.query('select coalesce(max(size), 0)::int as size from holdfast.checkpoint')).rows[0].size;
  const head = async () => (await owner.query('select sequence::int as size from holdfast.audit_head')).rows[0].size;
  /** How many of the runs have an event of this action on the record, each counted. */
  const eventsOf = async (action: string) => {
    const { rows } = await owner.query(
      'select (facts).run_id, count(*)::int as events from holdfast.audit_event where (facts).action = $1 group by 1',
      [action],
    );
    return new Map<string, number>(rows.map(({ run_id, events }) => [run_id, events]));
  };

  let a: TestNode = await data('a');
  // The same root key, in a home of its own.
  await mkdir(join(home('b'), 'keys'), { recursive: true, mode: 0o700 });
  await cp(join(home('a'), 'keys', 'root.key'), join(home('b'), 'keys', 'root.key'));
  const b: TestNode = await data('b');
  const one = await control('one');
  const two = await control('two');
  const account = await setUp({ home: home('two'), controlUrl: two.url });
  /** The same account at the other control plane. */
  const elsewhere: Account = { ...account, ...apiOf(one.url, account.token), url: one.url };
  const project = await createProject(account, 'Filing');

  await t.test('the setup link of the one ends with that of the other', async () => {
    const again = await setUp({ home: home('one'), controlUrl: one.url }).catch((error: Error) => error.message);
    assert.match(String(again), /setup_done/);
  });

  await t.test('a third that signs sessions with another key is refused, and says what to do', async () => {
    const third = startNode('control', home('three'), { DATABASE_URL: database.controlUrl });
    const refused = await third.then(
      (node) => node.stop(),
      (error: Error) => error.message,
    );
    assert.match(String(refused), /HOLDFAST_SESSION_KEY_FILE to the same file at every control plane/);
  });

  await putSecret(account, 'AZURE', azurite.connectionString);
  const component = await createPublisher(elsewhere, project, { container: 'docs', connection: { secret: 'AZURE' } });

  await t.test('a secret that was set at one is used by what was made at the other', async () => {
    const workflow = await createWorkflow(elsewhere, project, [component], { name: 'Both' });
    const document = mixedDocuments()[6];
    assert.ok(document);
    const run = await finishRun(account, (await startRun(account, workflow, [await upload(elsewhere, project, document)])).id);
    assert.equal(run.status, 'succeeded', JSON.stringify(run.failure));
  });

  await t.test('runs that read a folder go to the node that has it', async () => {
    const workflow = await createWorkflow(account, project, [component], { name: 'Folder of B', folder: 'only b' });
    for (let number = 0; number < 5; number++) {
      const run = await finishRun(account, (await startRun(account, workflow)).id);
      assert.equal(run.status, 'succeeded', JSON.stringify(run.failure));
      assert.deepEqual((await listItems(account, run.id)).map(({ name }) => name).sort(), ['1.txt', '2.txt', '3.txt']);
    }
  });

  await t.test('who has signed in at one is signed in at the other', async () => {
    const { email, password } = account;
    const answer = await apiOf(one.url).request('POST', '/api/auth/sign-in/email', { email, password }, { origin: one.url });
    assert.equal(answer.status, 200);
    const cookie = answer.headers
      .getSetCookie()
      .map((each) => each.split(';')[0])
      .join('; ');
    for (const url of [one.url, two.url]) {
      const own = await apiOf(url).request<{ email: string }>('GET', '/api/account', undefined, { cookie });
      assert.deepEqual([own.status, own.body.email], [200, email]);
    }
  });

  await t.test('attempts to sign in are counted over both', async () => {
    const attempt = (url: string) =>
      apiOf(url).request('POST', '/api/auth/sign-in/email', { email: 'ada@example.com', password: 'not this one' }, { origin: url });
    const statuses: number[] = [];
    for (const url of [one.url, two.url, one.url, two.url, one.url]) statuses.push((await attempt(url)).status);
    assert.deepEqual(statuses, [401, 401, 401, 401, 401]);
    assert.equal((await attempt(two.url)).status, 429);
    assert.equal((await attempt(one.url)).status, 429);
  });

  await t.test('each serves metrics, under the permissions that it runs with', async () => {
    for (const node of [a, b, one, two]) {
      const text = await (await fetch(`${node.url}/metrics`)).text();
      assert.match(text, /^process_resident_memory_bytes [1-9]/m);
      if (node !== a && node !== b) continue;
      for (const line of ['holdfast_nodes{plane="control"} 2', 'holdfast_nodes{plane="data"} 2'])
        assert.ok(
          text.includes(line),
          text
            .split('\n')
            .filter((each) => /^holdfast|resident/.test(each))
            .join('\n'),
        );
    }
  });

  const swept = await sweeps();
  const first = await lease();
  await t.test('one data plane does the periodic work, and has swept once', async () => {
    assert.equal(first.node, await nodeOf(a.pid));
    assert.deepEqual(
      swept.map(({ ended }) => ended),
      [true],
    );
  });

  const workflow = await createWorkflow(account, project, [component], { name: 'Many' });
  await t.test(`${RUNS} runs are each done once while that data plane is killed, and the other takes over`, async () => {
    const documents = mixedDocuments().filter(({ size }) => size > 0);
    const runs: string[] = [];
    for (let number = 0; number < RUNS; number++) {
      const document = documents[number % documents.length];
      assert.ok(document);
      const at = number % 2 === 0 ? account : elsewhere;
      runs.push((await startRun(at, workflow, [await upload(at, project, document)])).id);
      if (number === RUNS - 10) await a.kill();
    }
    const killed = performance.now();
    const taken = await eventually(
      'the other to take over',
      async () => {
        const now = await lease();
        return now.epoch > first.epoch ? now : undefined;
      },
      { withinMilliseconds: TAKEN_OVER_MILLISECONDS },
    );
    t.diagnostic(`periodic work taken over ${Math.round(performance.now() - killed)} ms after the last run was started`);
    assert.equal(taken.node, await nodeOf(b.pid));
    for (const run of runs) {
      const view = await finishRun(account, run, 60_000);
      assert.equal(view.status, 'succeeded', JSON.stringify(view.failure));
    }
    const finished = await eventsOf('run.finish');
    assert.deepEqual(
      runs.map((run) => finished.get(run)),
      runs.map(() => 1),
    );
  });

  await t.test('a run whose folder no node has waits, says so, and goes on when the node is back', async () => {
    const folder = await createWorkflow(account, project, [component], { name: 'Folder of A', folder: 'only a' });
    const run = await startRun(account, folder);
    const view = await eventually(
      'the reason',
      async () => {
        const now = await account.call<{ status: string; waitsFor: string | null }>('GET', account.at(`/runs/${run.id}`));
        return now.waitsFor === null ? undefined : now;
      },
      { withinMilliseconds: TAKEN_OVER_MILLISECONDS },
    );
    assert.equal(view.status, 'queued');
    assert.match(view.waitsFor ?? '', /^No node that runs now has the folder “only a”\./);
    const folders = await account.call<{ items: object[] }>('GET', account.at('/source-folders'));
    assert.deepEqual(folders.items, [
      { name: 'only a', available: false },
      { name: 'only b', available: true },
    ]);
    a = await data('a');
    assert.equal((await finishRun(account, run.id)).status, 'succeeded');
  });

  await t.test('a data plane that is frozen is followed by the other, and does nothing more when it goes on', async () => {
    const before = await lease();
    assert.equal(before.node, await nodeOf(b.pid));
    process.kill(b.pid, 'SIGSTOP');
    const frozen = performance.now();
    const after = await eventually(
      'the other to take over',
      async () => {
        const now = await lease();
        return now.epoch > before.epoch ? now : undefined;
      },
      { withinMilliseconds: TAKEN_OVER_MILLISECONDS },
    );
    t.diagnostic(`periodic work taken over ${Math.round(performance.now() - frozen)} ms after its node was frozen`);
    assert.equal(after.node, await nodeOf(a.pid));
    const { rows } = await owner.query(
      "select count(*)::int as sessions from pg_stat_activity where application_name like '%' || (select incarnation from holdfast.node where process_id = $1) || '%'",
      [b.pid],
    );
    assert.equal(rows[0].sessions, 0, 'its database sessions are ended');
    process.kill(b.pid, 'SIGCONT');
    await eventually('it to answer again', async () => (await fetch(`${b.url}/health/ready`)).ok);
    assert.deepEqual(await lease(), after);
  });

  await t.test('what was recorded is signed by the node that is left, and the sweep was not done again', async () => {
    await eventually('a checkpoint over all of it', async () => (await checkpointSize()) >= (await head()), { withinMilliseconds: 90_000 });
    assert.deepEqual(await sweeps(), swept);
    const { rows } = await owner.query('select code from holdfast.record_state where stopped_since is not null');
    assert.deepEqual(rows, []);
  });

  await t.test('a second process on the same home ends the first one, by name', async () => {
    const again = await data('b');
    await eventually('the first to end', () => b.output().includes('another data plane has started with this home'), {
      withinMilliseconds: TAKEN_OVER_MILLISECONDS,
    });
    await again.stop();
  });
});
