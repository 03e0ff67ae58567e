import {
  getOverview,
  getWorkflow,
  listRuns,
  listWorkflowRuns,
  listWorkflows,
  type Preflight,
  startRun,
  type Workflow,
} from '@holdfast/api';
import { Box, Button, Group, Text } from '@mantine/core';
import { AlertIcon, PlayIcon } from '@primer/octicons-react';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { useCommand } from '../../api/endpoint-hooks.ts';
import { useOrganization } from '../../api/organization.ts';
import { isConnectionProblem, problemOf, type ShownProblem } from '../../api/problem.ts';
import { Panel } from '../../forms/panel.tsx';
import { FormProblem } from '../../ui/error-state.tsx';
import { Notice } from '../../ui/notice.tsx';
import { notifyDone, notifyProblem } from '../../ui/notify.ts';
import { useUnsavedWarning } from '../../ui/unsaved-warning.tsx';
import { useSubmission } from '../../ui/use-submission.ts';
import { startedInWords } from '../runs/run-words.ts';
import { DocumentDrop } from './document-drop.tsx';
import classes from './run-panel.module.css';
import { UploadList } from './upload-list.tsx';
import { repeatedNames, useUploads } from './use-uploads.ts';
import { sizeInWords } from './workflow-words.ts';

interface RunPanelProps {
  workflow: Workflow;
  /** What a check of the workflow as it is has found; `undefined` when nobody has asked. */
  preflight: Preflight | undefined;
  /** Gets whether documents are chosen that no run has yet. */
  onChosen: (chosen: boolean) => void;
}

/** Asked before the page is left while documents are chosen. */
export const CHOSEN_QUESTION = {
  title: 'Leave without a run?',
  text: 'The documents that you chose are in no run yet, and would have to be chosen again.',
  leave: 'Leave',
};

/** Chooses the documents, when they are uploaded, and starts the run; says before what it would fail at. */
export function RunPanel({ workflow, preflight, onChosen }: RunPanelProps) {
  const organization = useOrganization();
  const navigate = useNavigate();
  const start = useCommand(startRun, [listRuns, listWorkflowRuns, getWorkflow, listWorkflows, getOverview]);
  const uploads = useUploads(organization.slug, workflow.project.id);
  const submission = useSubmission();
  const [problem, setProblem] = useState<ShownProblem>();
  // The same press, repeated after a broken connection, must not start a second run.
  const attempt = useRef<string>(undefined);
  const { documents } = uploads;
  const chosen = documents.length > 0;
  const warning = useUnsavedWarning(chosen, CHOSEN_QUESTION);
  useEffect(() => {
    onChosen(chosen);
    return () => onChosen(false);
  }, [onChosen, chosen]);
  const uploading = documents.some((document) => document.state === 'waiting' || document.state === 'uploading');
  const failed = documents.filter((document) => document.state === 'failed').length;
  const repeated = repeatedNames(documents).size;
  const takesUploads = workflow.sources.some(({ kind }) => kind === 'upload');
  const needsUploads = workflow.sources.every(({ kind }) => kind === 'upload');
  const ready = !takesUploads || ((documents.length > 0 || !needsUploads) && !uploading && failed === 0 && repeated === 0);

  /** With other documents it is another press: the server answers a repeated one with its former run. */
  function withOthers<Arguments extends unknown[]>(change: (...given: Arguments) => void) {
    return (...given: Arguments) => {
      attempt.current = undefined;
      change(...given);
    };
  }

  async function run(signal: AbortSignal) {
    setProblem(undefined);
    attempt.current ??= crypto.randomUUID();
    const documentIds = documents.flatMap((document) => document.documentId ?? []);
    const started = await start.mutateAsync({
      params: { workflow: workflow.id },
      body: { documentIds: takesUploads ? documentIds : [] },
      headers: { 'idempotency-key': attempt.current },
    });
    // Who left the page meanwhile is somewhere else on purpose.
    if (signal.aborted) return notifyDone(startedInWords(started));
    warning.allow();
    await navigate({ to: '/organizations/$organization/runs/$run', params: { organization: organization.slug, run: started.id } });
  }

  function show(error: unknown) {
    if (!isConnectionProblem(error)) attempt.current = undefined;
    setProblem(problemOf(error));
  }

  return (
    <Panel title="Run">
      {takesUploads ? (
        <>
          <DocumentDrop add={withOthers(uploads.add)} />
          <UploadList documents={documents} remove={withOthers(uploads.remove)} retry={uploads.retry} />
        </>
      ) : (
        <Text>{takenInWords(workflow.sources)} Documents that are there already and have not changed are left as they are.</Text>
      )}
      <FormProblem problem={problem} />
      <Group mt="md" gap="sm">
        <Button
          leftSection={<PlayIcon size={15} />}
          disabled={!ready}
          loading={submission.busy}
          onClick={() => void submission.run(run, show, notifyProblem)}
        >
          Run
        </Button>
        {documents.length > 0 ? (
          <Button variant="default" onClick={withOthers(uploads.clear)}>
            Remove all
          </Button>
        ) : null}
        <Text size="sm" c="dimmed" role="status">
          {takesUploads
            ? waitingFor({
                count: documents.length,
                needed: needsUploads,
                uploading,
                failed,
                repeated,
                bytes: documents.reduce((sum, { file }) => sum + file.size, 0),
              })
            : null}
        </Text>
      </Group>
      <Prospect workflow={workflow} preflight={preflight} />
      {warning.dialog}
    </Panel>
  );
}

