import { createHash } from 'node:crypto';
import { type AuditEvent, ownValueName, reSealBytes, type Statements } from '@holdfast/audit';
import { appendAudit, DATA_PLANE, type Database, locking, type Tx, transaction } from '@holdfast/db/data';
import { toBase64url, type ValueKind } from '@holdfast/envelope';
import { type VerifiedSealingKey, verifySealingKey } from '@holdfast/seal';
import { type Kysely, sql } from 'kysely';
import type { RecordFollower } from '../record/follower.ts';
import type { OpeningKeys } from './opening-keys.ts';
import { type OldVersion, ReSealError, type ReSealed, reSealValue } from './re-seal-value.ts';
import type { SigningKey } from './signing-key.ts';

/**
 * A batch is one transaction: small, so that nobody waits long for its locks and a killed process loses
 * little.
 */
const BATCH = 50;

export interface ReSealDependencies {
  readonly db: Kysely<Database>;
  readonly instanceId: string;
  readonly signingKey: SigningKey;
  readonly keys: OpeningKeys;
  readonly follower: RecordFollower;
}

/**
 * Seals the next values again that are under an older key, with a statement of each on the record. A value
 * that was replaced or deleted meanwhile stays as its newest change has left it. Values that cannot be sealed
 * again are noted for the rotation. Answers how many were looked at; 0 when none is left.
 *
 * @throws HoldfastError `record_stopped` when the record does not verify; OlderSealingKey when the current
 *   key is older than one of theirs. Nothing was changed then.
 */
export async function reSealBatch(dependencies: ReSealDependencies, organizationId: string, rotationId: string): Promise<number> {
  const { db, keys, follower } = dependencies;
  const versions = await readOldVersions(db, organizationId, rotationId);
  if (versions.length === 0) return 0;
  const to = await currentSealingKey(dependencies, organizationId);
  // After the rows were read: whatever they say by now is on the record.
  const { statements } = await follower.follow(organizationId);
  const done: ReSealed[] = [];
  const failed: Failure[] = [];
  for (const version of versions) {
    const outcome = await tryReSeal(statements, keys, to, version);
    if ('code' in outcome) failed.push(outcome);
    else done.push(outcome);
  }
  await transaction(db, async (tx) => {
    await lockSecrets(tx, organizationId, versions);
    const moved = await storeReSealed(tx, organizationId, to.keyId, done);
    const unchanged = await keepUnchanged(tx, organizationId, failed);
    await noteProgress(tx, organizationId, rotationId, moved.length, unchanged);
    const events = [
      ...moved.map((each) => reSealEvent(dependencies, organizationId, rotationId, to.keyId, each)),
      ...unchanged.map((each) => failureEvent(rotationId, each)),
    ];
    if (events.length > 0) await appendAudit(tx, organizationId, events);
  });
  return versions.length;
}

interface Failure {
  readonly version: OldVersion;
  readonly code: ReSealError['code'];
}

async function tryReSeal(
  statements: Statements,
  keys: OpeningKeys,
  to: VerifiedSealingKey,
  version: OldVersion,
): Promise<ReSealed | Failure> {
  try {
    return await reSealValue(statements, keys, to, version);
  } catch (error) {
    if (!(error instanceof ReSealError)) throw error;
    return { version, code: error.code };
  }
}

async function readOldVersions(db: Kysely<Database>, organizationId: string, rotationId: string): Promise<OldVersion[]> {
  const { rows } = await sql<Omit<OldVersion, 'name'> & { name: string | null; owner: string }>`
    select v.id as "versionId", v.secret_id as "secretId", v.key_id as "keyId", x.sealed,
      s.name, c.name as owner,
      case when s.component_id is null then ${'secret-value' satisfies ValueKind} else ${'component-value' satisfies ValueKind} end as kind
    from organization_key k
    join secret_version v on v.organization_id = k.organization_id and v.key_id = k.id and v.state <> 'superseded'
    join secret s on s.organization_id = v.organization_id and s.id = v.secret_id
    left join component c on c.organization_id = s.organization_id and c.id = s.component_id
    left join sealed_value x on x.organization_id = v.organization_id and x.version_id = v.id
    where k.organization_id = ${organizationId} and not k.current and not exists (
      select from key_rotation_failure f
      where f.organization_id = v.organization_id and f.rotation_id = ${rotationId} and f.version_id = v.id)
    order by v.id limit ${BATCH}`.execute(db);
  return rows.map(({ owner, ...version }) => ({ ...version, name: version.name ?? ownValueName(owner) }));
}

/** Of the row that clients are served, checked as they check it. */
async function currentSealingKey({ db, instanceId, signingKey }: ReSealDependencies, organizationId: string): Promise<VerifiedSealingKey> {
  const row = await db
    .selectFrom('organization_key')
    .select(['id', 'generation', 'public_key', 'signature'])
    .where('organization_id', '=', organizationId)
    .where('current', '=', true)
    .executeTakeFirstOrThrow();
  const own = toBase64url(signingKey.publicKey);
  return verifySealingKey(
    {
      instanceId,
      organizationId,
      keyId: row.id,
      generation: row.generation,
      publicKey: toBase64url(row.public_key),
      signature: toBase64url(row.signature),
      signingKey: own,
    },
    { organizationId, signingKey: own },
  );
}

