import { getAuditProof } from '@holdfast/api';
import { Button } from '@mantine/core';
import { VerifiedIcon } from '@primer/octicons-react';
import { useCommand } from '../../api/endpoint-hooks.ts';
import { useRecordState } from '../../api/record-state.ts';
import { copyText, saveText } from '../../ui/copy-text.ts';
import { notifyDone, notifyProblem } from '../../ui/notify.ts';
import { isSigned } from './record-words.ts';

/**
 * Copies the proof that an event is in the signed record: a file that `holdfast audit verify` and other tools
 * check alone.
 */
export function CopyProof({ sequence }: { sequence: number }) {
  const state = useRecordState(true);
  const fetching = useCommand(getAuditProof);
  const signed = state.data !== undefined && isSigned(state.data, sequence);
  const copy = async () => {
    try {
      const proof = fetching.mutateAsync({ params: { sequence: String(sequence) } }).then((answer) => answer.proof);
      const copied = await copyText(proof);
      if (!copied) saveText(`proof-of-event-${sequence}.txt`, await proof);
      const done = copied ? 'copied' : 'saved as a file, since the browser does not let this page copy';
      notifyDone(`The proof of event ${sequence.toLocaleString()} is ${done}. Check it with: holdfast audit verify FILE`);
    } catch (error) {
      notifyProblem(error);
    }
  };
  return (
    <Button
      size="compact-xs"
      variant="default"
      leftSection={<VerifiedIcon size={14} />}
      onClick={copy}
      loading={fetching.isPending}
      disabled={!signed}
      title={signed ? undefined : 'Not signed yet: the data plane signs the record within a minute.'}
    >
      Copy proof
    </Button>
  );
}
