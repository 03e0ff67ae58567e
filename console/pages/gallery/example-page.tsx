import { getProject, listComponentTypes } from '@holdfast/api';
import { Skeleton, Stack } from '@mantine/core';
import { useParams } from '@tanstack/react-router';
import { EXAMPLES } from '../../../examples/index.ts';
import { useEndpoint } from '../../api/endpoint-hooks.ts';
import { useOrganization } from '../../api/organization.ts';
import { isUnreadable, problemOf } from '../../api/problem.ts';
import { ErrorState, NoPermission } from '../../ui/error-state.tsx';
import { Page } from '../../ui/page.tsx';
import { Placeholder } from '../../ui/placeholder.tsx';
import { NotFoundPage } from '../not-found-page.tsx';
import { ProjectBreadcrumbs } from '../projects/project-breadcrumbs.tsx';
import { ExampleForm } from './example-form.tsx';

/** One example: what it needs, as a form that makes its components and its workflow. */
export function ExamplePage() {
  const { project: projectId, example: name } = useParams({ from: '/organizations/$organization/projects/$project/examples/$example' });
  const organization = useOrganization();
  const project = useEndpoint(getProject, { params: { project: projectId } });
  const types = useEndpoint(listComponentTypes, undefined, { staleTime: 300_000 });
  const mayMake = organization.may('components:write') && organization.may('workflows:write');
  const example = EXAMPLES.find((candidate) => candidate.name === name);
  const failed = [project, types].find(isUnreadable);
  if (example === undefined || (failed !== undefined && problemOf(failed.error).code === 'not_found')) return <NotFoundPage />;
  return (
    <Page title={example.title} description={example.description} breadcrumbs={<ProjectBreadcrumbs project={project.data} />}>
      {!mayMake ? (
        <NoPermission what="Viewers see workflows and their runs, and cannot make or change them." />
      ) : failed !== undefined ? (
        <ErrorState what="The example" error={failed.error} retry={() => failed.refetch()} />
      ) : project.data === undefined || types.data === undefined ? (
        <Placeholder>
          <Stack maw={720}>
            <Skeleton height={180} radius="lg" />
            <Skeleton height={240} radius="lg" />
          </Stack>
        </Placeholder>
      ) : (
        <ExampleForm key={`${projectId} ${name}`} example={example} project={project.data} types={types.data.items} />
      )}
    </Page>
  );
}
