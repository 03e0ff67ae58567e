import { type EnvelopeBody, HoldfastError, SECRETS_PER_ORGANIZATION, type SecretMetadata } from '@holdfast/api';
import { type Actor, deleteRows, locking, lockNamed, secretDefinitions, type Tx } from '@holdfast/db/control';
import { sql } from 'kysely';
import type { Happening } from '../audit/record.ts';
import { type AcceptedEnvelope, acceptEnvelope, insertVersion } from './envelope.ts';
import {
  changeOf,
  checkMetadataIds,
  fieldsOf,
  lockMetadata,
  metadataColumns,
  revisionColumns,
  type StoredMetadata,
  writeScope,
} from './metadata.ts';
import { rotationDueAt } from './secret-state.ts';

/** What the caller believes about the secret: `If-None-Match: *` that it does not exist, `If-Match` which version is current. */
export interface Precondition {
  readonly mustNotExist: boolean;
  /** A version's id, or `*` for any. */
  readonly currentVersion: string | undefined;
}

interface Existing {
  readonly id: string;
  readonly name: string;
  readonly rotationDays: number | null;
  readonly versionId: string;
  readonly replacedAt: Date | null;
  readonly requestHash: Buffer | null;
}

/**
 * Stores a sealed value under a name: as a new secret, or as the new current version of the one that has it, whose former value is
 * removed. Answers what is to be recorded. Nobody else changes the name meanwhile. The request that brought the current version is
 * answered as it was, with nothing to record, when it comes again.
 *
 * @param requestHash - of the whole request.
 */
export async function storeSecret(
  tx: Tx,
  organizationId: string,
  name: string,
  sent: { readonly envelope: EnvelopeBody; readonly metadata: SecretMetadata },
  precondition: Precondition,
  actor: Actor,
  requestHash: Buffer,
): Promise<{ outcome: 'created' | 'replaced'; happening: Happening | undefined }> {
  await lockSecretNames(tx, organizationId);
  const existing = await findExisting(tx, organizationId, name);
  if (existing?.versionId === sent.envelope.versionId.toLowerCase() && existing.requestHash?.equals(requestHash) === true) {
    return { outcome: existing.replacedAt === null ? 'created' : 'replaced', happening: undefined };
  }
  checkPrecondition(name, existing, precondition);
  const envelope = await acceptEnvelope(tx, organizationId, sent.envelope, 'envelope');
  await checkMetadataIds(tx, organizationId, sent.metadata);
  const stored = existing === undefined ? undefined : await lockMetadata(tx, organizationId, existing.id);
  const changed = changeOf(stored, sent.metadata);
  if (existing === undefined || stored === undefined) {
    await createSecret(tx, organizationId, name, envelope, changed, actor, requestHash);
  } else await replaceValue(tx, organizationId, existing, envelope, { stored, changed }, actor, requestHash);
  await writeScope(tx, organizationId, envelope.secretId, changed);
  const happening: Happening = {
    action: existing === undefined ? 'secret.create' : 'secret.replace',
    target: { kind: 'secret', id: envelope.secretId, name, versionId: envelope.versionId },
    commitment: envelope.commitment,
    detail: { fields: fieldsOf(changed) },
    definitions: await secretDefinitions(tx, organizationId, [envelope.secretId]),
  };
  return { outcome: existing === undefined ? 'created' : 'replaced', happening };
}

/** Names of secrets are given one after the other in an organization: for the limit, and for names that differ in case only. */
export async function lockSecretNames(tx: Tx, organizationId: string): Promise<void> {
  await lockNamed(tx, 'secret names', organizationId);
}

async function findExisting(tx: Tx, organizationId: string, name: string): Promise<Existing | undefined> {
  locking(tx, 'secret');
  const { rows } = await sql<Existing>`
    select s.id, s.name, s.rotation_days as "rotationDays", v.id as "versionId", s.replaced_at as "replacedAt",
      v.request_hash as "requestHash"
    from secret s join secret_version v on v.organization_id = s.organization_id and v.secret_id = s.id and v.state = 'current'
    where s.organization_id = ${organizationId} and lower(s.name) = lower(${name})
    for update of s`.execute(tx);
  const [existing] = rows;
  if (existing !== undefined && existing.name !== name) {
    throw new HoldfastError('name_taken', `There is a secret “${existing.name}”, which differs in upper and lower case only.`, {
      field: 'name',
    });
  }
  return existing;
}

function checkPrecondition(name: string, existing: Existing | undefined, { mustNotExist, currentVersion }: Precondition): void {
  if (mustNotExist && existing !== undefined) {
    throw new HoldfastError('precondition_failed', `There is a secret “${name}” already.`, {
      field: 'name',
      remedy: 'Choose another name, or replace the value of that secret.',
    });
  }
  if (currentVersion === undefined) return;
  if (existing === undefined) {
    throw new HoldfastError('precondition_failed', `There is no secret “${name}” whose value could be replaced.`, { field: 'name' });
  }
  if (currentVersion !== '*' && currentVersion !== existing.versionId) {
    throw new HoldfastError('precondition_failed', `The value of “${name}” was replaced meanwhile.`, { field: 'if-match' });
  }
}

async function createSecret(
  tx: Tx,
  organizationId: string,
  name: string,
  envelope: AcceptedEnvelope,
  metadata: SecretMetadata,
  actor: Actor,
  requestHash: Buffer,
): Promise<void> {
  const { count } = await tx
    .selectFrom('secret')
    .select((select) => select.fn.countAll<number>().as('count'))
    .where('organization_id', '=', organizationId)
    .where('name', 'is not', null)
    .executeTakeFirstOrThrow();
  if (count >= SECRETS_PER_ORGANIZATION) {
    throw new HoldfastError('quota_exceeded', `The organization has ${count} secrets, which is the limit.`);
  }
  await tx
    .insertInto('secret')
    .values({
      organization_id: organizationId,
      id: envelope.secretId,
      name,
      created_by: actor,
      rotation_due_at: rotationDueAt(metadata.rotationDays ?? null, new Date()),
      ...metadataColumns(metadata),
    })
    .execute();
  await insertVersion(tx, organizationId, envelope, actor, requestHash);
}

async function replaceValue(
  tx: Tx,
  organizationId: string,
  existing: Existing,
  envelope: AcceptedEnvelope,
  { stored, changed }: { readonly stored: StoredMetadata; readonly changed: SecretMetadata },
  actor: Actor,
  requestHash: Buffer,
): Promise<void> {
  if (envelope.secretId !== existing.id) {
    throw new HoldfastError('envelope_invalid', `The value is sealed for another secret than “${existing.name}”.`, {
      field: 'envelope.secretId',
      remedy: 'Read the secret, and seal the value for its id; to add a new secret choose another name.',
    });
  }
  await tx
    .updateTable('secret_version')
    .set({ state: 'superseded' })
    .where('organization_id', '=', organizationId)
    .where('id', '=', existing.versionId)
    .execute();
  // What is replaced cannot be opened again by anybody.
  await deleteRows(tx, 'sealed_value', organizationId, [existing.versionId]);
  await insertVersion(tx, organizationId, envelope, actor, requestHash);
  const now = new Date();
  const rotationDays = changed.rotationDays === undefined ? existing.rotationDays : changed.rotationDays;
  await tx
    .updateTable('secret')
    .set({
      ...metadataColumns(changed),
      ...revisionColumns(stored, changed, actor),
      replaced_at: now,
      replaced_by: actor,
      rotation_due_at: rotationDueAt(rotationDays, now),
    })
    .where('organization_id', '=', organizationId)
    .where('id', '=', existing.id)
    .execute();
}
