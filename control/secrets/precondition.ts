import { HoldfastError, type Secret } from '@holdfast/api';
import type { Tx } from '@holdfast/db/control';
import { readTags } from '../if-match.ts';
import { checkRevision, lockMetadata, type StoredMetadata } from './metadata.ts';

/**
 * A secret as it can be read: its value, and what is known about it. The value of `ETag`, which `If-Match`
 * takes.
 */
export function secretEtag({ currentVersionId, metadataRevision }: Pick<Secret, 'currentVersionId' | 'metadataRevision'>): string {
  return `"${currentVersionId}.${metadataRevision}"`;
}

/** A secret that is locked, with what a precondition is about. */
export interface MatchedSecret {
  readonly name: string;
  readonly versionId: string;
  readonly stored: StoredMetadata;
}

/**
 * Throws `precondition_failed` unless the secret is one that `If-Match` names: by its ETag, by the id of its
 * current version alone, by the revision of its metadata alone, or by `*`.
 *
 * @param ifMatch the header of the request; without it any will do.
 */
export function requireMatch(ifMatch: string | undefined, { name, versionId, stored }: MatchedSecret): void {
  if (ifMatch === undefined) return;
  const named = readTags(ifMatch);
  if (named === 'any') return;
  const tags = named.map(readTag);
  const matching = tags.some(
    ({ version, revision }) => (version ?? versionId) === versionId && (revision ?? stored.revision) === stored.revision,
  );
  const [first] = tags;
  if (matching || first === undefined) return;
  if (first.version !== undefined && first.version !== versionId) {
    throw new HoldfastError('precondition_failed', `The value of “${name}” was replaced meanwhile.`, { field: 'if-match' });
  }
  checkRevision(name, stored, first.revision ?? stored.revision);
}

/** {@link requireMatch} for a secret that is locked already. */
export async function requireStoredMatch(
  tx: Tx,
  organizationId: string,
  { id, name }: { readonly id: string; readonly name: string },
  ifMatch: string | undefined,
): Promise<void> {
  if (ifMatch === undefined) return;
  const { id: versionId } = await tx
    .selectFrom('secret_version')
    .select('id')
    .where('organization_id', '=', organizationId)
    .where('secret_id', '=', id)
    .where('state', '=', 'current')
    .executeTakeFirstOrThrow();
  requireMatch(ifMatch, { name, versionId, stored: await lockMetadata(tx, organizationId, id) });
}

/** What is no tag of ours is taken for a version that is not there. */
function readTag(tag: string) {
  const id = tag.toLowerCase();
  const [, version, revision] = /^(?:([^.]*?)\.)?([0-9]{1,9})$/.exec(id) ?? [undefined, id, undefined];
  return { version, revision: revision === undefined ? undefined : Number(revision) };
}
