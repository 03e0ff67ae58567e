import { createHash, randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { announceWaitingRuns, transaction } from '@holdfast/db';
import { uuidv7 } from '@holdfast/envelope';
import { sql } from 'kysely';
import { ACTOR, testComponent, testInstance, testOrganization, testSecret } from '../../data/testing/instance.ts';

/** What a benchmark asks of runs. The plane is imported here and not there: only tests may. */
export interface RunsMeasurement extends AsyncDisposable {
  /**
   * Stops the data plane, queues so many runs of one small document each, starts it again. Answers how many
   * it ended in a second.
   */
  drain(runs: number): Promise<{ perSecond: number; medianMilliseconds: number; p99Milliseconds: number }>;
  /**
   * Queues one run while nothing is under way. Answers how many milliseconds after it was inserted, before
   * its commit, the statement began that gave it a slot, to a microsecond; and when the run was at work, by
   * the first thing that it does, which is to take its secret into use.
   */
  latency(): Promise<{ readonly slot: number; readonly work: number }>;
}

const DOCUMENT = randomBytes(2_000);

/** @param port where the documents are sent: it takes everything at once. */
export async function prepareRuns(port: number, slots: number | undefined): Promise<RunsMeasurement> {
  const instance = await testInstance(slots === undefined ? {} : { runSlots: slots });
  const organization = await testOrganization(instance);
  const key = randomBytes(64).toString('base64');
  const value = `DefaultEndpointsProtocol=http;AccountName=store1;AccountKey=${key};BlobEndpoint=http://127.0.0.1:${port}/store1;`;
  const secret = await testSecret(instance, organization, 'STORE', value);
  const componentId = await testComponent(instance, organization, { container: 'docs' }, { connectionString: secret });
  const workflowId = uuidv7();
  const definition = JSON.stringify({
    sources: [{ name: 'upload', kind: 'upload' }],
    steps: [{ id: uuidv7(), componentId, name: 'file', input: null }],
  });
  await instance.control
    .insertInto('workflow')
    .values({
      organization_id: organization.id,
      id: workflowId,
      project_id: organization.projectId,
      name: 'File',
      // Of its own limit a workflow would leave slots empty.
      maximum_runs: 100,
      created_by: ACTOR,
    })
    .execute();
  let numbers = 0;

  /** As the control plane does, many in one transaction. */
  async function queue(count: number): Promise<{ runs: string[]; inserted: string }> {
    const place = [organization.id, organization.projectId] as const;
    const ids = () => Array.from({ length: count }, () => uuidv7());
    const [documents, runs, items] = [ids(), ids(), ids()];
    const first = numbers + 1;
    numbers += count;
    const inserted = await transaction(instance.control, async (tx) => {
      await sql`insert into document_chunk (organization_id, document_id, number, bytes)
        select ${place[0]}, id, 0, ${DOCUMENT} from unnest(${documents}::uuid[]) as id`.execute(tx);
      await sql`insert into document (organization_id, id, project_id, name, content_type, size, sha256, created_by)
        select ${place[0]}, id, ${place[1]}, id || '.txt', 'text/plain', ${DOCUMENT.length}::bigint,
          ${createHash('sha256').update(DOCUMENT).digest()}, ${ACTOR}::jsonb from unnest(${documents}::uuid[]) as id`.execute(tx);
      await sql`insert into run (organization_id, id, workflow_id, project_id, number, definition, version, started_by)
        select ${place[0]}, id, ${workflowId}, ${place[1]}, ${first}::integer - 1 + place, ${definition}::jsonb, 1, ${ACTOR}::jsonb
        from unnest(${runs}::uuid[]) with ordinality as r (id, place)`.execute(tx);
      await sql`insert into run_item (organization_id, run_id, id, document_id, name, content_type, size)
        select ${place[0]}, run, item, document, document || '.txt', 'text/plain', ${DOCUMENT.length}::bigint
        from unnest(${runs}::uuid[], ${items}::uuid[], ${documents}::uuid[]) as i (run, item, document)`.execute(tx);
      const { rows } = await sql<{ time: string }>`select clock_timestamp()::text as time`.execute(tx);
      await announceWaitingRuns(tx);
      return rows[0]?.time ?? '';
    });
    return { runs, inserted };
  }

  async function countOf(statuses: readonly string[]): Promise<number> {
    const { rows } = await sql<{ count: number }>`select count(*) as count from run
      where organization_id = ${organization.id} and status = any(${statuses}::text[])`.execute(instance.control);
    return rows[0]?.count ?? 0;
  }

  async function ended(runs: readonly string[]): Promise<{ seconds: number; milliseconds: number[] }> {
    // By an index and no id, so that looking takes nothing from what is measured.
    while ((await countOf(['queued', 'running'])) > 0) await sleep(100);
    if ((await countOf(['failed', 'cancelled'])) > 0) throw new Error('Runs failed.');
    const { rows } = await sql<{ seconds: number }>`
      select extract(epoch from max(finished_at) - min(started_at))::float as seconds from run where id = any(${runs}::uuid[])`.execute(
      instance.control,
    );
    const { rows: each } = await sql<{ milliseconds: number }>`
      select 1000 * extract(epoch from finished_at - started_at)::float as milliseconds from run where id = any(${runs}::uuid[]) order by 1`.execute(
      instance.control,
    );
    return { seconds: rows[0]?.seconds ?? 0, milliseconds: each.map(({ milliseconds }) => milliseconds) };
  }

  return {
    async drain(count) {
      await instance.plane.close();
      const { runs } = await queue(count);
      await instance.restart();
      const { seconds, milliseconds } = await ended(runs);
      const at = (part: number) => milliseconds[Math.min(count - 1, Math.floor(count * part))] ?? 0;
      return { perSecond: count / seconds, medianMilliseconds: at(0.5), p99Milliseconds: at(0.99) };
    },
    async latency() {
      const { runs, inserted } = await queue(1);
      await ended(runs);
      const { rows } = await sql<{ slot: number; work: number }>`
        select 1000 * extract(epoch from r.started_at - ${inserted}::timestamptz)::float8 as slot,
          1000 * extract(epoch from min(u.time) - ${inserted}::timestamptz)::float8 as work
        from run r, audit_event u where r.organization_id = ${organization.id} and r.id = ${runs[0] ?? ''}
          and u.organization_id = r.organization_id and (u.facts).run_id = r.id::text
        group by r.started_at`.execute(instance.control);
      return rows[0] ?? { slot: 0, work: 0 };
    },
    [Symbol.asyncDispose]: () => instance[Symbol.asyncDispose](),
  };
}
