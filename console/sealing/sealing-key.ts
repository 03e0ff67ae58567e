import { getSealingKey } from '@holdfast/api';
import { fetchSealingKey as fetchKey, type SigningKeyPins } from '@holdfast/sdk';
import type { VerifiedSealingKey } from '@holdfast/seal';
import { useQuery } from '@tanstack/react-query';
import { client } from '../api/client.ts';
import { useOrganization } from '../api/organization.ts';

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
    queryFn: ({ signal }) => fetchSealingKey(organization, signal),
  });
}

export function fetchSealingKey(organization: { id: string; slug: string }, signal?: AbortSignal): Promise<VerifiedSealingKey> {
  return fetchKey(client, organization.slug, pins, { organizationId: organization.id, signal });
}

const pins: SigningKeyPins = {
  read: (instanceId) => pinnedSigningKey(instanceId) ?? undefined,
  write: (instanceId, signingKey) => localStorage.setItem(pinName(instanceId), signingKey),
};

const pinName = (instanceId: string) => `holdfast.signing-key.${instanceId}`;

/** The public signing key that this browser remembers of the instance; `null` when it has seen none. */
export function pinnedSigningKey(instanceId: string): string | null {
  return localStorage.getItem(pinName(instanceId));
}

/** For the settings page, after the reader has compared fingerprints with the operator. */
export function forgetSigningKey(instanceId: string): void {
  localStorage.removeItem(pinName(instanceId));
}
