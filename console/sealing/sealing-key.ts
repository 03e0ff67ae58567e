import { getSealingKey } from '@holdfast/api';
import { fetchSealingKey as fetchKey, type SigningKeyPins, trustSigningKey as trustKey } from '@holdfast/sdk';
import type { VerifiedSealingKey } from '@holdfast/seal';
import { useQuery } from '@tanstack/react-query';
import { client } from '../api/client.ts';
import { useOrganization } from '../api/organization.ts';

const STALE_MILLISECONDS = 60_000;

/**
 * The organization's sealing key, fetched, checked and pinned. The first signing key that this browser sees here
 * is remembered; when another is shown later, nothing is sealed and the reader is told.
 */
export function useSealingKey(enabled = true) {
  const organization = useOrganization();
  return useQuery({
    queryKey: [getSealingKey.id, organization.slug],
    enabled: enabled && organization.may('sealing-key:read'),
    staleTime: STALE_MILLISECONDS,
    queryFn: ({ signal }) => fetchSealingKey(organization, signal),
  });
}

export function fetchSealingKey(organization: { id: string; slug: string }, signal?: AbortSignal): Promise<VerifiedSealingKey> {
  return fetchKey(client, organization.slug, pins, { organizationId: organization.id, signal });
}

/** In place of the one that this browser trusted before, when it has the fingerprint that the operator read out. */
export function trustSigningKey(organization: { slug: string }, fingerprint: string): Promise<VerifiedSealingKey> {
  return trustKey(client, organization.slug, pins, fingerprint);
}

/** A browser's storage is the address's own. */
const PIN = 'holdfast.signing-key';
const pins: SigningKeyPins = {
  read: () => localStorage.getItem(PIN) ?? undefined,
  write: (_url, signingKey) => localStorage.setItem(PIN, signingKey),
};
