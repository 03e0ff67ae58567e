import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startTestServer } from '@holdfast/db/testing';
import pg from 'pg';
import { setUp } from '../tests/harness/account.ts';
import { startAzurite } from '../tests/harness/azurite.ts';
import { startInstance } from '../tests/harness/instance.ts';
import { createProject, createPublisher, createWorkflow, finishRun, putSecret, startRun } from '../tests/harness/workspace.ts';
import { type Comparison, median, type Pace } from './measure.ts';
import { watchMemory } from './memory.ts';
import { processorTime } from './processor-time.ts';

const DOCUMENTS = 10_000;
const DOCUMENT_BYTES = 2_000;
const ROUNDS = 3;
const FLOOR = fileURLToPath(new URL('floors/publish-documents.ts', import.meta.url));

/**
 * A run of 10,000 small documents from a folder into the Azure emulator, and again when all are there, beside
 * the vendor's SDK alone with the same concurrency. Three rounds by turns; each into a container of its own.
 */
export async function measureDocuments(): Promise<Comparison[]> {
  await using resources = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-documents-'));
  resources.defer(() => rm(folder, { recursive: true, force: true }));
  await chmod(folder, 0o755);
  for (let number = 0; number < DOCUMENTS; number += 1) {
    await writeFile(join(folder, `${String(number).padStart(5, '0')}.txt`), randomBytes(DOCUMENT_BYTES));
  }
  const azurite = resources.use(await startAzurite());
  const database = await startTestServer({ settings: { fsync: 'on', shared_preload_libraries: 'pg_stat_statements' } });
  resources.defer(() => database.stop());
  const instance = resources.use(
    await startInstance({
      environment: {
        DATABASE_URL: database.url,
        HOLDFAST_EGRESS_ALLOW: `127.0.0.1:${azurite.port}`,
        HOLDFAST_SOURCE_FOLDERS: `acme:documents=${folder}`,
      },
    }),
  );
  await query(database.url, 'create extension pg_stat_statements schema public');
  const account = await setUp(instance);
  await putSecret(account, 'STORE', azurite.connectionString);
  const project = await createProject(account, 'Filing');
  const { pid } = await instance.plane('data');

  const found: number[] = [];
  const again: number[] = [];
  const floors: number[] = [];
  /** Processor time a document, in milliseconds: of the data plane, and of the process that is the floor. */
  const worked = { found: [] as number[], again: [] as number[], floor: [] as number[] };
  const grown: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const publisher = await createPublisher(account, project, {
      name: `Store ${round}`,
      container: `ours-${round}`,
      connection: { secret: 'STORE' },
    });
    const workflow = await createWorkflow(account, project, [publisher], { name: `File ${round}`, folder: 'documents' });
    const publish = async () => {
      const before = await statementsOfDataPlane(database.url);
      const began = (await processorTime(pid)).own;
      const { id } = await startRun(account, workflow);
      const view = await finishRun(account, id, 600_000);
      if (view.status !== 'succeeded') throw new Error(JSON.stringify(view.failure));
      return {
        duration: await durationOf(database.url, id),
        worked: ((await processorTime(pid)).own - began) / DOCUMENTS,
        statements: ((await statementsOfDataPlane(database.url)) - before) / DOCUMENTS,
      };
    };
    const memory = await watchMemory([pid]);
    const first = await publish();
    grown.push((await memory.stop()) / 1024 / 1024);
    const second = await publish();
    const children = (await processorTime('self')).endedChildren;
    const { stdout } = await promisify(execFile)(process.execPath, [FLOOR, azurite.connectionString, folder, `floor-${round}`]);
    const floorWorked = ((await processorTime('self')).endedChildren - children) / DOCUMENTS;
    found.push(first.duration);
    again.push(second.duration);
    floors.push(Number(stdout));
    worked.found.push(first.worked);
    worked.again.push(second.worked);
    worked.floor.push(floorWorked);
    for (const [what, { duration, worked: own, statements }] of Object.entries({ 'all are new': first, 'all are there': second })) {
      console.log(
        `${what}: ${(duration / DOCUMENTS).toFixed(2)} ms a document, ${own.toFixed(2)} of the data plane's processor` +
          ` (${(own / floorWorked).toFixed(2)} × the floor's), ${statements.toFixed(2)} statements`,
      );
    }
    console.log(
      `floor: ${(Number(stdout) / DOCUMENTS).toFixed(2)} ms a document, ${floorWorked.toFixed(2)} of its processor;` +
        ` data plane +${Math.round(grown.at(-1) ?? 0)} MiB`,
    );
  }
  const [ours, there, least] = [median(worked.found), median(worked.again), median(worked.floor)];
  console.log(
    `processor time, median of ${ROUNDS}: ${ours.toFixed(2)} ms a document (${(ours / least).toFixed(2)} × the floor),` +
      ` ${there.toFixed(2)} when all are there (${(there / least).toFixed(2)} ×), floor ${least.toFixed(2)}`,
  );
  const floor = paceOf(floors);
  const says = 'the SDK alone, four at a time';
  return [
    { what: `a run of ${DOCUMENTS.toLocaleString('en')} documents`, pace: paceOf(found), floorWhat: says, floor },
    { what: 'the same when all are there', pace: paceOf(again), floorWhat: says, floor },
  ];
}

function paceOf(milliseconds: readonly number[]): Pace {
  const each = median(milliseconds) / DOCUMENTS;
  return { perSecond: 1000 / each, medianMilliseconds: each, p99Milliseconds: each, calls: DOCUMENTS };
}

/** What the data plane's roles have asked for so far; a statement that is repeated counts each time. */
async function statementsOfDataPlane(url: string): Promise<number> {
  const { rows } = await query<{ calls: string }>(
    url,
    `select sum(s.calls) as calls from public.pg_stat_statements s join pg_roles r on r.oid = s.userid where r.rolname like '%data'`,
  );
  return Number(rows[0]?.calls);
}

/** From the slot to the end on the record. */
async function durationOf(url: string, run: string): Promise<number> {
  const { rows } = await query<{ milliseconds: number }>(
    url,
    'select 1000 * extract(epoch from finished_at - started_at)::float as milliseconds from holdfast.run where id = $1',
    [run],
  );
  return rows[0]?.milliseconds ?? 0;
}

async function query<Row extends object>(url: string, text: string, values: unknown[] = []): Promise<pg.QueryResult<Row>> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await client.query<Row>(text, values);
  } finally {
    await client.end();
  }
}
