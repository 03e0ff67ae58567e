import { type EnvelopeBody, HoldfastError, type Secret, type SecretMetadata } from '@holdfast/api';
import { type Actor, deleteRows, locking, secretDefinitions, TryAgain, type Tx, transaction } from '@holdfast/db/control';
import { actorOf, principalKey } from '@holdfast/endpoints';
import { sql } from 'kysely';
import { type By, record } from '../audit/record.ts';
import type { Control } from '../control.ts';
import { createSecrets, isPlain, prepareCreation, shownSecret, toCreateError } from './create-secret.ts';
import type { SecretCreations } from './create-together.ts';
import { type AcceptedEnvelope, acceptEnvelope, decodeEnvelope, insertVersion, refuseReplayed } from './envelope.ts';
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
import { type MatchedSecret, requireMatch } from './precondition.ts';
import { rotationDueAt } from './secret-state.ts';

/**
 * What the caller believes about the secret: `If-None-Match: *` that it does not exist, `If-Match` what it
 * is.
 */
export interface Precondition {
  readonly mustNotExist: boolean;
  /** See `requireMatch`. */
  readonly ifMatch: string | undefined;
}

/** Of the metadata of a secret that was just added. */
const FIRST_REVISION = 1;

interface Existing {
  readonly id: string;
  readonly name: string;
  readonly rotationDays: number | null;
  readonly metadataRevision: number;
  readonly versionId: string;
  readonly replacedAt: Date | null;
  readonly requestHash: Buffer | null;
}

/** A request that stores a sealed value under a name. */
export interface Put {
  readonly name: string;
  readonly envelope: EnvelopeBody;
  readonly metadata: SecretMetadata;
  readonly precondition: Precondition;
  /** Of the whole request. */
  readonly requestHash: Buffer;
}

/** `secret` is there when it can be shown without a look at the database. */
export type Stored = { readonly metadataRevision: number } & (
  | { readonly outcome: 'created'; readonly secret?: Secret }
  | { readonly outcome: 'replaced' }
);

/**
 * Stores a sealed value under a name, and records it: as a new secret, or as the new current version of the
 * one that has the name, whose former value is removed. The request that brought the current version is
 * answered as it was, with nothing to record, when it comes again.
 */
export async function putSecret(
  control: Pick<Control, 'db' | 'creations' | 'workload'>,
  organizationId: string,
  put: Put,
  by: By,
): Promise<Stored> {
  return refuseReplayed(
    async () => (await addAtOnce(control.creations, organizationId, put, by)) ?? (await storeByItself(control, organizationId, put, by)),
  );
}

async function storeByItself(
  { db, workload }: Pick<Control, 'db' | 'workload'>,
  organizationId: string,
  put: Put,
  by: By,
): Promise<Stored> {
  const leave = await workload.enterChange(organizationId, principalKey(by.caller));
  try {
    return await transaction(db, (tx) => storeSecret(tx, organizationId, put, by));
  } finally {
    leave();
  }
}

/**
 * Adds the secret in one statement when nothing speaks against it: then most of what {@link storeSecret}
 * looks up need not be known. Answers `undefined` when something does, and does nothing.
 */
async function addAtOnce(creations: SecretCreations, organizationId: string, put: Put, by: By): Promise<Stored | undefined> {
  const { name, metadata, precondition, requestHash } = put;
  const envelope = decodeEnvelope(put.envelope);
  if (envelope === undefined || envelope.keyId !== put.envelope.keyId.toLowerCase()) return undefined;
  if (precondition.ifMatch !== undefined || !isPlain(metadata)) return undefined;
  const secret = { name, envelope, metadata: changeOf(undefined, metadata), requestHash };
  const createdAt = await creations.add(organizationId, { secret, by });
  if (createdAt === undefined) return undefined;
  const shown = shownSecret(secret, by, createdAt);
  return { outcome: 'created', metadataRevision: shown.metadataRevision, secret: shown };
}

