import {
  cancelRun,
  getRun,
  getWorkflow,
  itemCountsInWords,
  listRunItems,
  listRunLog,
  listRuns,
  type Run,
  starterInWords,
} from '@holdfast/api';
import { Button, Skeleton, Stack, Tabs, Text, VisuallyHidden } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useParams } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { useCommand, useEndpoint } from '../../api/endpoint-hooks.ts';
import { useOrganization } from '../../api/organization.ts';
import { isUnreadable, problemOf } from '../../api/problem.ts';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { ErrorState } from '../../ui/error-state.tsx';
import { TextLink } from '../../ui/links.tsx';
import { Notice } from '../../ui/notice.tsx';
import { notifyDone } from '../../ui/notify.ts';
import { Page } from '../../ui/page.tsx';
import { Placeholder } from '../../ui/placeholder.tsx';
import { RelativeTime } from '../../ui/relative-time.tsx';
import { NotFoundPage } from '../not-found-page.tsx';
import { RetryButtons } from './retry-buttons.tsx';
import { RunAgainButton } from './run-again-button.tsx';
import { RunFailure } from './run-failure.tsx';
import { RunItems } from './run-items.tsx';
import { RunLog } from './run-log.tsx';
import { RunProgress } from './run-progress.tsx';
import { isActive, RunStatus } from './run-status.tsx';
import { RunSteps } from './run-steps.tsx';
import { useLiveRun } from './use-live-run.ts';

/** While the page does not hear from the server by itself. */
const POLL_MILLISECONDS = 1_000;
/** While it does: in case that something stays away unnoticed. */
const LIVE_POLL_MILLISECONDS = 15_000;

/** One run, as it goes: how far each document is, what went wrong and where to fix it. */
export function RunPage() {
  const { run: runId } = useParams({ from: '/organizations/$organization/runs/$run' });
  const [live, setLive] = useState(false);
  const run = useEndpoint(
    getRun,
    { params: { run: runId } },
    {
      refetchInterval: (latest) =>
        latest !== undefined && isActive(latest.status) ? (live ? LIVE_POLL_MILLISECONDS : POLL_MILLISECONDS) : false,
    },
  );
  const active = run.data !== undefined && isActive(run.data.status);
  const hears = useLiveRun(runId, active);
  useEffect(() => setLive(hears), [hears]);
  const breadcrumbs = <RunBreadcrumbs run={run.data} />;

  if (isUnreadable(run)) {
    if (problemOf(run.error).code === 'not_found') return <NotFoundPage />;
    return (
      <Page title="Run" breadcrumbs={breadcrumbs}>
        <ErrorState what="The run" error={run.error} retry={() => run.refetch()} />
      </Page>
    );
  }
  if (run.data === undefined) {
    return (
      <Page title="Run" breadcrumbs={breadcrumbs}>
        <Placeholder>
          <Stack>
            <Skeleton height={70} radius="lg" />
            <Skeleton height={240} radius="lg" />
          </Stack>
        </Placeholder>
      </Page>
    );
  }
  return (
    <Page
      title={`${run.data.workflow.name} #${run.data.number}`}
      description={
        <>
          <RunStatus status={run.data.status} /> Started <RelativeTime time={run.data.createdAt} /> by {starterInWords(run.data.startedBy)}
          {run.data.retriedAt === null || run.data.retriedBy === null ? null : (
            <>
              , taken up again <RelativeTime time={run.data.retriedAt} /> by {run.data.retriedBy.name}
            </>
          )}
          .
        </>
      }
      breadcrumbs={breadcrumbs}
      actions={
        active ? (
          <CancelButton run={run.data} />
        ) : (
          <>
            <RunAgainButton key={runId} run={run.data} />
            <RetryButtons run={run.data} />
          </>
        )
      }
    >
      <SaysTheEnd key={runId} run={run.data} />
      <Stack gap="lg">
        {run.isError ? <ErrorState what="The run" error={run.error} retry={() => run.refetch()} /> : null}
        <RunFailure run={run.data} />
        {run.data.waitsFor === null ? null : <Notice tone="warn">{run.data.waitsFor}</Notice>}
        {run.data.documentsRemovedAt === null ? null : (
          <Text size="sm" c="dimmed">
            The uploaded documents of this run were removed <RelativeTime time={run.data.documentsRemovedAt} />. What it published stays.
          </Text>
        )}
        <KeptUntil run={run.data} />
        <RunProgress run={run.data} />
        <RunSteps run={run.data} active={active} live={live} />
        <Tabs defaultValue="documents" keepMounted={false}>
          <Tabs.List mb="md">
            <Tabs.Tab value="documents">Documents</Tabs.Tab>
            <Tabs.Tab value="log">Log</Tabs.Tab>
          </Tabs.List>
          <Tabs.Panel value="documents">
            <RunItems run={run.data} active={active} live={live} />
          </Tabs.Panel>
          <Tabs.Panel value="log">
            <RunLog run={run.data} active={active} live={live} />
          </Tabs.Panel>
        </Tabs>
      </Stack>
    </Page>
  );
}

