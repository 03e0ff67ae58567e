import { getProject } from '@holdfast/api';
import { Skeleton } from '@mantine/core';
import { useParams } from '@tanstack/react-router';
import { useEndpoint } from '../../api/endpoint-hooks.ts';
import { useOrganization } from '../../api/organization.ts';
import { isUnreadable, problemOf } from '../../api/problem.ts';
import { ErrorState, NoPermission } from '../../ui/error-state.tsx';
import { Page } from '../../ui/page.tsx';
import { Placeholder } from '../../ui/placeholder.tsx';
import { NotFoundPage } from '../not-found-page.tsx';
import { ProjectBreadcrumbs } from '../projects/project-breadcrumbs.tsx';
import { ExampleCards } from './example-cards.tsx';

/** The gallery, for a project that has something already. */
export function ExamplesPage() {
  const { project: projectId } = useParams({ from: '/organizations/$organization/projects/$project/examples' });
  const organization = useOrganization();
  const project = useEndpoint(getProject, { params: { project: projectId } });
  const mayMake = organization.may('components:write') && organization.may('workflows:write');
  if (isUnreadable(project) && problemOf(project.error).code === 'not_found') return <NotFoundPage />;
  return (
    <Page
      title="Start from an example"
      description="A workflow with its components, made in this project. You choose the secrets, and change what differs."
      breadcrumbs={<ProjectBreadcrumbs project={project.data} />}
    >
      {!mayMake ? (
        <NoPermission what="Viewers see workflows and their runs, and cannot make or change them." />
      ) : isUnreadable(project) ? (
        <ErrorState what="The project" error={project.error} retry={() => project.refetch()} />
      ) : project.data === undefined ? (
        <Placeholder>
          <Skeleton height={220} radius="lg" />
        </Placeholder>
      ) : (
        <ExampleCards projectId={projectId} />
      )}
    </Page>
  );
}
