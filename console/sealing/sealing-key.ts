import { getSealingKey } from '@holdfast/api';
import { fingerprint } from '@holdfast/envelope';
import { type VerifiedSealingKey, verifySealingKey } from '@holdfast/seal';
import { useQuery } from '@tanstack/react-query';
import { client } from '../api/client.ts';
import { useOrganization } from '../api/organization.ts';

/** A sealing key whose signature was checked in this browser, ready to seal with. */
export interface CheckedSealingKey {
  key: VerifiedSealingKey;
  /** Four groups of four hexadecimal digits. */
  fingerprint: string;
  generation: number;
}

const STALE_MILLISECONDS = 60_000;

/**
 * The organization's sealing key, fetched, checked and pinned. The first signing key that this browser sees of an
 * instance is remembered; when the instance later shows another, nothing is sealed and the reader is told.
 */
export function useSealingKey(enabled = true) {
  const organization = useOrganization();
  return useQuery({
    queryKey: [getSealingKey.id, organization.slug],
    enabled: enabled && organization.may('sealing-key:read'),
    staleTime: STALE_MILLISECONDS,
    queryFn: ({ signal }) => fetchSealingKey(organization.slug, signal),
  });
}

export async function fetchSealingKey(organization: string, signal?: AbortSignal): Promise<CheckedSealingKey> {
  const served = await client.call(getSealingKey, { params: { organization }, ...(signal === undefined ? {} : { signal }) });
  const pinned = pinnedSigningKey(served.instanceId);
  const key = await verifySealingKey(served, pinned === null ? undefined : { signingKey: pinned });
  if (pinned === null) pinSigningKey(served.instanceId, served.signingKey);
  return { key, fingerprint: await fingerprint(fromBase64url(served.publicKey)), generation: served.generation };
}

const pinName = (instanceId: string) => `holdfast.signing-key.${instanceId}`;

/** The public signing key that this browser remembers of the instance; `null` when it has seen none. */
export function pinnedSigningKey(instanceId: string): string | null {
  return localStorage.getItem(pinName(instanceId));
}

function pinSigningKey(instanceId: string, signingKey: string): void {
  localStorage.setItem(pinName(instanceId), signingKey);
}

/** For the settings page, after the reader has compared fingerprints with the operator. */
export function forgetSigningKey(instanceId: string): void {
  localStorage.removeItem(pinName(instanceId));
}

function fromBase64url(text: string): Uint8Array {
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}
