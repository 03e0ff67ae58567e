import { getSealingKey } from '@holdfast/api';
import { sameFingerprint } from '@holdfast/envelope';
import { SealingKeyError, type VerifiedSealingKey, verifySealingKey } from '@holdfast/seal';
import type { Client } from './client.ts';

/**
 * The signing keys that were trusted before, by the address of the server; base64url. Not by the id of the instance: a server that
 * was taken over could show another id with a key of its own. A browser keeps them in its storage, which is the address's own, the
 * command line in the profile of `holdfast login`.
 */
export interface SigningKeyPins {
  read(url: string): string | undefined;
  write(url: string, signingKey: string): void;
}

/**
 * Fetches the organization's sealing key and checks the data plane's signature on it. The first signing key that is seen at an address is
 * remembered in `pins`; when another one is shown there later, nothing is sealed.
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
  const pinned = pins.read(client.url);
  const key = await verifySealingKey(served, {
    ...(options.organizationId === undefined ? {} : { organizationId: options.organizationId }),
    ...(pinned === undefined ? {} : { signingKey: pinned }),
  });
  if (pinned === undefined) pins.write(client.url, key.signingKey);
  return key;
}

/**
 * Trusts the signing key that the server shows now, in place of the one that was trusted before, when it has this fingerprint: the one
 * that the operator reads on the server. Case and separators do not matter.
 *
 * @throws SealingKeyError `signing_key_changed` when it has another fingerprint; nothing is trusted then.
 */
export async function trustSigningKey(
  client: Client,
  organization: string,
  pins: SigningKeyPins,
  fingerprint: string,
): Promise<VerifiedSealingKey> {
  const key = await verifySealingKey(await client.call(getSealingKey, { params: { organization } }));
  if (!sameFingerprint(fingerprint, key.signingKeyFingerprint)) {
    throw new SealingKeyError(
      'signing_key_changed',
      `The signing key has the fingerprint ${key.signingKeyFingerprint}, not the one that was named.`,
      'Nothing was trusted. Ask the operator for the fingerprint that holdfast start prints on the server.',
    );
  }
  pins.write(client.url, key.signingKey);
  return key;
}
