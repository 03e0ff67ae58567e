import { HoldfastError } from '@holdfast/api';
import { OpenError, openSealed } from '@holdfast/open';
import { OpeningKeyGone, type OpeningKeys } from '../../keys/opening-keys.ts';
import type { Usable } from './check-usable.ts';
import { type Consumer, calledSecret } from './wanted-use.ts';

/**
 * The sealed bytes of a version, as they stood in the database: nothing vouches for them yet.
 *
 * @throws HoldfastError `envelope_refused` when they are gone.
 */
export function sealedValueOf(consumer: Consumer, { secret }: Usable, sealed: Buffer | undefined): Buffer {
  if (sealed === undefined) throw refused(consumer, secret.name, 'The sealed value is gone from the database.');
  return sealed;
}

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
        kind: secret.sealedAs,
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
