import {
  changedMetadata,
  EMPTY_METADATA,
  HoldfastError,
  METADATA_WORDS,
  type SecretMetadata,
  type SecretMetadataField,
  type WholeSecretMetadata,
} from '@holdfast/api';
import { type Actor, deleteRows, locking, type Tx } from '@holdfast/db/control';
import { invalid, personOf } from '@holdfast/endpoints';
import { sql } from 'kysely';

/** The metadata of a secret as it is in this transaction, which keeps others from changing it. */
export interface StoredMetadata {
  readonly metadata: WholeSecretMetadata;
  readonly revision: number;
  /** The revision at which each field was changed last; those never changed are not in it. */
  readonly fields: Readonly<Record<string, number>>;
  readonly changedBy: Actor | null;
}

export async function lockMetadata(tx: Tx, organizationId: string, secretId: string): Promise<StoredMetadata> {
  locking(tx, 'secret');
  const { rows } = await sql<StoredRow>`
    select s.description, s.kind, s.owner_user_id as "ownerId", s.all_projects as "allProjects", s.rotation_days as "rotationDays",
      s.expires_at as "expiresAt", s.destinations, s.obtain_url as "obtainUrl", s.metadata_revision as revision,
      s.metadata_fields as fields, s.metadata_changed_by as "changedBy",
      array(select p.project_id::text from secret_scope p
        where p.organization_id = s.organization_id and p.secret_id = s.id) as "projectIds"
    from secret s where s.organization_id = ${organizationId} and s.id = ${secretId} for update of s`.execute(tx);
  const [row] = rows;
  if (row === undefined) throw new Error('The secret whose metadata is to change is not there.');
  const { revision, fields, changedBy, allProjects, projectIds, expiresAt, ...plain } = row;
  const scope = allProjects ? { kind: 'all-projects' as const } : { kind: 'projects' as const, projectIds };
  return { metadata: { ...plain, scope, expiresAt: expiresAt?.toISOString() ?? null }, revision, fields, changedBy };
}

type StoredRow = Omit<WholeSecretMetadata, 'scope' | 'expiresAt'> &
  Omit<StoredMetadata, 'metadata'> & { allProjects: boolean; projectIds: string[]; expiresAt: Date | null };

/** Throws `precondition_failed` with what others have changed since a revision. */
export function checkRevision(name: string, stored: StoredMetadata, since: number): void {
  if (since === stored.revision) return;
  const changed = Object.keys(METADATA_WORDS).filter((field) => (stored.fields[field] ?? 0) > since);
  const what = changed.map((field) => METADATA_WORDS[field as SecretMetadataField]).join(', ');
  const who = stored.changedBy === null ? 'Somebody' : personOf(stored.changedBy).name;
  throw new HoldfastError(
    'precondition_failed',
    changed.length === 0
      ? `The details of “${name}” are at revision ${stored.revision}, not ${since}.`
      : `Changed of “${name}” meanwhile, last by ${who}: ${what}.`,
    {
      field: 'if-match',
      remedy: 'Read the secret again, look at what was changed, and repeat your change.',
      extra: { changed },
    },
  );
}

/** What a request would really change; of a new secret, what it sets. */
export function changeOf(stored: StoredMetadata | undefined, wanted: SecretMetadata): SecretMetadata {
  return changedMetadata(stored?.metadata ?? EMPTY_METADATA, wanted);
}

/** The columns that count a change, to be written with it. */
export function revisionColumns(stored: StoredMetadata, changed: SecretMetadata, actor: Actor) {
  const fields = Object.keys(changed);
  if (fields.length === 0) return {};
  const revision = stored.revision + 1;
  return {
    metadata_revision: revision,
    metadata_fields: { ...stored.fields, ...Object.fromEntries(fields.map((field) => [field, revision])) },
    metadata_changed_by: actor,
  };
}

/** The columns of `secret` that the metadata sets; what it does not name stays as it is. */
export function metadataColumns(metadata: SecretMetadata) {
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

/** Names of the fields, for the audit record. */
export function fieldsOf(metadata: SecretMetadata): string[] {
  return Object.keys(metadata).sort();
}

/**
 * Ids in a body are looked up in the caller's own organization: those of another one are as unknown as those
 * of none.
 */
export async function checkMetadataIds(tx: Tx, organizationId: string, { ownerId, scope }: SecretMetadata): Promise<void> {
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

export async function writeScope(tx: Tx, organizationId: string, secretId: string, { scope }: SecretMetadata): Promise<void> {
  if (scope === undefined) return;
  await deleteRows(tx, 'secret_scope', organizationId, [secretId]);
  if (scope.kind === 'all-projects') return;
  const projectIds = [...new Set(scope.projectIds.map((id) => id.toLowerCase()))];
  await tx
    .insertInto('secret_scope')
    .values(projectIds.map((project_id) => ({ organization_id: organizationId, secret_id: secretId, project_id })))
    .execute();
}
