import type { Project } from '@holdfast/api';
import { Text, Title } from '@mantine/core';
import { useOrganization } from '../../api/organization.ts';
import { ExampleCards } from '../gallery/example-cards.tsx';

/** Nothing is in the project yet: what could be, ready to be made. For those who may make it. */
export function EmptyProject({ project }: { project: Project }) {
  const organization = useOrganization();
  const empty = project.components === 0 && project.workflows === 0;
  if (!empty || !organization.may('components:write') || !organization.may('workflows:write')) return null;
  return (
    <section aria-labelledby="examples">
      <Title order={2} id="examples">
        Start from an example
      </Title>
      <Text c="dimmed" mb="sm">
        Each makes its components and a workflow here; you choose the secrets, and change what differs. Or make your own, below.
      </Text>
      <ExampleCards projectId={project.id} />
    </section>
  );
}