/** What is known of how a run would end, beside the button that starts it all the same. */
function Prospect({ workflow: { version, broken }, preflight }: Pick<RunPanelProps, 'workflow' | 'preflight'>) {
  // Without a version nothing runs; the API says so.
  const failed = version === null ? [] : (preflight?.checks.filter(({ passed }) => !passed) ?? []);
  const known =
    failed.length > 0
      ? failed.map(({ component, detail }) => `${component === null ? '' : `${component.name}: `}${detail}`)
      : broken === null
        ? []
        : [broken.detail];
  const [only] = known;
  if (only === undefined) return null;
  return (
    <Box mt="sm">
      <Notice tone="warn" icon={<AlertIcon size={16} />}>
        <b>{broken?.code === 'data_plane_unavailable' ? 'A run would wait, or fail.' : 'A run would fail.'}</b>{' '}
        {known.length === 1 ? (
          only
        ) : (
          <ul className={classes.reasons}>
            {known.map((reason) => (
              <li key={reason}>{reason}</li>
            ))}
          </ul>
        )}
      </Notice>
    </Box>
  );
}

function waitingFor(facts: {
  count: number;
  needed: boolean;
  uploading: boolean;
  failed: number;
  repeated: number;
  bytes: number;
}): string {
  if (facts.count === 0) return facts.needed ? 'Choose documents first.' : 'Without documents, a run takes those of the other sources.';
  if (facts.uploading) return 'Uploading…';
  if (facts.failed > 0) return 'Upload the failed documents again, or remove them.';
  if (facts.repeated > 0) return 'Two documents have the same name.';
  return `${facts.count.toLocaleString()} ${facts.count === 1 ? 'document' : 'documents'}, ${sizeInWords(facts.bytes)}.`;
}

function takenInWords(sources: Workflow['sources']): string {
  const several = sources.length > 1;
  if (sources.every(({ kind }) => kind === 'folder')) {
    return `Every file that is in the ${several ? 'folders' : 'folder'} when the run starts is taken.`;
  }
  const isNew = sources.every((source) => source.kind === 'component' && source.documents === 'new');
  return `Every ${isNew ? 'new ' : ''}document that the ${several ? 'sources have' : 'source has'} when the run starts is taken.`;
}
