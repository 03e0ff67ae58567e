import { HoldfastError } from '@holdfast/api';
import type { Database } from '@holdfast/db/data';
import { OpenError, openSealed } from '@holdfast/open';
import { type Kysely, sql } from 'kysely';
import { OpeningKeyGone, type OpeningKeys } from '../../keys/opening-keys.ts';
import type { Usable } from './check-usable.ts';
import { coalesceByConnection } from './coalesce.ts';
import { type Consumer, calledSecret } from './wanted-use.ts';

/**
 * The sealed bytes of a version, as they stand in the database: nothing vouches for them yet.
 *
 * @throws HoldfastError `envelope_refused` when they are gone.
 */
export async function readSealedValue(
  db: Kysely<Database>,
  organizationId: string,
  consumer: Consumer,
  { secret }: Usable,
): Promise<Buffer> {
  const sealed = await loadSealed(db, { organizationId, versionId: secret.version.id });
  if (sealed === undefined) throw refused(consumer, secret.name, 'The sealed value is gone from the database.');
  return sealed;
}

/** Those of many uses in one statement. */
const loadSealed = coalesceByConnection(
  async (db: Kysely<Database>, keys: readonly { readonly organizationId: string; readonly versionId: string }[]) => {
    const wanted = [...new Map(keys.map((key) => [`${key.organizationId} ${key.versionId}`, key])).values()];
    const { rows } = await sql<{ organization_id: string; version_id: string; sealed: Buffer }>`
      select value.organization_id, value.version_id, value.sealed
      from unnest(${wanted.map((key) => key.organizationId)}::uuid[], ${wanted.map((key) => key.versionId)}::uuid[])
        as wanted (organization_id, version_id)
      join sealed_value value on value.organization_id = wanted.organization_id and value.version_id = wanted.version_id`.execute(db);
    const found = new Map(rows.map((row) => [`${row.organization_id} ${row.version_id}`, row.sealed]));
    return keys.map((key) => found.get(`${key.organizationId} ${key.versionId}`));
  },
);

/**
 * Opens a version that the record commits to (docs/sealing.md).
 *
 * @throws HoldfastError `envelope_refused`, with one message for every reason that lies in the bytes, and
 *   another one when the key was destroyed; RootKeyError or KeyMismatch when the key cannot be used.
 */
export async function openVersion(
  keys: OpeningKeys,
  place: { instanceId: string; organizationId: string },
  consumer: Consumer,
  { secret }: Usable,
  sealed: Uint8Array,
): Promise<{ value: string; destinations: string[] }> {
  try {
    const key = await keys.get(place.organizationId, secret.version.keyId);
    return await openSealed(
      key,
      {
        ...place,
        secretId: secret.id,
        versionId: secret.version.id,
        keyId: secret.version.keyId,
        kind: secret.ownerId === null ? 'secret-value' : 'component-value',
      },
      sealed,
    );
  } catch (error) {
    if (error instanceof OpenError) throw refused(consumer, secret.name, 'The sealed value could not be opened.');
    if (error instanceof OpeningKeyGone) throw refused(consumer, secret.name, 'The key that it was sealed with was destroyed.');
    throw error;
  }
}

/** HoldfastError `envelope_refused`. */
export function refused(consumer: Pick<Consumer, 'kind'>, name: string | null, what: string): HoldfastError {
  return new HoldfastError('envelope_refused', `${calledSecret(name, consumer)}: ${what}`);
}
