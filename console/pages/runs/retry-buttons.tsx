import { getOverview, getRun, getWorkflow, listRunItems, listRunLog, listRuns, listWorkflowRuns, type Run, retryRun } from '@holdfast/api';
import { Button } from '@mantine/core';
import { SyncIcon } from '@primer/octicons-react';
import { useCallback } from 'react';
import { useCommand } from '../../api/endpoint-hooks.ts';
import { useOrganization } from '../../api/organization.ts';
import { notifyDone, notifyProblem } from '../../ui/notify.ts';

const CHANGED = [getRun, listRuns, listWorkflowRuns, listRunItems, listRunLog, getWorkflow, getOverview];

/** Takes the run up again; answers what does it, and whether it is being asked for. */
export function useRetry(run: Run) {
  const { mutateAsync, isPending } = useCommand(retryRun, CHANGED);
  const runId = run.id;
  const retry = useCallback(
    async (what: { items?: 'unfinished' | 'failed'; itemIds?: string[] }, said: string): Promise<boolean> => {
      try {
        await mutateAsync({ params: { run: runId }, body: what });
        notifyDone(said);
        return true;
      } catch (error) {
        notifyProblem(error);
        return false;
      }
    },
    [mutateAsync, runId],
  );
  return { retry, isPending };
}

/** Whether there is something of the run that the reader can try again. */
export function useMayRetry(run: Run): boolean {
  const { may } = useOrganization();
  return may('runs:start') && run.finishedAt !== null && run.documentsRemovedAt === null;
}

/** For a run that has ended and left something undone: goes on with it. */
export function RetryButtons({ run }: { run: Run }) {
  const { retry, isPending } = useRetry(run);
  const { failed, waiting, total } = run.items;
  const undone = failed + waiting;
  if (!useMayRetry(run) || run.status === 'succeeded' || (undone === 0 && total > 0)) return null;
  const resumes = run.status === 'cancelled';
  return (
    <>
      {failed > 0 && waiting > 0 ? (
        <Button
          variant="default"
          disabled={isPending}
          onClick={() => void retry({ items: 'failed' }, `${documents(failed)} ${failed === 1 ? 'is' : 'are'} tried again.`)}
        >
          Try {failed.toLocaleString()} failed again
        </Button>
      ) : null}
      <Button
        leftSection={<SyncIcon size={15} />}
        loading={isPending}
        onClick={() =>
          void retry({ items: 'unfinished' }, undone === 0 ? 'The run begins again.' : `The run goes on with ${documents(undone)}.`)
        }
      >
        {resumes ? 'Resume' : waiting === 0 && failed > 0 ? `Try ${failed.toLocaleString()} again` : 'Go on with the run'}
      </Button>
    </>
  );
}

function documents(count: number): string {
  return count === 1 ? 'one document' : `${count.toLocaleString()} documents`;
}
