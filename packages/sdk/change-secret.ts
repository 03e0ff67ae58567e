import { changedMetadata, getSecret, metadataOf, type Secret, type SecretMetadataField, updateSecret } from '@holdfast/api';
import type { Client } from './client.ts';
import type { SecretMetadataToSet } from './set-secret.ts';

export interface SecretChange {
  /** Its short name or id. */
  readonly organization: string;
  readonly name: string;
  /**
   * Only fields that differ from what is stored are sent. `null` takes a value away where that is possible.
   */
  readonly metadata: SecretMetadataToSet;
}

/**
 * Changes what is known about a secret, without its value: reads it, and sends the fields that differ under
 * the condition that nobody has changed them since. Sends nothing when there is no difference.
 *
 * @throws ProblemError `precondition_failed` when somebody else changed the metadata at the same moment
 * (`problem.changed`
 *   names the fields), `not_found`, `forbidden`, `invalid_request`.
 */
export async function changeSecret(
  client: Client,
  { organization, name, metadata }: SecretChange,
): Promise<{ readonly secret: Secret; readonly changed: readonly SecretMetadataField[] }> {
  const params = { organization, name };
  const secret = await client.call(getSecret, { params });
  const body = changedMetadata(metadataOf(secret), metadata);
  const changed = Object.keys(body) as SecretMetadataField[];
  if (changed.length === 0) return { secret, changed };
  const headers = { 'if-match': String(secret.metadataRevision) };
  return { secret: await client.call(updateSecret, { params, headers, body }), changed };
}
