import { HoldfastError } from '@holdfast/api';
import type { Database } from '@holdfast/db/control';
import { type Kysely, sql } from 'kysely';

export interface KeptDocument {
  readonly id: string;
  readonly name: string;
  readonly size: number;
  /** This plane reaches none: see document-ticket.ts. */
  readonly inBucket: boolean;
  readonly run: { readonly id: string; readonly name: string };
  readonly context: { readonly project: string; readonly workflow: string; readonly run: string };
}

/**
 * A document of a run that is kept: one that was uploaded for it, or that a model made in it. Throws
 * `not_found`, also for one that is not kept any more.
 */
export async function findKept(db: Kysely<Database>, organizationId: string, runId: string, documentId: string): Promise<KeptDocument> {
  const { rows } = await sql<{
    id: string;
    name: string;
    size: number;
    in_bucket: boolean;
    run_id: string;
    number: number;
    workflow: string;
    project: string;
  }>`
    select d.id, d.name, d.size, d.in_bucket, r.id as run_id, r.number, w.name as workflow, p.name as project
    from document d
    join run r on r.organization_id = d.organization_id and r.id = ${runId}
    join workflow w on w.organization_id = r.organization_id and w.id = r.workflow_id
    join project p on p.organization_id = r.organization_id and p.id = r.project_id
    where d.organization_id = ${organizationId} and d.id = ${documentId} and (
      exists (select from run_item i where i.organization_id = d.organization_id and i.document_id = d.id and i.run_id = r.id)
      or exists (select from item_result i where i.organization_id = d.organization_id and i.document_id = d.id and i.run_id = r.id))`.execute(
    db,
  );
  const [row] = rows;
  if (row === undefined) throw new HoldfastError('not_found', 'The run has no such document, or it is not kept any more.');
  const { id, name, size, in_bucket: inBucket, run_id, number, workflow, project } = row;
  return { id, name, size, inBucket, run: { id: run_id, name: `${workflow} #${number}` }, context: { project, workflow, run: run_id } };
}

/** Its bytes, a chunk at a time: no more than one is in memory. Throws when they go while they are read. */
export async function* readKept(db: Kysely<Database>, organizationId: string, { id, size }: KeptDocument): AsyncGenerator<Buffer> {
  let read = 0;
  for (let number = 0; read < size; number += 1) {
    const chunk = await db
      .selectFrom('document_chunk')
      .select('bytes')
      .where('organization_id', '=', organizationId)
      .where('document_id', '=', id)
      .where('number', '=', number)
      .executeTakeFirst();
    // Cut off, so that nobody takes a part for the document.
    if (chunk === undefined) throw new HoldfastError('not_found', 'The document was removed while it was read.');
    read += chunk.bytes.length;
    yield chunk.bytes;
  }
}