/**
 * In one order, as everybody does who locks several. Who replaces or deletes one holds its lock until that is
 * on the record.
 */
async function lockSecrets(tx: Tx, organizationId: string, versions: readonly OldVersion[]): Promise<void> {
  locking(tx, 'secret');
  const ids = [...new Set(versions.map(({ secretId }) => secretId))];
  await sql`select from secret where organization_id = ${organizationId} and id = any(${ids}::uuid[])
    order by id for no key update`.execute(tx);
}

/** Those whose version and bytes are still what was opened. */
async function storeReSealed(tx: Tx, organizationId: string, toKeyId: string, done: readonly ReSealed[]): Promise<ReSealed[]> {
  if (done.length === 0) return [];
  const { rows } = await sql<{ versionId: string }>`
    with again as (
      select * from unnest(${done.map(({ version }) => version.versionId)}::uuid[], ${done.map(({ version }) => version.keyId)}::uuid[],
        ${done.map(({ formerHash }) => formerHash)}::bytea[], ${done.map(({ sealed }) => sealed)}::bytea[])
        as again (version_id, key_id, former_hash, sealed)),
    moved as (
      update secret_version v set key_id = ${toKeyId} from again join sealed_value x
        on x.organization_id = ${organizationId} and x.version_id = again.version_id and sha256(x.sealed) = again.former_hash
      where v.organization_id = ${organizationId} and v.id = again.version_id and v.key_id = again.key_id and v.state <> 'superseded'
      returning v.id)
    update sealed_value x set sealed = again.sealed from again join moved on moved.id = again.version_id
    where x.organization_id = ${organizationId} and x.version_id = again.version_id
    returning x.version_id as "versionId"`.execute(tx);
  const moved = new Set(rows.map(({ versionId }) => versionId));
  return done.filter(({ version }) => moved.has(version.versionId));
}

/** What looked wrong may have been replaced or deleted meanwhile: then there is nothing to note. */
async function keepUnchanged(tx: Tx, organizationId: string, failed: readonly Failure[]): Promise<Failure[]> {
  if (failed.length === 0) return [];
  const { rows } = await sql<{ versionId: string; keyId: string; hash: Buffer | null }>`
    select v.id as "versionId", v.key_id as "keyId", sha256(x.sealed) as hash from secret_version v
    left join sealed_value x on x.organization_id = v.organization_id and x.version_id = v.id
    where v.organization_id = ${organizationId} and v.state <> 'superseded'
      and v.id = any(${failed.map(({ version }) => version.versionId)}::uuid[])`.execute(tx);
  return failed.filter(({ version }) => {
    const now = rows.find(({ versionId }) => versionId === version.versionId);
    if (now === undefined || now.keyId !== version.keyId) return false;
    return version.sealed === null ? now.hash === null : (now.hash?.equals(createHash('sha256').update(version.sealed).digest()) ?? false);
  });
}

async function noteProgress(tx: Tx, organizationId: string, rotationId: string, moved: number, failed: readonly Failure[]): Promise<void> {
  if (failed.length > 0) {
    await tx
      .insertInto('key_rotation_failure')
      .values(
        failed.map(({ version, code }) => ({
          organization_id: organizationId,
          rotation_id: rotationId,
          version_id: version.versionId,
          secret_id: version.secretId,
          name: version.name,
          code,
        })),
      )
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }
  await tx
    .updateTable('key_rotation')
    .set({ values_resealed: sql`values_resealed + ${moved}::integer`, waiting_for: null })
    .where('organization_id', '=', organizationId)
    .where('id', '=', rotationId)
    .execute();
}

function reSealEvent(
  { instanceId, signingKey }: ReSealDependencies,
  organizationId: string,
  rotationId: string,
  keyId: string,
  { version, formerHash, hash }: ReSealed,
): AuditEvent {
  const { secretId, versionId, name } = version;
  const hashes = { formerHash: formerHash.toString('base64url'), ciphertextHash: hash.toString('base64url') };
  const signature = signingKey.sign(reSealBytes({ instanceId, organizationId, secretId, versionId, keyId, ...hashes }));
  return {
    action: 'secret.re-seal',
    actor: DATA_PLANE,
    outcome: 'success',
    target: { kind: 'secret', id: secretId, name, versionId },
    commitment: { versionId, ciphertextHash: hashes.ciphertextHash },
    detail: {
      rotation: rotationId,
      key: keyId,
      formerKey: version.keyId,
      formerHash: hashes.formerHash,
      signature: signature.toString('base64url'),
    },
  };
}

function failureEvent(rotationId: string, { version, code }: Failure): AuditEvent {
  const { secretId, versionId, name, keyId } = version;
  return {
    action: 'secret.re-seal',
    actor: DATA_PLANE,
    outcome: 'failed',
    target: { kind: 'secret', id: secretId, name, versionId },
    detail: { rotation: rotationId, code, formerKey: keyId },
  };
}
