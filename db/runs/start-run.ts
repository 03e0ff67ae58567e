import { HoldfastError, invalid } from '@holdfast/api';
import { type AuditEvent, type DigestedDocument, documentsDetail } from '@holdfast/audit';
import { uuidv7 } from '@holdfast/envelope';
import { sql } from 'kysely';
import type { InTransaction } from '../connection/statements.ts';
import { asEitherPlane, type TxOfEither } from '../either-plane.ts';
import type { Actor, WorkflowDefinition } from '../stored-json.ts';
import { announceWaitingRuns } from '../waiting-runs.ts';
import { lockWorkflow } from './lock-workflow.ts';

export interface RunRequest {
  readonly organizationId: string;
  readonly workflowId: string;
  readonly documentIds: readonly string[];
  /** An ended run of the workflow, whose documents are taken in place of `documentIds`. */
  readonly documentsOf: string | undefined;
  /** The same key starts one run only. */
  readonly idempotencyKey: string | undefined;
  readonly startedBy: Actor;
  /** Of a connector: only what no earlier run has published or failed at. */
  readonly eachOnce?: boolean;
}

/** The event that records a start, without who did it and from where. */
export type RunStartEntry = Pick<AuditEvent, 'action' | 'target' | 'context' | 'detail'>;

/**
 * The one author of starting a run, for both planes: a person asks the control plane, and a trigger the data
 * plane. It starts a run with the newest version of the workflow, and announces it to the data planes in the
 * same transaction. A workflow that is broken is started too: its run says what is missing and where to fix
 * it. Answers an earlier run of the same key, if any, with nothing to record.
 *
 * @throws HoldfastError `not_found` (workflow), `workflow_not_published`, `invalid_request` with the field
 *   `documentIds` or `documentsOf`, `documents_removed`.
 */
export async function startRun(
  within: InTransaction,
  request: RunRequest,
): Promise<{ readonly runId: string; readonly entry: RunStartEntry | undefined }> {
  const tx = asEitherPlane(within);
  const { organizationId, workflowId, idempotencyKey } = request;
  const workflow = await lockWorkflow(tx, organizationId, workflowId);
  const earlier = idempotencyKey === undefined ? undefined : await findByKey(tx, organizationId, workflowId, idempotencyKey);
  if (earlier !== undefined) return { runId: earlier, entry: undefined };
  const { published } = workflow;
  if (published === undefined) throw new HoldfastError('workflow_not_published', `“${workflow.name}” was saved as a draft only.`);
  const documentIds = checkDocuments(published.definition, request);
  const runId = uuidv7();
  await tx
    .updateTable('workflow')
    .set({ next_run_number: workflow.nextRunNumber + 1 })
    .where('organization_id', '=', organizationId)
    .where('id', '=', workflowId)
    .execute();
  await tx
    .insertInto('run')
    .values({
      organization_id: organizationId,
      id: runId,
      workflow_id: workflowId,
      project_id: workflow.projectId,
      number: workflow.nextRunNumber,
      idempotency_key: idempotencyKey ?? null,
      definition: JSON.stringify(definitionFor(published.definition, request)),
      version: published.number,
      started_by: request.startedBy,
      started_at: null,
      finished_at: null,
      failure: null,
    })
    .execute();
  const documents =
    request.documentsOf === undefined
      ? await takeDocuments(tx, organizationId, workflow.projectId, runId, documentIds)
      : await takeDocumentsOf(tx, organizationId, workflowId, runId, request.documentsOf);
  await announceWaitingRuns(tx);
  const entry: RunStartEntry = {
    action: 'run.start',
    target: { kind: 'run', id: runId, name: `${workflow.name} #${workflow.nextRunNumber}` },
    context: { project: workflow.projectName, workflow: workflow.name, run: runId },
    detail: {
      version: published.number,
      ...documentsDetail(documents),
      ...(request.documentsOf !== undefined && { documentsOf: request.documentsOf }),
    },
  };
  return { runId, entry };
}

function definitionFor(published: WorkflowDefinition, { eachOnce = false }: RunRequest): WorkflowDefinition {
  if (!eachOnce) return published;
  const once = { documents: 'new', leavesFailed: true } as const;
  return { ...published, sources: published.sources.map((source) => (source.kind === 'component' ? { ...source, ...once } : source)) };
}

async function findByKey(tx: TxOfEither, organizationId: string, workflowId: string, key: string): Promise<string | undefined> {
  const run = await tx
    .selectFrom('run')
    .select('id')
    .where('organization_id', '=', organizationId)
    .where('workflow_id', '=', workflowId)
    .where('idempotency_key', '=', key)
    .executeTakeFirst();
  return run?.id;
}