/** For screen readers: how a run has ended that was under way when its page was opened. */
function SaysTheEnd({ run }: { run: Run }) {
  const active = isActive(run.status);
  const [seenActive, setSeenActive] = useState(active);
  if (active && !seenActive) setSeenActive(true);
  return (
    <VisuallyHidden role="status">
      {seenActive && !active ? `The run has ended: ${run.status}, ${itemCountsInWords(run.items, false)}.` : null}
    </VisuallyHidden>
  );
}

/** What of the run goes, and when, unless it stays. */
function KeptUntil({ run }: { run: Run }) {
  const { documents, log, run: whole } = run.keptUntil;
  const parts = [
    ...(documents === null ? [] : [{ name: 'Its documents', time: documents }]),
    ...(log === null ? [] : [{ name: 'Its log', time: log }]),
    ...(whole === null ? [] : [{ name: 'The run itself', time: whole }]),
  ];
  if (parts.length === 0) return null;
  return (
    <Text size="sm" c="dimmed">
      {parts.map(({ name, time }, index) => (
        <span key={name}>
          {index === 0 ? null : ' '}
          {name} {name.endsWith('documents') ? 'are' : 'is'} removed <RelativeTime time={time} />.
        </span>
      ))}
    </Text>
  );
}

function RunBreadcrumbs({ run }: { run: Run | undefined }) {
  const organization = useOrganization();
  return (
    <>
      <TextLink size="sm" to="/organizations/$organization/runs" params={{ organization: organization.slug }}>
        Runs
      </TextLink>
      {run === undefined ? null : (
        <>
          <span aria-hidden>/</span>
          <TextLink
            size="sm"
            to="/organizations/$organization/projects/$project/workflows/$workflow"
            params={{ organization: organization.slug, project: run.project.id, workflow: run.workflow.id }}
          >
            {run.workflow.name}
          </TextLink>
        </>
      )}
    </>
  );
}

function CancelButton({ run }: { run: Run }) {
  const organization = useOrganization();
  const cancel = useCommand(cancelRun, [getRun, listRuns, listRunItems, listRunLog, getWorkflow]);
  const [asking, dialog] = useDisclosure(false);
  if (!organization.may('runs:start')) return null;
  return (
    <>
      <Button variant="default" onClick={dialog.open}>
        Cancel the run
      </Button>
      <ConfirmDialog
        opened={asking}
        close={dialog.close}
        title="Cancel the run?"
        confirmLabel="Cancel the run"
        cancelLabel="Let it go on"
        confirm={async () => {
          await cancel.mutateAsync({ params: { run: run.id } });
          notifyDone('The run is being cancelled.');
        }}
      >
        <Text size="sm">
          What is being published now is stopped and counts as not published; what waits is not sent. What was published stays. While its
          documents are kept, the run can be resumed with what is left.
        </Text>
      </ConfirmDialog>
    </>
  );
}
