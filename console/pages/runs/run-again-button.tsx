import { getOverview, getWorkflow, listRuns, listWorkflowRuns, type Run, startRun } from '@holdfast/api';
import { Button } from '@mantine/core';
import { PlayIcon } from '@primer/octicons-react';
import { useNavigate } from '@tanstack/react-router';
import { useRef } from 'react';
import { useCommand, useEndpoint } from '../../api/endpoint-hooks.ts';
import { useOrganization } from '../../api/organization.ts';
import { LinkButton } from '../../ui/links.tsx';
import { notifyDone, notifyProblem } from '../../ui/notify.ts';
import { useSubmission } from '../../ui/use-submission.ts';
import { startedInWords } from './run-words.ts';

/**
 * A folder can be run again at once, and so can uploaded documents as long as they are kept; else new ones
 * are chosen.
 */
export function RunAgainButton({ run }: { run: Run }) {
  const organization = useOrganization();
  const navigate = useNavigate();
  const attempt = useRef<string>(undefined);
  const mayStart = organization.may('runs:start');
  const workflow = useEndpoint(getWorkflow, { params: { workflow: run.workflow.id } }, { enabled: mayStart });
  const start = useCommand(startRun, [listRuns, listWorkflowRuns, getWorkflow, getOverview]);
  const submission = useSubmission();
  if (!mayStart || workflow.data === undefined) return null;
  const uploads = workflow.data.sources.some(({ kind }) => kind === 'upload');
  if (uploads && (run.documentsRemovedAt !== null || run.items.total === 0)) {
    return (
      <LinkButton
        variant="default"
        leftSection={<PlayIcon size={15} />}
        to="/organizations/$organization/projects/$project/workflows/$workflow"
        params={{ organization: organization.slug, project: run.project.id, workflow: run.workflow.id }}
      >
        Run with other documents
      </LinkButton>
    );
  }

  async function again(signal: AbortSignal) {
    attempt.current ??= crypto.randomUUID();
    const started = await start.mutateAsync({
      params: { workflow: run.workflow.id },
      body: uploads ? { documentIds: [], documentsOf: run.id } : { documentIds: [] },
      headers: { 'idempotency-key': attempt.current },
    });
    attempt.current = undefined;
    // Who left the page meanwhile is somewhere else on purpose.
    if (signal.aborted) return notifyDone(startedInWords(started));
    await navigate({ to: '/organizations/$organization/runs/$run', params: { organization: organization.slug, run: started.id } });
  }
  return (
    <Button
      variant={run.items.failed + run.items.waiting > 0 ? 'default' : 'filled'}
      leftSection={<PlayIcon size={15} />}
      onClick={() => void submission.run(again, notifyProblem, notifyProblem)}
      loading={submission.busy}
    >
      Run again
    </Button>
  );
}
