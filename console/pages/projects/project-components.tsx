import { type Component, type ComponentType, listComponents, listComponentTypes, type Project } from '@holdfast/api';
import { Group, Text, Title } from '@mantine/core';
import { PlugIcon } from '@primer/octicons-react';
import { useEndpoint, useEndpointPages } from '../../api/endpoint-hooks.ts';
import { useOrganization } from '../../api/organization.ts';
import { type Column, DataTable } from '../../ui/data-table.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { LinkButton, TextLink } from '../../ui/links.tsx';
import { RelativeTime } from '../../ui/relative-time.tsx';
import { Tag } from '../../ui/tag.tsx';
import { WhenRead } from '../../ui/when-read.tsx';
import { SensitiveOptions } from './sensitive-options.tsx';
import { WorkflowLinks } from './workflow-links.tsx';

/** The components of a project, each with what fills its sensitive options. */
export function ProjectComponents({ project }: { project: Project }) {
  const organization = useOrganization();
  const mayRead = organization.may('components:read');
  const types = useEndpoint(listComponentTypes, undefined, { staleTime: 300_000, enabled: mayRead });
  const components = useEndpointPages(listComponents, { params: { project: project.id } }, { enabled: mayRead });
  if (!mayRead) return null;
  const add = organization.may('components:write') ? (
    <LinkButton
      variant={components.items.length === 0 ? 'filled' : 'default'}
      to="/organizations/$organization/projects/$project/components/$component"
      params={{ organization: organization.slug, project: project.id, component: 'new' }}
    >
      New component
    </LinkButton>
  ) : null;
  const empty = components.isSuccess && components.items.length === 0;
  return (
    <section aria-labelledby="components">
      <Group justify="space-between" mb="xs">
        <Title order={2} id="components">
          Components
        </Title>
        {empty ? null : add}
      </Group>
      <WhenRead what="The components" of={components}>
        <DataTable
          label="Components"
          columns={columns(organization.slug, types.data?.items ?? [])}
          rows={components.items}
          rowKey={(component) => component.id}
          loading={components.isPending}
          hasMore={components.hasNextPage}
          loadingMore={components.isFetchingNextPage}
          loadMore={() => void components.fetchNextPage()}
          empty={
            <EmptyState icon={<PlugIcon size={22} />} title="No components yet" actions={add}>
              A component is a service that this project uses, with the secrets it needs: for example an Azure Blob container that documents
              are published to.
            </EmptyState>
          }
        />
      </WhenRead>
    </section>
  );
}

function columns(slug: string, types: readonly ComponentType[]): Column<Component>[] {
  return [
    {
      key: 'name',
      header: 'Component',
      cell: (component) => (
        <div>
          <TextLink
            fw={600}
            to="/organizations/$organization/projects/$project/components/$component"
            params={{ organization: slug, project: component.project.id, component: component.id }}
          >
            {component.name}
          </TextLink>
          <Text size="sm" c="dimmed">
            {types.find((type) => type.type === component.type)?.title ?? component.type}
          </Text>
        </div>
      ),
    },
    { key: 'secrets', header: 'Secrets', cell: (component) => <SensitiveOptions component={component} types={types} /> },
    {
      key: 'workflows',
      header: 'Used by',
      wraps: true,
      cell: (component) =>
        component.workflows.length === 0 ? (
          <Text span c="dimmed">
            no workflow yet
          </Text>
        ) : (
          <WorkflowLinks component={component} />
        ),
    },
    {
      key: 'state',
      header: 'State',
      cell: (component) =>
        component.broken === null ? (
          <Tag tone="good">ready</Tag>
        ) : (
          <Tag tone="bad" title={component.broken.detail}>
            broken
          </Tag>
        ),
    },
    {
      key: 'updated',
      header: 'Changed',
      wideOnly: true,
      cell: (component) => (
        <span>
          <RelativeTime time={component.updatedAt} />
          <Text size="sm" c="dimmed">
            by {component.updatedBy.name}
          </Text>
        </span>
      ),
    },
  ];
}
