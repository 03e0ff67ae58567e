import type { Run } from '@holdfast/api';
import { Group, Text } from '@mantine/core';
import { useOrganization } from '../../api/organization.ts';
import { LinkButton } from '../../ui/links.tsx';
import { BrokenNotice } from '../projects/broken-notice.tsx';

/**
 * Why the run failed, and the way to where it is corrected. The words were redacted before they were stored.
 */
export function RunFailure({ run }: { run: Run }) {
  const organization = useOrganization();
  const { failure } = run;
  if (failure === null) return null;
  const missing = failure.code === 'secret_missing';
  return (
    <BrokenNotice broken={failure}>
      <Group gap="xs" mt={8}>
        {failure.component === null ? null : !organization.may('components:read') ? (
          <Text size="sm">The component is {failure.component.name}.</Text>
        ) : (
          <LinkButton
            size="compact-sm"
            variant="default"
            to="/organizations/$organization/projects/$project/components/$component"
            params={{ organization: organization.slug, project: run.project.id, component: failure.component.id }}
          >
            Open {failure.component.name}
          </LinkButton>
        )}
        {failure.secretName === null || !organization.may('secrets:write') ? null : missing && failure.component !== null ? (
          // Where it is added is where the component takes it again.
          <LinkButton
            size="compact-sm"
            variant="default"
            to="/organizations/$organization/projects/$project/components/$component"
            params={{ organization: organization.slug, project: run.project.id, component: failure.component.id }}
            search={{ add: failure.secretName }}
          >
            Add {failure.secretName}
          </LinkButton>
        ) : missing ? (
          <LinkButton
            size="compact-sm"
            variant="default"
            to="/organizations/$organization/secrets"
            params={{ organization: organization.slug }}
            search={{ add: failure.secretName }}
          >
            Add {failure.secretName}
          </LinkButton>
        ) : (
          <LinkButton
            size="compact-sm"
            variant="default"
            to="/organizations/$organization/secrets/$secret"
            params={{ organization: organization.slug, secret: failure.secretName }}
          >
            Open {failure.secretName}
          </LinkButton>
        )}
      </Group>
    </BrokenNotice>
  );
}
