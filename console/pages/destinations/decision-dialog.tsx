import { DESTINATIONS_AT_ONCE, decideDestinations, type SecretDestination } from '@holdfast/api';
import { List, Text, TextInput } from '@mantine/core';
import { useEffect, useState } from 'react';
import { useCommand } from '../../api/endpoint-hooks.ts';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { notifyDone } from '../../ui/notify.ts';
import { DECISION_CHANGES } from './decision-changes.ts';
import { keyOf, rowsWords, secretWords, sendersOf } from './destination-words.ts';

export interface PendingDecision {
  readonly decision: 'approve' | 'refuse' | 'revoke';
  readonly rows: readonly SecretDestination[];
}

const SHOWN = 6;
const VERBS = { approve: 'Approve', refuse: 'Refuse', revoke: 'Revoke' } as const;
const DONE = { approve: 'approved', refuse: 'refused', revoke: 'revoked' } as const;

/** Says what a decision touches before it is made. `undefined` is a closed dialog. */
export function DecisionDialog({
  pending,
  close,
  decided,
}: {
  pending: PendingDecision | undefined;
  close: () => void;
  decided: () => void;
}) {
  const decide = useCommand(decideDestinations, DECISION_CHANGES);
  const [reason, setReason] = useState('');
  useEffect(() => {
    if (pending !== undefined) setReason('');
  }, [pending]);
  const { decision, rows } = pending ?? { decision: 'approve' as const, rows: [] };
  const senders = sendersOf(rows);
  return (
    <ConfirmDialog
      opened={pending !== undefined}
      close={close}
      title={`${VERBS[decision]} ${rows.length === 1 ? 'this destination' : `${rows.length} destinations`}?`}
      confirmLabel={VERBS[decision]}
      danger={decision !== 'approve'}
      confirm={async () => {
        for (let first = 0; first < rows.length; first += DESTINATIONS_AT_ONCE) {
          const items = rows
            .slice(first, first + DESTINATIONS_AT_ONCE)
            .map(({ secret, destination }) => ({ secretId: secret.id, destination }));
          await decide.mutateAsync({ body: { decision, items, reason } });
        }
        notifyDone(`${rowsWords(rows)} ${rows.length === 1 ? 'is' : 'are'} ${DONE[decision]}.`);
        decided();
      }}
    >
      <List size="sm" my="xs" listStyleType="none">
        {rows.slice(0, SHOWN).map((row) => (
          <List.Item key={keyOf(row)} className="mono">
            {secretWords(row)} → {row.destination}
          </List.Item>
        ))}
        {rows.length > SHOWN ? <List.Item>and {rows.length - SHOWN} more</List.Item> : null}
      </List>
      <Text size="sm">
        {decision === 'approve'
          ? 'From the next use on, every component that uses the secret may send its value there. It stays so when the value is replaced.'
          : senders.count === 0
            ? 'No component sends there now.'
            : `${senders.count === 1 ? 'One component sends' : `${senders.orMore ? 'At least ' : ''}${senders.count.toLocaleString()} components send`} there now: the next use fails, and nothing is sent.`}
      </Text>
      {decision === 'approve' ? null : (
        <TextInput
          mt="md"
          label="Reason"
          description="Optional; shown at the component."
          maxLength={500}
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
      )}
    </ConfirmDialog>
  );
}
