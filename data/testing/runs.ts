import { createHash } from 'node:crypto';
import { announceWaitingRuns, transaction } from '@holdfast/db';
import type { WorkflowSource, WorkflowStep } from '@holdfast/db/data';
import { uuidv7 } from '@holdfast/envelope';
import { sql } from 'kysely';
import { eventually } from '../../tests/harness/eventually.ts';
import { ACTOR, type TestInstance, type TestOrganization } from './instance.ts';

export interface TestDocument {
  readonly name: string;
  readonly bytes: Buffer;
  readonly contentType?: string;
}

/** `input`: the name of an earlier step. */
export type TestStep = string | (Pick<WorkflowStep, 'componentId' | 'name' | 'condition' | 'mapping'> & { readonly input?: string });
/** Without a name it is called `source`, or `source-2` and so on. */
export type TestSource = WithoutName<WorkflowSource> & { readonly name?: string };
type WithoutName<T> = T extends unknown ? Omit<T, 'name'> : never;

const CHUNK_BYTES = 1024 * 1024;

/** Starts a run as the control plane does: rows and job in one transaction. */
export async function startTestRun(
  { control }: TestInstance,
  organization: TestOrganization,
  testSteps: readonly TestStep[],
  documents: readonly TestDocument[],
  source: TestSource | readonly TestSource[] = { kind: 'upload' },
  /** Another run of the same workflow. */
  earlierRunId?: string,
): Promise<string> {
  const place = { organization_id: organization.id };
  const runId = uuidv7();
  const earlier =
    earlierRunId === undefined
      ? undefined
      : await control.selectFrom('run').select('workflow_id').where('id', '=', earlierRunId).executeTakeFirstOrThrow();
  const workflowId = earlier?.workflow_id ?? uuidv7();
  const uploaded: string[] = [];
  for (const document of documents) uploaded.push(await upload(control, organization, document));
  await transaction(control, async (tx) => {
    await tx
      .insertInto('workflow')
      .values({
        ...place,
        id: workflowId,
        project_id: organization.projectId,
        name: `File ${runId}`,
        created_by: ACTOR,
      })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    const named = testSteps.map((step, index) => ({
      id: uuidv7(),
      ...(typeof step === 'string' ? { componentId: step, name: `step-${index + 1}` } : step),
    }));
    const steps = named.map((step) => {
      const takes = 'input' in step ? step.input : undefined;
      return { ...step, input: named.find(({ name }) => name === takes)?.id ?? null };
    });
    const sources = [source].flat().map((each, index) => ({ name: index === 0 ? 'source' : `source-${index + 1}`, ...each }));
    await tx
      .insertInto('run')
      .values({
        ...place,
        id: runId,
        workflow_id: workflowId,
        project_id: organization.projectId,
        number: 1,
        definition: JSON.stringify({ sources, steps }),
        version: 1,
        started_by: ACTOR,
      })
      .execute();
    for (const [position, document] of documents.entries()) {
      await tx
        .insertInto('run_item')
        .values({
          ...place,
          run_id: runId,
          id: uuidv7(),
          document_id: uploaded[position] ?? null,
          name: document.name,
          content_type: document.contentType ?? 'application/octet-stream',
          size: document.bytes.length,
        })
        .execute();
    }
    await announceWaitingRuns(tx);
  });
  return runId;
}

async function upload(control: TestInstance['control'], organization: TestOrganization, document: TestDocument): Promise<string> {
  const id = uuidv7();
  for (let start = 0, number = 0; start < document.bytes.length; start += CHUNK_BYTES, number++) {
    const bytes = document.bytes.subarray(start, start + CHUNK_BYTES);
    await control.insertInto('document_chunk').values({ organization_id: organization.id, document_id: id, number, bytes }).execute();
  }
  await control
    .insertInto('document')
    .values({
      organization_id: organization.id,
      id,
      project_id: organization.projectId,
      name: document.name,
      content_type: document.contentType ?? 'application/octet-stream',
      size: document.bytes.length,
      sha256: createHash('sha256').update(document.bytes).digest(),
      created_by: ACTOR,
    })
    .execute();
  return id;
}

export async function finishedRun({ control }: TestInstance, runId: string, withinMilliseconds = 30_000) {
  return eventually(
    'the run to end',
    async () => {
      const run = await control.selectFrom('run').selectAll().where('id', '=', runId).executeTakeFirstOrThrow();
      return run.status !== 'queued' && run.status !== 'running' && run;
    },
    { withinMilliseconds },
  );
}

export async function itemsOf({ control }: TestInstance, runId: string) {
  return control.selectFrom('run_item').selectAll().where('run_id', '=', runId).orderBy('id').execute();
}

export async function logOf({ control }: TestInstance, runId: string): Promise<string[]> {
  const rows = await control.selectFrom('run_log').select(['level', 'message']).where('run_id', '=', runId).orderBy('sequence').execute();
  return rows.map((row) => `${row.level}: ${row.message}`);
}

export async function auditOf({ control }: TestInstance, organization: TestOrganization) {
  const rows = await control
    .selectFrom('audit_event')
    .select(['body', 'recorded_by'])
    .where('organization_id', '=', organization.id)
    .orderBy('sequence')
    .execute();
  return rows.map((row) => ({ ...JSON.parse(row.body), recordedBy: row.recorded_by }));
}

/** Takes a run up again as the control plane does. */
export async function retryTestRun(
  { control }: TestInstance,
  runId: string,
  { chosen = null, onlyFailed = false }: { readonly chosen?: readonly string[] | null; readonly onlyFailed?: boolean } = {},
  retriedBy: object = JSON.parse(ACTOR),
): Promise<number | null> {
  const { rows } = await sql<{ again: number | null }>`
    select retry_run(organization_id, id, ${chosen}::uuid[], ${onlyFailed}, ${JSON.stringify(retriedBy)}::jsonb) as again
    from run where id = ${runId}`.execute(control);
  await announceWaitingRuns(control);
  return rows[0]?.again ?? null;
}
