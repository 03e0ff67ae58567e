import { getComponent, getProject, listComponentTypes } from '@holdfast/api';
import { Skeleton, Stack } from '@mantine/core';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useEndpoint } from '../../api/endpoint-hooks.ts';
import { useOrganization } from '../../api/organization.ts';
import { isUnreadable, problemOf } from '../../api/problem.ts';
import { ErrorState, NoPermission } from '../../ui/error-state.tsx';
import { Page } from '../../ui/page.tsx';
import { Placeholder } from '../../ui/placeholder.tsx';
import { NotFoundPage } from '../not-found-page.tsx';
import { ProjectBreadcrumbs } from '../projects/project-breadcrumbs.tsx';
import { ComponentEditor } from './component-editor.tsx';
import { TypeChoice } from './type-choice.tsx';

const ROUTE = '/organizations/$organization/projects/$project/components/$component';

/** One component: what it talks to, and with which secrets. `new` in the address makes one. */
export function ComponentPage() {
  const { project: projectId, component: componentId } = useParams({ from: ROUTE });
  const { type: chosen } = useSearch({ from: ROUTE });
  const navigate = useNavigate({ from: ROUTE });
  const organization = useOrganization();
  const isNew = componentId === 'new';
  const mayRead = organization.may('components:read');
  const project = useEndpoint(getProject, { params: { project: projectId } });
  const types = useEndpoint(listComponentTypes, undefined, { staleTime: 300_000 });
  const component = useEndpoint(getComponent, { params: { project: projectId, component: componentId } }, { enabled: !isNew && mayRead });

  const failed = [project, types, component].find(isUnreadable);
  if (failed !== undefined && problemOf(failed.error).code === 'not_found') return <NotFoundPage />;
  const breadcrumbs = <ProjectBreadcrumbs project={project.data} />;
  if (!mayRead || (isNew && !organization.may('components:write'))) {
    return (
      <Page title="Component" breadcrumbs={breadcrumbs}>
        <NoPermission what="Components show how the organization’s services are reached, so viewers do not see them." />
      </Page>
    );
  }
  if (failed !== undefined) {
    return (
      <Page title={isNew ? 'New component' : 'Component'} breadcrumbs={breadcrumbs}>
        <ErrorState what="The component" error={failed.error} retry={() => failed.refetch()} />
      </Page>
    );
  }
  if (project.data === undefined || types.data === undefined || (!isNew && component.data === undefined)) {
    return (
      <Page title={isNew ? 'New component' : 'Component'} breadcrumbs={breadcrumbs}>
        <Placeholder>
          <Stack maw={720}>
            <Skeleton height={120} radius="lg" />
            <Skeleton height={240} radius="lg" />
          </Stack>
        </Placeholder>
      </Page>
    );
  }
  const known = types.data.items;
  const saved = component.data;
  const type = known.find((candidate) => candidate.type === (saved === undefined ? chosen : saved.type));
  if (type === undefined && saved !== undefined) {
    return (
      <Page title={saved.name} breadcrumbs={breadcrumbs}>
        <ErrorState what="The component" error={new UnknownTypeError(saved.type)} />
      </Page>
    );
  }
  if (type === undefined) {
    return (
      <Page title="New component" description="Choose what it does." breadcrumbs={breadcrumbs}>
        <TypeChoice types={known} choose={({ type }) => void navigate({ search: { type } })} />
      </Page>
    );
  }
  return (
    <ComponentEditor
      key={`${componentId} ${type.type}`}
      project={project.data}
      type={type}
      component={saved}
      breadcrumbs={breadcrumbs}
      chooseAnotherType={saved === undefined ? () => void navigate({ search: {} }) : undefined}
    />
  );
}

/** The component was made by a version of Holdfast that knew its type. */
class UnknownTypeError extends Error {
  readonly code = 'option_invalid';
  readonly remedy = 'Update Holdfast to a version that knows the type, or delete the component.';

  constructor(type: string) {
    super(`This version of Holdfast does not know the component type “${type}”.`);
  }
}
