import { deleteProject, getOverview, getProject, listProjects, type Project } from '@holdfast/api';
import { Button, Menu, Skeleton, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { ChevronDownIcon } from '@primer/octicons-react';
import { useNavigate, useParams } from '@tanstack/react-router';
import { useCommand, useEndpoint } from '../../api/endpoint-hooks.ts';
import { useOrganization } from '../../api/organization.ts';
import { isUnreadable, problemOf } from '../../api/problem.ts';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { ErrorState } from '../../ui/error-state.tsx';
import { notifyDone } from '../../ui/notify.ts';
import { Page } from '../../ui/page.tsx';
import { Placeholder } from '../../ui/placeholder.tsx';
import { RelativeTime } from '../../ui/relative-time.tsx';
import { NotFoundPage } from '../not-found-page.tsx';
import { EmptyProject } from './empty-project.tsx';
import { ProjectBreadcrumbs } from './project-breadcrumbs.tsx';
import { ProjectComponents } from './project-components.tsx';
import { ProjectDialog } from './project-dialog.tsx';
import { counted } from './project-words.ts';
import { ProjectWorkflows } from './project-workflows.tsx';

/** One project: its components with the secrets they use, and its workflows. */
export function ProjectPage() {
  const { project: projectId } = useParams({ from: '/organizations/$organization/projects/$project' });
  const organization = useOrganization();
  const project = useEndpoint(getProject, { params: { project: projectId } });
  const [editing, editDialog] = useDisclosure(false);
  const [deleting, deleteDialog] = useDisclosure(false);

  if (isUnreadable(project)) {
    if (problemOf(project.error).code === 'not_found') return <NotFoundPage />;
    return (
      <Page title="Project" breadcrumbs={<ProjectBreadcrumbs project={undefined} />}>
        <ErrorState what="The project" error={project.error} retry={() => project.refetch()} />
      </Page>
    );
  }
  if (project.data === undefined) {
    return (
      <Page title="Project" breadcrumbs={<ProjectBreadcrumbs project={undefined} />}>
        <Placeholder>
          <Stack>
            <Skeleton height={20} width={280} />
            <Skeleton height={140} />
          </Stack>
        </Placeholder>
      </Page>
    );
  }
  const mayWrite = organization.may('projects:write');
  return (
    <Page
      title={project.data.name}
      description={
        <>
          {project.data.description === '' ? null : <span>{project.data.description} </span>}
          Created <RelativeTime time={project.data.createdAt} /> by {project.data.createdBy.name}.
        </>
      }
      breadcrumbs={<ProjectBreadcrumbs project={undefined} />}
      actions={
        mayWrite ? (
          <Menu position="bottom-end" withInitialFocusPlaceholder={false}>
            <Menu.Target>
              <Button variant="default" rightSection={<ChevronDownIcon size={15} />}>
                Manage
              </Button>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item onClick={editDialog.open}>Rename or describe</Menu.Item>
              <Menu.Item color="red.7" onClick={deleteDialog.open}>
                Delete project
              </Menu.Item>
            </Menu.Dropdown>
          </Menu>
        ) : null
      }
    >
      <Stack gap="xl">
        <EmptyProject project={project.data} />
        <ProjectComponents project={project.data} />
        <ProjectWorkflows project={project.data} />
      </Stack>
      <ProjectDialog
        opened={editing}
        close={editDialog.close}
        project={project.data}
        saved={(saved) => notifyDone(`${saved.name} is saved.`)}
      />
      <DeleteDialog project={project.data} opened={deleting} close={deleteDialog.close} />
    </Page>
  );
}

function DeleteDialog({ project, opened, close }: { project: Project; opened: boolean; close: () => void }) {
  const organization = useOrganization();
  const navigate = useNavigate();
  const remove = useCommand(deleteProject, [listProjects, getOverview]);
  const empty = project.components === 0 && project.workflows === 0;
  return (
    <ConfirmDialog
      opened={opened}
      close={close}
      title={`Delete ${project.name}?`}
      confirmLabel="Delete"
      confirm={async () => {
        await remove.mutateAsync({ params: { project: project.id } });
        notifyDone(`${project.name} is deleted.`);
        await navigate({ to: '/organizations/$organization/projects', params: { organization: organization.slug } });
      }}
    >
      <Text size="sm">
        {empty
          ? 'It has no components and no workflows. The audit keeps its name.'
          : `A project can be deleted when it is empty. This one still has ${counted(project.components, 'component')} and ${counted(project.workflows, 'workflow')}: delete those first.`}
      </Text>
    </ConfirmDialog>
  );
}
