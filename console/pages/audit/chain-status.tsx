import type { AuditEventRow } from '@holdfast/api';
import { Text } from '@mantine/core';
import { IconAlertTriangle, IconLink } from '@tabler/icons-react';
import { CopyButton } from '../../ui/copy-button.tsx';
import { Notice } from '../../ui/notice.tsx';
import { readChain } from './chain.ts';
import classes from './chain-status.module.css';

/** Whether the listed events hang together; the newest hash, to be kept elsewhere and compared later. */
export function ChainStatus({ events, filtered }: { events: readonly AuditEventRow[]; filtered: boolean }) {
  const chain = readChain(events);
  if (chain.kind === 'broken' || (chain.kind === 'gaps' && !filtered)) {
    return (
      <div className={classes.status}>
        <Notice tone="bad" icon={<IconAlertTriangle size={16} />}>
          {chain.kind === 'broken'
            ? `Event ${chain.at.toLocaleString()} does not continue the one before it. `
            : 'Events are missing from the record. '}
          The database was changed by hand. Export the audit and run <code>holdfast audit verify</code> with a checkpoint that was kept
          elsewhere.
        </Notice>
      </div>
    );
  }
  if (chain.kind === 'gaps') return null;
  return (
    <div className={classes.status}>
      <IconLink size={15} aria-hidden />
      <Text size="xs" c="dimmed">
        The {chain.count.toLocaleString()} events shown continue each other. Newest: no. {chain.newest.sequence.toLocaleString()},{' '}
        <code title={chain.newest.hash}>{chain.newest.hash.slice(0, 16)}…</code>
      </Text>
      <CopyButton value={chain.newest.hash} what="the newest hash" />
    </div>
  );
}
