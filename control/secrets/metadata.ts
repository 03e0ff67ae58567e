import type { Body, putSecret, updateSecret } from '@holdfast/api';
import { deleteRows, type Tx } from '@holdfast/db';
import { invalid } from '../http/request-shape.ts';

/** What is known about a secret beside its value, as far as a request names it. */
export type Metadata = Body<typeof updateSecret> & Omit<Body<typeof putSecret>, 'envelope'>;

/** The columns of `secret` that the metadata sets; what it does not name stays as it is. */
export function metadataColumns(metadata: Metadata) {
  return {
    ...(metadata.description === undefined ? {} : { description: metadata.description }),
    ...(metadata.kind === undefined ? {} : { kind: metadata.kind }),
    ...(metadata.ownerId === undefined ? {} : { owner_user_id: metadata.ownerId }),
    ...(metadata.scope === undefined ? {} : { all_projects: metadata.scope.kind === 'all-projects' }),
    ...(metadata.rotationDays === undefined ? {} : { rotation_days: metadata.rotationDays }),
    ...(metadata.expiresAt === undefined ? {} : { expires_at: metadata.expiresAt === null ? null : new Date(metadata.expiresAt) }),
    ...(metadata.destinations === undefined ? {} : { destinations: [...new Set(metadata.destinations)] }),
    ...(metadata.obtainUrl === undefined ? {} : { obtain_url: metadata.obtainUrl }),
  };
}

/** Names of the fields that a request sets, for the audit record. */
export function changedFields(metadata: Metadata): string[] {
  return Object.entries(metadata)
    .filter(([, value]) => value !== undefined)
    .map(([name]) => name)
    .sort();
}

/** Ids in a body are looked up in the caller's own organization: those of another one are as unknown as those of none. */
export async function checkMetadataIds(tx: Tx, organizationId: string, { ownerId, scope }: Metadata): Promise<void> {
  if (ownerId !== undefined && ownerId !== null) {
    const member = await tx
      .selectFrom('auth.member')
      .select('id')
      .where('organizationId', '=', organizationId)
      .where('userId', '=', ownerId)
      .executeTakeFirst();
    if (member === undefined) throw invalid([{ field: 'ownerId', detail: 'The organization has no such member.' }]);
  }
  if (scope?.kind !== 'projects') return;
  const wanted = new Set(scope.projectIds.map((id) => id.toLowerCase()));
  const found = await tx
    .selectFrom('project')
    .select('id')
    .where('organization_id', '=', organizationId)
    .where('id', 'in', [...wanted])
    // A project that is being deleted must not slip into the scope.
    .forKeyShare()
    .execute();
  if (found.length < wanted.size) throw invalid([{ field: 'scope.projectIds', detail: 'The organization has no such project.' }]);
}

export async function writeScope(tx: Tx, organizationId: string, secretId: string, { scope }: Metadata): Promise<void> {
  if (scope === undefined) return;
  await deleteRows(tx, 'secret_scope', organizationId, [secretId]);
  if (scope.kind === 'all-projects') return;
  const projectIds = [...new Set(scope.projectIds.map((id) => id.toLowerCase()))];
  await tx
    .insertInto('secret_scope')
    .values(projectIds.map((project_id) => ({ organization_id: organizationId, secret_id: secretId, project_id })))
    .execute();
}
