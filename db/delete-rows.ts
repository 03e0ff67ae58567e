import { sql } from 'kysely';
import type { Statements } from './connection/statements.ts';

/**
 * Tables whose rows the control plane may delete, though it has no DELETE there. What names the rows stands
 * in `delete_rows`.
 */
export type DeletableTable =
  | 'project'
  | 'component'
  | 'component_test'
  | 'secret'
  | 'secret_scope'
  | 'sealed_value'
  | 'binding'
  | 'workflow'
  | 'workflow_component'
  | 'workflow_trigger'
  | 'document_chunk';

/**
 * Deletes rows of one organization, in the transaction of `db` if it is one. A row that is still referred to
 * fails as it does with DELETE.
 *
 * @param ids of the rows; of `secret_scope`, `sealed_value`, `workflow_component` and `document_chunk` the
 *   ids of what they belong to.
 * @returns how many rows are gone.
 */
export async function deleteRows(db: Statements, table: DeletableTable, organizationId: string, ids: readonly string[]): Promise<number> {
  const { rows } = await sql<{ deleted: number }>`select delete_rows(${table}, ${organizationId}::uuid, ${ids}::uuid[]) as deleted`.execute(
    db,
  );
  return rows[0]?.deleted ?? 0;
}
