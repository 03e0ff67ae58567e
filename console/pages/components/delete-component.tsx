import { type Component, deleteComponent, type Project } from '@holdfast/api';
import { Button, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useCommand } from '../../api/endpoint-hooks.ts';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { notifyDone } from '../../ui/notify.ts';
import { WorkflowLinks } from '../projects/workflow-links.tsx';
import { CHANGED_WITH_COMPONENT } from './changed-with-component.ts';

interface DeleteComponentProps {
  project: Project;
  component: Component;
  deleted: () => Promise<void>;
}

/** Its button, and the dialog that says what goes with it. */
export function DeleteComponent({ project, component, deleted }: DeleteComponentProps) {
  const remove = useCommand(deleteComponent, CHANGED_WITH_COMPONENT);
  const [asking, dialog] = useDisclosure(false);
  return (
    <>
      <Button variant="default" onClick={dialog.open}>
        Delete
      </Button>
      <ConfirmDialog
        opened={asking}
        close={dialog.close}
        title={`Delete ${component.name}?`}
        confirmLabel="Delete"
        confirm={async () => {
          await remove.mutateAsync({ params: { project: project.id, component: component.id } });
          notifyDone(`${component.name} is deleted.`);
          await deleted();
        }}
      >
        <Words component={component} />
      </ConfirmDialog>
    </>
  );
}

function Words({ component }: { component: Component }) {
  const own = component.sensitiveOptions.some((option) => option.source === 'own-value');
  return (
    <Stack gap="xs">
      <Text size="sm">
        Its configuration{own ? ' and the values that are sealed for it alone are' : ' is'} removed for good. Secrets of the organization
        stay.
      </Text>
      {component.workflows.length === 0 ? null : (
        <Text size="sm">
          Workflows use it, so it cannot be deleted yet: <WorkflowLinks component={component} />.
        </Text>
      )}
    </Stack>
  );
}
