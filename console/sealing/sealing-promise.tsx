import type { VerifiedSealingKey } from '@holdfast/seal';
import { Loader, Text } from '@mantine/core';
import { LockIcon } from '@primer/octicons-react';
import type { UseQueryResult } from '@tanstack/react-query';
import { useOrganization } from '../api/organization.ts';
import { ErrorState } from '../ui/error-state.tsx';
import { Notice } from '../ui/notice.tsx';
import { NotRead, useAway } from '../ui/placeholder.tsx';
import { sealingFault } from './use-sealing-key.ts';

/**
 * Says, once and quietly, with which key the value is sealed before it leaves; or why nothing can be sealed
 * now.
 */
export function SealingPromise({ sealingKey }: { sealingKey: UseQueryResult<VerifiedSealingKey> }) {
  const organization = useOrganization();
  const away = useAway();
  const fault = sealingFault(sealingKey);
  if (sealingKey.data === undefined && away) return <NotRead what="The sealing key" />;
  if (fault !== undefined) return <ErrorState what="The sealing key" error={fault} retry={() => sealingKey.refetch()} />;
  if (sealingKey.data === undefined) {
    return (
      <Notice icon={<Loader size={13} />}>
        <span>Checking the sealing key…</span>
      </Notice>
    );
  }
  return (
    <Notice icon={<LockIcon size={16} />}>
      Sealed in this browser with {organization.name}’s key{' '}
      <Text span className="mono">
        {sealingKey.data.fingerprint}
      </Text>{' '}
      before it is sent.
    </Notice>
  );
}
