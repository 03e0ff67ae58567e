import { listProjects, type Project } from '@holdfast/api';
import { Button, Text, TextInput } from '@mantine/core';
import { useDebouncedValue, useDisclosure } from '@mantine/hooks';
import { FileDirectoryIcon, SearchIcon } from '@primer/octicons-react';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useEndpointPages } from '../../api/endpoint-hooks.ts';
import { useOrganization } from '../../api/organization.ts';
import { type Column, DataTable } from '../../ui/data-table.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { TextLink } from '../../ui/links.tsx';
import { Page } from '../../ui/page.tsx';
import { RelativeTime } from '../../ui/relative-time.tsx';
import { Tag } from '../../ui/tag.tsx';
import { WhenRead } from '../../ui/when-read.tsx';
import { ProjectDialog } from './project-dialog.tsx';
import { counted } from './project-words.ts';

/** The search box appears when there are more projects than one sees at a glance. */
const SEARCHABLE = 8;

/** Every project of the organization. */
export function ProjectsPage() {
  const organization = useOrganization();
  const navigate = useNavigate();
  const [search, setSearch] = useState('');
  const [settled] = useDebouncedValue(search.trim(), 150);
  const [creating, dialog] = useDisclosure(false);
  const projects = useEndpointPages(listProjects, { query: settled === '' ? {} : { search: settled } }, { keepPrevious: true });
  const mayWrite = organization.may('projects:write');
  const total = projects.first?.total;
  const searching = settled !== '' || search !== '';

  const create = mayWrite ? <Button onClick={dialog.open}>New project</Button> : null;
  return (
    <Page
      title="Projects"
      description={
        organization.may('components:read')
          ? 'A project groups the components that reach your services and the workflows that use them.'
          : 'A project groups the workflows of one team or purpose.'
      }
      actions={total === 0 && !searching ? null : create}
    >
      {(total ?? 0) > SEARCHABLE || searching ? (
        <TextInput
          aria-label="Search projects"
          placeholder="Search projects"
          leftSection={<SearchIcon size={15} />}
          value={search}
          onChange={(event) => setSearch(event.currentTarget.value)}
          maw={320}
          mb="sm"
        />
      ) : null}
      <WhenRead what="The projects" of={projects}>
        <DataTable
          label="Projects"
          columns={columns(organization.slug, organization.may('components:read'))}
          rows={projects.items}
          rowKey={(project) => project.id}
          loading={projects.isPending}
          hasMore={projects.hasNextPage}
          loadingMore={projects.isFetchingNextPage}
          loadMore={() => void projects.fetchNextPage()}
          empty={
            searching ? (
              <Text c="dimmed">No project has “{settled}” in its name or description.</Text>
            ) : (
              <EmptyState icon={<FileDirectoryIcon size={22} />} title="No projects yet" actions={create}>
                {mayWrite
                  ? 'Make one for each team or purpose, for example “Invoices”. In it you configure components, such as an Azure Blob publisher, with the organization’s secrets, and workflows that run them.'
                  : 'Editors and admins make them. You see the workflows of each, and their runs.'}
              </EmptyState>
            )
          }
        />
      </WhenRead>
      <ProjectDialog
        opened={creating}
        close={dialog.close}
        saved={(project) =>
          void navigate({
            to: '/organizations/$organization/projects/$project',
            params: { organization: organization.slug, project: project.id },
          })
        }
      />
    </Page>
  );
}

function columns(slug: string, mayReadComponents: boolean): Column<Project>[] {
  return [
    {
      key: 'name',
      header: 'Project',
      cell: (project) => (
        <div>
          <TextLink fw={600} to="/organizations/$organization/projects/$project" params={{ organization: slug, project: project.id }}>
            {project.name}
          </TextLink>
          {project.description === '' ? null : (
            <Text size="sm" c="dimmed" lineClamp={2}>
              {project.description}
            </Text>
          )}
        </div>
      ),
    },
    ...(mayReadComponents
      ? [
          {
            key: 'components',
            header: 'Components',
            cell: (project: Project) => (
              <span>
                {counted(project.components, 'component')}{' '}
                {project.brokenComponents === 0 ? null : <Tag tone="bad">{project.brokenComponents.toLocaleString()} broken</Tag>}
              </span>
            ),
          },
        ]
      : []),
    { key: 'workflows', header: 'Workflows', cell: (project) => counted(project.workflows, 'workflow') },
    {
      key: 'created',
      header: 'Created',
      wideOnly: true,
      cell: (project) => (
        <span>
          <RelativeTime time={project.createdAt} />
          <Text size="sm" c="dimmed">
            by {project.createdBy.name}
          </Text>
        </span>
      ),
    },
  ];
}
