import { deleteWorkflow, getOverview, getProject, getWorkflow, listWorkflows, type Workflow } from '@holdfast/api';
import { Button, Skeleton, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useNavigate, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { useCommand, useEndpoint } from '../../api/endpoint-hooks.ts';
import { useOrganization } from '../../api/organization.ts';
import { isUnreadable, problemOf } from '../../api/problem.ts';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { ErrorState, NoPermission } from '../../ui/error-state.tsx';
import { notifyDone } from '../../ui/notify.ts';
import { Page } from '../../ui/page.tsx';
import { Placeholder } from '../../ui/placeholder.tsx';
import { LeaveQuestion } from '../../ui/unsaved-warning.tsx';
import { NotFoundPage } from '../not-found-page.tsx';
import { ProjectBreadcrumbs } from '../projects/project-breadcrumbs.tsx';
import { CHOSEN_QUESTION } from './run-panel.tsx';
import { type EditedAs, WorkflowForm } from './workflow-form.tsx';
import { WorkflowView } from './workflow-view.tsx';

const OTHERS_MILLISECONDS = 10_000;

/** One workflow: run it, see its runs, change it. `new` in the address makes one. */
export function WorkflowPage() {
  const { project: projectId, workflow: workflowId } = useParams({
    from: '/organizations/$organization/projects/$project/workflows/$workflow',
  });
  const organization = useOrganization();
  const navigate = useNavigate();
  const isNew = workflowId === 'new';
  const project = useEndpoint(getProject, { params: { project: projectId } });
  const [editing, setEditing] = useState<EditedAs>();
  const [justSaved, setJustSaved] = useState(false);
  const [chosen, setChosen] = useState(false);
  /** How it is edited once the reader has said that the chosen documents may go. */
  const [asking, setAsking] = useState<EditedAs>();
  const beginEditing = (as: EditedAs | undefined) => {
    // Of what is left without saving nothing has to be checked.
    setJustSaved(false);
    setEditing(as);
  };
  const edit = chosen ? setAsking : beginEditing;
  const workflow = useEndpoint(
    getWorkflow,
    { params: { workflow: workflowId } },
    // Who edits hears of others before saving, and who is about to run it sees what runs.
    { enabled: !isNew, refetchInterval: OTHERS_MILLISECONDS },
  );
  const [deleting, deleteDialog] = useDisclosure(false);
  const mayWrite = organization.may('workflows:write');
  const breadcrumbs = <ProjectBreadcrumbs project={project.data} />;

  const failed = [project, workflow].find(isUnreadable);
  if (failed !== undefined) {
    if (problemOf(failed.error).code === 'not_found') return <NotFoundPage />;
    return (
      <Page title={isNew ? 'New workflow' : 'Workflow'} breadcrumbs={breadcrumbs}>
        <ErrorState what="The workflow" error={failed.error} retry={() => failed.refetch()} />
      </Page>
    );
  }
  if (isNew && !mayWrite) {
    return (
      <Page title="New workflow" breadcrumbs={breadcrumbs}>
        <NoPermission what="Viewers see workflows and their runs, and cannot make or change them." />
      </Page>
    );
  }
  if (project.data === undefined || (!isNew && workflow.data === undefined)) {
    return (
      <Page title={isNew ? 'New workflow' : 'Workflow'} breadcrumbs={breadcrumbs}>
        <Placeholder>
          <Stack>
            <Skeleton height={90} radius="lg" />
            <Skeleton height={220} radius="lg" />
          </Stack>
        </Placeholder>
      </Page>
    );
  }
  const saved = workflow.data;
  if (saved === undefined || editing !== undefined) {
    return (
      <Page
        title={saved === undefined ? 'New workflow' : `Edit ${saved.name}`}
        description="It takes documents from a source, and each of them through its steps. Runs under way keep what they started with."
        breadcrumbs={breadcrumbs}
      >
        <WorkflowForm
          project={project.data}
          workflow={saved}
          shownAs={editing ?? 'form'}
          readAgain={async () => (await workflow.refetch()).data}
          saved={(result) => {
            setEditing(undefined);
            setJustSaved(true);
            notifyDone(`${result.name} is saved.`);
            if (saved === undefined) {
              void navigate({
                to: '/organizations/$organization/projects/$project/workflows/$workflow',
                params: { organization: organization.slug, project: projectId, workflow: result.id },
                replace: true,
              });
            }
          }}
          cancel={() => {
            if (saved !== undefined) setEditing(undefined);
            else
              void navigate({
                to: '/organizations/$organization/projects/$project',
                params: { organization: organization.slug, project: projectId },
              });
          }}
        />
      </Page>
    );
  }
  return (
    <Page
      title={saved.name}
      description={saved.description === '' ? undefined : saved.description}
      breadcrumbs={breadcrumbs}
      actions={
        mayWrite ? (
          <>
            <Button variant="default" onClick={deleteDialog.open}>
              Delete
            </Button>
            <Button variant="default" onClick={() => edit('form')}>
              Edit
            </Button>
          </>
        ) : null
      }
    >
      <WorkflowView workflow={saved} justSaved={justSaved} editYaml={mayWrite ? () => edit('yaml') : undefined} onChosen={setChosen} />
      <LeaveQuestion
        question={CHOSEN_QUESTION}
        opened={asking !== undefined}
        stay={() => setAsking(undefined)}
        leave={() => {
          beginEditing(asking);
          setAsking(undefined);
        }}
      />
      <DeleteWorkflow workflow={saved} opened={deleting} close={deleteDialog.close} />
    </Page>
  );
}

function DeleteWorkflow({ workflow, opened, close }: { workflow: Workflow; opened: boolean; close: () => void }) {
  const organization = useOrganization();
  const navigate = useNavigate();
  const remove = useCommand(deleteWorkflow, [listWorkflows, getProject, getOverview]);
  return (
    <ConfirmDialog
      opened={opened}
      close={close}
      title={`Delete ${workflow.name}?`}
      confirmLabel="Delete"
      typed={workflow.lastRun === null ? undefined : workflow.name}
      confirm={async () => {
        await remove.mutateAsync({ params: { workflow: workflow.id } });
        notifyDone(`${workflow.name} is deleted.`);
        await navigate({
          to: '/organizations/$organization/projects/$project',
          params: { organization: organization.slug, project: workflow.project.id },
        });
      }}
    >
      <Text size="sm">
        {workflow.lastRun === null
          ? 'It never ran, so nothing else goes with it.'
          : 'Its runs go with it: their logs and the uploaded documents that Holdfast keeps. What was published stays where it is, and so does the audit.'}
      </Text>
    </ConfirmDialog>
  );
}
