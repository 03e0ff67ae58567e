import { EMPTY_METADATA, HoldfastError, SECRETS_PER_ORGANIZATION, type Secret, type SecretMetadata } from '@holdfast/api';
import { secretDefinition } from '@holdfast/audit';
import type { Statements } from '@holdfast/db/control';
import { actorOf, personOf } from '@holdfast/endpoints';
import { type RawBuilder, sql } from 'kysely';
import { type By, eventBody } from '../audit/record.ts';
import { isCheckViolation } from '../database-errors.ts';
import { type AcceptedEnvelope, staleKey } from './envelope.ts';
import { fieldsOf } from './metadata.ts';
import { WEEKS_SHOWN } from './read-secrets.ts';
import { rotationDueAt } from './secret-state.ts';

export interface NewSecret {
  readonly name: string;
  readonly envelope: AcceptedEnvelope;
  /** What it is to have beside the defaults; ids in it were looked up. */
  readonly metadata: SecretMetadata;
  /** Of the whole request. */
  readonly requestHash: Buffer;
}

/** A secret that is to be added, and who adds it. */
export interface Creation {
  readonly secret: NewSecret;
  readonly by: By;
}

/**
 * Adds a secret with its value, and records it, in one statement. Its name is guarded by the unique index
 * without regard to case, the limit by the row that counts the organization's secrets.
 *
 * @returns when it was made; `undefined` when the name is taken.
 * @throws HoldfastError see {@link refusalOf}.
 */
export async function createSecret(db: Statements, organizationId: string, creation: Creation): Promise<Date | undefined> {
  try {
    const { rows } = await sql<{ createdAt: Date | null }>`
      select ${creating(organizationId, creation)} as "createdAt"`.execute(db);
    return rows[0]?.createdAt ?? undefined;
  } catch (error) {
    throw refusalOf(error);
  }
}

/**
 * The call that does it, for a statement; it answers when the secret was made, null when the name is taken.
 */
export function creating(organizationId: string, { secret, by }: Creation): RawBuilder<Date | null> {
  const { envelope, name, requestHash } = secret;
  const { secretId, versionId, keyId, sealed } = envelope;
  const { description, kind, ownerId, rotationDays, obtainUrl } = { ...EMPTY_METADATA, ...secret.metadata };
  const policy = policyOf(secret);
  const body = eventBody(by, {
    action: 'secret.create',
    target: { kind: 'secret', id: secretId, name, versionId },
    commitment: envelope.commitment,
    detail: { fields: fieldsOf(secret.metadata) },
    definitions: [secretDefinition(policy)],
  });
  return sql`create_secret(${organizationId}, ${secretId}, ${name}, ${description}, ${kind}, ${ownerId},
    ${policy.allProjects ? null : policy.projectIds}::uuid[], ${rotationDays}, ${rotationDueAt(rotationDays, new Date())},
    ${policy.expiresAt}, ${policy.destinations}::text[], ${obtainUrl}, ${JSON.stringify(actorOf(by.caller))}, ${versionId}, ${keyId},
    ${requestHash}, ${sealed}, ${SECRETS_PER_ORGANIZATION}, ${body})`;
}

/**
 * What a failure of `create_secret` means: `quota_exceeded`, or `sealing_key_stale` when the key was
 * destroyed meanwhile.
 */
export function refusalOf(error: unknown): unknown {
  if (isCheckViolation(error, 'secret_count_limit')) {
    return new HoldfastError('quota_exceeded', `The organization has ${SECRETS_PER_ORGANIZATION} secrets, which is the limit.`);
  }
  return isCheckViolation(error, 'secret_version_key_usable') ? staleKey('envelope.keyId') : error;
}

/** Who may use it, as the record states it and the columns hold it. */
function policyOf({ envelope, metadata }: NewSecret) {
  const { scope, expiresAt, destinations } = { ...EMPTY_METADATA, ...metadata };
  return {
    secretId: envelope.secretId,
    componentId: null,
    allProjects: scope.kind === 'all-projects',
    projectIds: scope.kind === 'projects' ? [...new Set(scope.projectIds.map((id) => id.toLowerCase()))] : [],
    expiresAt: expiresAt === null ? null : new Date(expiresAt),
    destinations: [...new Set(destinations)],
  };
}

/**
 * Whether a new secret can be shown without a look at the database: nothing in it has a name or a state that
 * is found there.
 */
export function isPlain(metadata: SecretMetadata): boolean {
  const { ownerId, scope, expiresAt, rotationDays } = { ...EMPTY_METADATA, ...metadata };
  return ownerId === null && scope.kind === 'all-projects' && expiresAt === null && rotationDays === null;
}

/** A plain new secret as reading it would show it. */
export function shownSecret({ name, envelope, metadata }: NewSecret, by: By, createdAt: Date): Secret {
  const { description, kind, destinations, obtainUrl } = { ...EMPTY_METADATA, ...metadata };
  return {
    id: envelope.secretId,
    name,
    description,
    kind,
    owner: null,
    scope: { kind: 'all-projects', projects: [] },
    rotationDays: null,
    rotationDueAt: null,
    expiresAt: null,
    destinations: [...new Set(destinations)],
    obtainUrl,
    state: 'ok',
    currentVersionId: envelope.versionId,
    metadataRevision: 1,
    createdAt: createdAt.toISOString(),
    createdBy: personOf(actorOf(by.caller)),
    replacedAt: null,
    replacedBy: null,
    lastUsedAt: null,
    usedBy: 0,
    usesPerWeek: Array.from({ length: WEEKS_SHOWN }, () => 0),
  };
}