function checkDocuments({ sources }: WorkflowDefinition, request: RunRequest): string[] {
  const documentIds = request.documentIds.map((id) => id.toLowerCase());
  const takesUploads = sources.some(({ kind }) => kind === 'upload');
  if (!takesUploads && (documentIds.length > 0 || request.documentsOf !== undefined)) {
    const reads = sources.every(({ kind }) => kind === 'folder') ? 'a folder' : 'its documents from a component';
    throw invalid([{ field: 'documentIds', detail: `The workflow reads ${reads}; it takes no uploaded documents.` }]);
  }
  if (request.documentsOf !== undefined && documentIds.length > 0) {
    throw invalid([{ field: 'documentsOf', detail: 'Name documents or an earlier run, not both.' }]);
  }
  // Another source may have some.
  if (sources.every(({ kind }) => kind === 'upload') && documentIds.length === 0 && request.documentsOf === undefined) {
    throw invalid([{ field: 'documentIds', detail: 'Upload at least one document for this run.' }]);
  }
  if (new Set(documentIds).size < documentIds.length) throw invalid([{ field: 'documentIds', detail: 'A document is named twice.' }]);
  return documentIds;
}

/** Makes an item of each document, in the order in which they were named. */
async function takeDocuments(
  tx: TxOfEither,
  organizationId: string,
  projectId: string,
  runId: string,
  documentIds: readonly string[],
): Promise<DigestedDocument[]> {
  if (documentIds.length === 0) return [];
  const taken = await tx
    .updateTable('document')
    .set({ run_id: runId })
    .where('organization_id', '=', organizationId)
    .where('project_id', '=', projectId)
    .where('run_id', 'is', null)
    .where(sql<boolean>`id = any(${documentIds}::uuid[])`)
    .returning(['id', 'size', 'sha256'])
    .execute();
  if (taken.length < documentIds.length) {
    throw invalid(
      [{ field: 'documentIds', detail: 'A document does not exist in this project, or is part of another run.' }],
      'Upload the documents again: they are kept for 24 hours, and each is for one run.',
    );
  }
  await insertItems(tx, organizationId, runId, documentIds);
  return taken;
}

/**
 * Makes the same items as an earlier run has, of the same documents. These count as the new run's from now
 * on, and are kept as long.
 */
async function takeDocumentsOf(
  tx: TxOfEither,
  organizationId: string,
  workflowId: string,
  runId: string,
  earlierId: string,
): Promise<DigestedDocument[]> {
  const earlier = await tx
    .selectFrom('run')
    .select(['id', 'status'])
    .where('organization_id', '=', organizationId)
    .where('workflow_id', '=', workflowId)
    .where('id', '=', earlierId)
    .executeTakeFirst();
  if (earlier === undefined) throw invalid([{ field: 'documentsOf', detail: 'The workflow has no such run.' }]);
  if (earlier.status === 'queued' || earlier.status === 'running') {
    throw invalid([{ field: 'documentsOf', detail: 'That run has not ended.' }], 'Wait for its end, or cancel it.');
  }
  const documents = await tx
    .selectFrom('run_item')
    .select(['id', 'document_id'])
    .where('organization_id', '=', organizationId)
    .where('run_id', '=', earlier.id)
    .where('document_id', 'is not', null)
    .orderBy('id')
    .execute();
  const documentIds = documents.map(({ document_id }) => document_id);
  const distinct = new Set(documentIds).size;
  const taken = await tx
    .updateTable('document')
    .set({ run_id: runId })
    .where('organization_id', '=', organizationId)
    .where(sql<boolean>`id = any(${documentIds}::uuid[])`)
    .returning(['id', 'size', 'sha256'])
    .execute();
  if (distinct === 0 || taken.length < distinct) throw new HoldfastError('documents_removed');
  await insertItems(tx, organizationId, runId, documentIds);
  return taken;
}

async function insertItems(tx: TxOfEither, organizationId: string, runId: string, documentIds: readonly (string | null)[]): Promise<void> {
  const itemIds = documentIds.map(() => uuidv7());
  await sql`
    insert into run_item (organization_id, run_id, id, document_id, name, content_type, size)
    select ${organizationId}, ${runId}, wanted.item_id, d.id, d.name, d.content_type, d.size
    from unnest(${documentIds}::uuid[], ${itemIds}::uuid[]) as wanted (document_id, item_id)
    join document d on d.organization_id = ${organizationId} and d.id = wanted.document_id`.execute(tx);
}
