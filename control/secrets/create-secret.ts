import {
  EMPTY_METADATA,
  HoldfastError,
  SECRETS_PER_ORGANIZATION,
  type Secret,
  type SecretMetadata,
  type WholeSecretMetadata,
} from '@holdfast/api';
import { secretDefinition } from '@holdfast/audit';
import { isCheckViolation, rowsOf, type Statements } from '@holdfast/db/control';
import { actorOf, personOf } from '@holdfast/endpoints';
import { type By, eventBody } from '../audit/record.ts';
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
 * Adds secrets with their values, and records them, in one statement and the order in which they are given.
 * Names are guarded by the unique index without regard to case, the limit by the row that counts the
 * organization's secrets. When one of them breaks a rule none is added.
 *
 * @param anyKey - whether the envelopes were accepted already: else only those are added whose key is the
 *   current one and whose id was never deleted.
 * @returns when each was made; `undefined` where the name is taken, or the envelope cannot be accepted.
 * @throws what {@link toCreateError} reads.
 */
export async function createSecrets(
  db: Statements,
  organizationId: string,
  creations: readonly PreparedCreation[],
  { anyKey }: { readonly anyKey: boolean },
): Promise<readonly (Date | undefined)[]> {
  const all = <Value>(field: (creation: PreparedCreation) => Value): Value[] => creations.map(field);
  const [row] = await rowsOf<{ made: readonly (Date | null)[] }>(db, CREATE, [
    organizationId,
    all(({ envelope }) => envelope.secretId),
    all(({ name }) => name),
    all(({ fields }) => fields.description),
    all(({ fields }) => fields.kind),
    all(({ fields }) => fields.ownerId),
    all(({ projects }) => projects),
    all(({ fields }) => fields.rotationDays),
    all(({ dueAt }) => dueAt),
    all(({ expiresAt }) => expiresAt),
    all(({ destinations }) => destinations),
    all(({ fields }) => fields.obtainUrl),
    all(({ actor }) => actor),
    all(({ envelope }) => envelope.versionId),
    all(({ envelope }) => envelope.keyId),
    all(({ requestHash }) => requestHash),
    all(({ envelope }) => envelope.sealed),
    all(({ body }) => body),
    SECRETS_PER_ORGANIZATION,
    anyKey,
  ]);
  return row?.made.map((madeAt) => madeAt ?? undefined) ?? [];
}

const CREATE = `
  select create_secrets($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20) as made`;

/** A secret as `create_secrets` takes it. Lists are JSON. */
export interface PreparedCreation {
  readonly name: string;
  readonly envelope: AcceptedEnvelope;
  readonly fields: Pick<WholeSecretMetadata, 'description' | 'kind' | 'ownerId' | 'rotationDays' | 'obtainUrl'>;
  /** `null`: all of them. */
  readonly projects: string | null;
  readonly dueAt: Date | null;
  readonly expiresAt: Date | null;
  readonly destinations: string;
  readonly actor: string;
  readonly requestHash: Buffer;
  /** Of its event. */
  readonly body: string;
}

/** @throws AuditEventError when its event cannot be recorded. */
export function prepareCreation({ secret, by }: Creation): PreparedCreation {
  const { envelope, name, requestHash } = secret;
  const fields = { ...EMPTY_METADATA, ...secret.metadata };
  const policy = policyOf(secret);
  return {
    name,
    envelope,
    fields,
    projects: policy.allProjects ? null : JSON.stringify(policy.projectIds),
    dueAt: rotationDueAt(fields.rotationDays, new Date()),
    expiresAt: policy.expiresAt,
    destinations: JSON.stringify(policy.destinations),
    actor: JSON.stringify(actorOf(by.caller)),
    requestHash,
    body: eventBody(by, {
      action: 'secret.create',
      target: { kind: 'secret', id: envelope.secretId, name, versionId: envelope.versionId },
      commitment: envelope.commitment,
      detail: { fields: fieldsOf(secret.metadata) },
      definitions: [secretDefinition(policy)],
    }),
  };
}

/**
 * What a failure of `create_secrets` means: `quota_exceeded`, or `sealing_key_stale` when the key was
 * destroyed meanwhile.
 */
export function toCreateError(error: unknown): unknown {
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