async function storeSecret(tx: Tx, organizationId: string, put: Put, by: By): Promise<Stored> {
  const { name, metadata, requestHash } = put;
  const existing = await findExisting(tx, organizationId, name);
  if (existing?.versionId === put.envelope.versionId.toLowerCase() && existing.requestHash?.equals(requestHash) === true) {
    const { metadataRevision, replacedAt } = existing;
    return { outcome: replacedAt === null ? 'created' : 'replaced', metadataRevision };
  }
  const stored = existing && (await lockMetadata(tx, organizationId, existing.id));
  checkPrecondition(name, existing && stored && { name, versionId: existing.versionId, stored }, put.precondition);
  const envelope = await acceptEnvelope(tx, organizationId, put.envelope, 'envelope');
  await checkMetadataIds(tx, organizationId, metadata);
  if (existing === undefined || stored === undefined) {
    const secret = { name, envelope, metadata: changeOf(undefined, metadata), requestHash };
    locking(tx, 'secret count');
    const [createdAt] = await createSecrets(tx, organizationId, [prepareCreation({ secret, by })], { anyKey: true }).catch(
      (error: unknown) => {
        throw toCreateError(error);
      },
    );
    if (createdAt !== undefined) return { outcome: 'created', metadataRevision: FIRST_REVISION };
    throw new TryAgain(`The name “${name}” was given away meanwhile.`);
  }
  const changed = changeOf(stored, metadata);
  const actor = actorOf(by.caller);
  await replaceValue(tx, organizationId, existing, envelope, { stored, changed }, actor, requestHash);
  await writeScope(tx, organizationId, envelope.secretId, changed);
  await record(tx, organizationId, by, {
    action: 'secret.replace',
    target: { kind: 'secret', id: envelope.secretId, name, versionId: envelope.versionId },
    commitment: envelope.commitment,
    detail: { fields: fieldsOf(changed) },
    definitions: await secretDefinitions(tx, organizationId, [envelope.secretId]),
  });
  return { outcome: 'replaced', metadataRevision: stored.revision + (Object.keys(changed).length === 0 ? 0 : 1) };
}

/** Locked until the transaction ends: nobody else replaces or deletes it meanwhile. */
async function findExisting(tx: Tx, organizationId: string, name: string): Promise<Existing | undefined> {
  locking(tx, 'secret');
  const locked = await sql<Pick<Existing, 'id' | 'name' | 'rotationDays' | 'metadataRevision' | 'replacedAt'>>`
    select id, name, rotation_days as "rotationDays", metadata_revision as "metadataRevision", replaced_at as "replacedAt" from secret
    where organization_id = ${organizationId} and lower(name) = lower(${name}) for update`.execute(tx);
  const [secret] = locked.rows;
  if (secret === undefined) return undefined;
  if (secret.name !== name) {
    throw new HoldfastError('name_taken', `There is a secret “${secret.name}”, which differs in upper and lower case only.`, {
      field: 'name',
    });
  }
  // A statement of its own: it sees what was committed while the first one waited for the row.
  const { rows } = await sql<Pick<Existing, 'versionId' | 'requestHash'>>`
    select id as "versionId", request_hash as "requestHash" from secret_version
    where organization_id = ${organizationId} and secret_id = ${secret.id} and state = 'current'`.execute(tx);
  const [version] = rows;
  if (version === undefined) throw new Error('A secret has no current version.');
  return { ...secret, ...version };
}

function checkPrecondition(name: string, existing: MatchedSecret | undefined, { mustNotExist, ifMatch }: Precondition): void {
  if (mustNotExist && existing !== undefined) {
    throw new HoldfastError('precondition_failed', `There is a secret “${name}” already.`, {
      field: 'name',
      remedy: 'Choose another name, or replace the value of that secret.',
    });
  }
  if (ifMatch === undefined) return;
  if (existing === undefined) {
    throw new HoldfastError('precondition_failed', `There is no secret “${name}” whose value could be replaced.`, { field: 'name' });
  }
  requireMatch(ifMatch, existing);
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
