import { getSealingKey } from '@holdfast/api';
import { fetchSealingKey as fetchKey, type Pin, type Pins, trustSigningKey as trustKey } from '@holdfast/sdk';
import type { VerifiedSealingKey } from '@holdfast/seal';
import { type UseQueryResult, useQuery } from '@tanstack/react-query';
import { client } from '../api/client.ts';
import { useOrganization } from '../api/organization.ts';
import { isFailedRead } from '../api/problem.ts';

const STALE_MILLISECONDS = 60_000;

/**
 * The organization's sealing key, fetched, checked and pinned. The first signing key, and the id of the
 * organization, that this browser sees here are remembered; when others are shown later, nothing is sealed
 * and the reader sees why.
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

/**
 * Why nothing can be sealed. A key that was checked holds while reading it again does not come through; what
 * is sealed is sealed for the key as it is then. Whatever else is answered takes the key back.
 */
export function sealingFault({ error, data }: Pick<UseQueryResult<VerifiedSealingKey>, 'error' | 'data'>): Error | undefined {
  return error === null || (data !== undefined && isFailedRead(error)) ? undefined : error;
}

export function fetchSealingKey(organization: { id: string; slug: string }, signal?: AbortSignal): Promise<VerifiedSealingKey> {
  return fetchKey(client, organization.slug, pins, { organizationId: organization.id, signal });
}

/**
 * In place of the one that this browser trusted before, when it has the fingerprint that the operator read
 * out.
 */
export function trustSigningKey(organization: { id: string; slug: string }, fingerprint: string): Promise<VerifiedSealingKey> {
  return trustKey(client, organization.slug, pins, fingerprint, { organizationId: organization.id });
}

/** A browser's storage is the address's own. */
const PIN = 'holdfast.pin';
const pins: Pins = {
  read: () => readPin(localStorage.getItem(PIN)),
  write: (_url, pin) => localStorage.setItem(PIN, JSON.stringify(pin)),
};

/** What cannot be read is an error and not “nothing trusted yet”: that would let an impostor in. */
function readPin(text: string | null): Pin | undefined {
  return text === null ? undefined : (JSON.parse(text) as Pin);
}
