import { decideSecretRequest, getOverview, listAudit, listSecretRequests, type SecretRequest, withdrawSecretRequest } from '@holdfast/api';
import { Text, TextInput } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { useCommand } from '../../api/endpoint-hooks.ts';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { notifyDone, notifyProblem } from '../../ui/notify.ts';
import { AddSecretDialog } from '../secrets/dialogs.tsx';

const CHANGED = [listSecretRequests, getOverview, listAudit];

/** What a reader does about a request; all but `fulfil` ask in a dialog first. */
export interface RequestAnswers {
  add: (request: SecretRequest) => void;
  decline: (request: SecretRequest) => void;
  withdraw: (request: SecretRequest) => void;
  fulfil: (request: SecretRequest) => Promise<void>;
}

/**
 * The answers to requests, and the dialogs of them. The dialogs stand outside of the list: somebody else may
 * have answered its last request while a value is typed.
 */
export function useRequestAnswers(): { answers: RequestAnswers; dialogs: ReactNode } {
  const decide = useCommand(decideSecretRequest, CHANGED);
  const withdraw = useCommand(withdrawSecretRequest, CHANGED);
  const [adding, setAdding] = useState<SecretRequest>();
  const [declining, setDeclining] = useState<SecretRequest>();
  const [withdrawing, setWithdrawing] = useState<SecretRequest>();
  const [reason, setReason] = useState('');

  async function fulfil(request: SecretRequest, secretName: string) {
    try {
      await decide.mutateAsync({ params: { request: request.id }, body: { decision: 'fulfil', secretName } });
      notifyDone(`${request.askedBy.name} can now choose ${secretName}.`);
    } catch (error) {
      notifyProblem(error);
    }
  }

  const dialogs = (
    <>
      <AddSecretDialog
        key={adding?.id}
        opened={adding !== undefined}
        close={() => setAdding(undefined)}
        name={adding?.name ?? ''}
        added={(name) => adding !== undefined && void fulfil(adding, name)}
      />
      <ConfirmDialog
        opened={declining !== undefined}
        close={() => setDeclining(undefined)}
        title={`Decline the request for ${declining?.name ?? ''}?`}
        confirmLabel="Decline"
        confirm={async () => {
          if (declining === undefined) return;
          await decide.mutateAsync({ params: { request: declining.id }, body: { decision: 'decline', reason } });
          notifyDone(`The request for ${declining.name} is declined.`);
        }}
      >
        <TextInput
          label="Reason"
          description={`Optional; shown to ${declining?.askedBy.name ?? ''}.`}
          maxLength={500}
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
      </ConfirmDialog>
      <ConfirmDialog
        opened={withdrawing !== undefined}
        close={() => setWithdrawing(undefined)}
        title={`Withdraw the request for ${withdrawing?.name ?? ''}?`}
        confirmLabel="Withdraw"
        danger={false}
        confirm={async () => {
          if (withdrawing === undefined) return;
          await withdraw.mutateAsync({ params: { request: withdrawing.id } });
          notifyDone(`The request for ${withdrawing.name} is withdrawn.`);
        }}
      >
        <Text size="sm">Nobody is asked for it any more. You can ask again.</Text>
      </ConfirmDialog>
    </>
  );
  const answers: RequestAnswers = {
    add: setAdding,
    decline: (request) => {
      setReason('');
      setDeclining(request);
    },
    withdraw: setWithdrawing,
    fulfil: (request) => fulfil(request, request.name),
  };
  return { answers, dialogs };
}
