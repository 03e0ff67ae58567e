import { getSealingKey } from '@holdfast/api';
import { sameFingerprint } from '@holdfast/envelope';
import { SealingKeyError, type VerifiedSealingKey, verifySealingKey } from '@holdfast/seal';
import type { Client } from './client.ts';
import { expectedOrganizationId } from './organization-id.ts';
import { type Pins, pinOrganization, pinSealingKey } from './pins.ts';

/** What the caller knows of the organization beside its short name. */
export interface SealingKeyOptions {
  /** Its id, as the session or a setup answered it. */
  readonly organizationId?: string;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Fetches the organization's sealing key and checks that the data plane signed it, for this organization (see
 * {@link expectedOrganizationId}). The first signing key and the organization's id that are seen at an
 * address are remembered in `pins`; when others are shown there later, nothing is sealed. A sealing key that
 * replaces the former one is taken, and remembered; one that is older than what was seen is not.
 *
 * @throws SealingKeyError `signing_key_changed`, `sealing_key_older`, `sealing_key_invalid` or
 * `sealing_key_of_another_organization`.
 * @throws ProblemError `sealing_key_pending` while the data plane is still making it.
 */
export async function fetchSealingKey(
  client: Client,
  organization: string,
  pins: Pins,
  options: SealingKeyOptions = {},
): Promise<VerifiedSealingKey> {
  const organizationId = await expectedOrganizationId(client, organization, pins, options.organizationId);
  // Before it is asked: an answer that is overtaken by a newer one was right when it was given.
  const seen = pins.read(client.url)?.sealingKeys?.[organizationId];
  const served = await client.call(getSealingKey, { params: { organization }, signal: options.signal });
  const pinned = pins.read(client.url);
  const key = await verifySealingKey(served, {
    organizationId,
    ...(pinned?.signingKey === undefined ? {} : { signingKey: pinned.signingKey }),
    ...(seen === undefined ? {} : { seen }),
  });
  if (pinned?.signingKey === undefined) pins.write(client.url, { ...pinned, signingKey: key.signingKey });
  pinOrganization(pins, client.url, { slug: organization, id: organizationId });
  pinSealingKey(pins, client.url, organizationId, key);
  return key;
}

/**
 * Trusts the signing key that the server shows now, in place of what was trusted at its address before, when
 * it has this fingerprint: the one that the operator reads on the server. Case and separators do not matter.
 * What short names stood for there, and which sealing keys were seen, is forgotten with it.
 *
 * @throws SealingKeyError `signing_key_changed` when it has another fingerprint; nothing is trusted then.
 */
export async function trustSigningKey(
  client: Client,
  organization: string,
  pins: Pins,
  fingerprint: string,
  options: SealingKeyOptions = {},
): Promise<VerifiedSealingKey> {
  const forgotten: Pins = { read: () => undefined, write: () => {} };
  const organizationId = await expectedOrganizationId(client, organization, forgotten, options.organizationId);
  const key = await verifySealingKey(await client.call(getSealingKey, { params: { organization } }), { organizationId });
  if (!sameFingerprint(fingerprint, key.signingKeyFingerprint)) {
    throw new SealingKeyError(
      'signing_key_changed',
      `The signing key has the fingerprint ${key.signingKeyFingerprint}, not the one that was named.`,
      'Nothing was trusted. Ask the operator for the fingerprint that holdfast start prints on the server.',
    );
  }
  pins.write(client.url, {
    signingKey: key.signingKey,
    organizations: { [organization]: organizationId },
    sealingKeys: { [organizationId]: { generation: key.generation, keyId: key.keyId } },
  });
  return key;
}
