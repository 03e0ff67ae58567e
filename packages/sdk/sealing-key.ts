import { getSealingKey } from '@holdfast/api';
import { type VerifiedSealingKey, verifySealingKey } from '@holdfast/seal';
import type { Client } from './client.ts';

/**
 * The signing keys that were trusted before, by instance; base64url. A browser keeps them in its storage, the command line in
 * the profile of `holdfast login`.
 */
export interface SigningKeyPins {
  read(instanceId: string): string | undefined;
  write(instanceId: string, signingKey: string): void;
}

/**
 * Fetches the organization's sealing key and checks the data plane's signature on it. The first signing key that is seen of an instance
 * is remembered in `pins`; when the instance later shows another, nothing is sealed.
 *
 * @throws SealingKeyError `signing_key_changed`, `sealing_key_invalid` or `sealing_key_of_another_organization`.
 * @throws ProblemError `sealing_key_pending` while the data plane is still making it.
 */
export async function fetchSealingKey(
  client: Client,
  organization: string,
  pins: SigningKeyPins,
  options: { readonly organizationId?: string; readonly signal?: AbortSignal | undefined } = {},
): Promise<VerifiedSealingKey> {
  const served = await client.call(getSealingKey, { params: { organization }, signal: options.signal });
  const pinned = pins.read(served.instanceId);
  const key = await verifySealingKey(served, {
    ...(options.organizationId === undefined ? {} : { organizationId: options.organizationId }),
    ...(pinned === undefined ? {} : { signingKey: pinned }),
  });
  if (pinned === undefined) pins.write(served.instanceId, key.signingKey);
  return key;
}
