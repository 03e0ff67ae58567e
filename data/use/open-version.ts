import { createHash } from 'node:crypto';
import { HoldfastError } from '@holdfast/api';
import type { AuditEvent } from '@holdfast/audit';
import type { Database } from '@holdfast/db';
import { OpenError, openSealed } from '@holdfast/open';
import type { Kysely } from 'kysely';
import type { OpeningKeys } from '../keys/opening-keys.ts';
import type { Usable } from './checks.ts';

/**
 * The sealed bytes of a version, if they are the ones that the audit record committed to when the version was made. A row
 * that was put into the database beside the record, or put back into it, is refused before anything is opened.
 */
export async function committedSealedValue(db: Kysely<Database>, organizationId: string, { secret }: Usable): Promise<Buffer> {
  const row = await db
    .selectFrom('sealed_value')
    .leftJoin('audit_event', (join) =>
      join.onRef('audit_event.organization_id', '=', 'sealed_value.organization_id').on('audit_event.version_id', '=', secret.version.id),
    )
    .select(['sealed_value.sealed', 'audit_event.body'])
    .where('sealed_value.organization_id', '=', organizationId)
    .where('sealed_value.version_id', '=', secret.version.id)
    .executeTakeFirst();
  if (row === undefined) throw refused(secret.name, 'The sealed value is gone from the database.');
  const { commitment, target } = JSON.parse(row.body ?? '{}') as Partial<AuditEvent>;
  if (commitment === undefined) throw refused(secret.name, 'The audit record does not know the sealed value.');
  const found = createHash('sha256').update(row.sealed).digest('base64url');
  const sameSecret = target?.kind !== 'secret' || target.id === secret.id;
  if (commitment.versionId !== secret.version.id || commitment.ciphertextHash !== found || !sameSecret) {
    throw refused(secret.name, 'The sealed value is not the one that the audit record commits to.');
  }
  return row.sealed;
}

/** Throws `envelope_refused`, with one message for every reason that lies in the bytes. */
export async function openVersion(
  keys: OpeningKeys,
  place: { instanceId: string; organizationId: string },
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
        kind: secret.ownerComponentId === null ? 'secret-value' : 'component-value',
      },
      sealed,
    );
  } catch (error) {
    if (error instanceof OpenError) throw refused(secret.name, 'The sealed value could not be opened.');
    throw error;
  }
}

function refused(name: string | null, what: string): HoldfastError {
  return new HoldfastError('envelope_refused', `${name === null ? 'The component’s own value' : `The secret “${name}”`}: ${what}`);
}
