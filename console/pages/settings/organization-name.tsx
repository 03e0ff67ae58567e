import { getSession, updateOrganization } from '@holdfast/api';
import { Button, Group, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useState } from 'react';
import { useCommand } from '../../api/endpoint-hooks.ts';
import { useOrganization } from '../../api/organization.ts';
import { type ShownProblem, spreadProblem } from '../../api/problem.ts';
import { fieldErrors } from '../../api/validation.ts';
import { FormProblem } from '../../ui/error-state.tsx';
import { notifyDone } from '../../ui/notify.ts';

/** The name, which owners change in place. */
export function OrganizationName() {
  const { name, may } = useOrganization();
  const [changing, setChanging] = useState(false);
  if (changing) return <RenameForm name={name} close={() => setChanging(false)} />;
  return (
    <Group gap="sm">
      <span>{name}</span>
      {may('organization:write') ? (
        <Button variant="default" size="compact-sm" fw={500} onClick={() => setChanging(true)}>
          Rename
        </Button>
      ) : null}
    </Group>
  );
}

function RenameForm({ name, close }: { name: string; close: () => void }) {
  const rename = useCommand(updateOrganization, [getSession]);
  const [problem, setProblem] = useState<ShownProblem>();
  const form = useForm({ initialValues: { name }, validate: (values) => fieldErrors(updateOrganization.body, values) });
  const submit = form.onSubmit(async (body) => {
    setProblem(undefined);
    try {
      await rename.mutateAsync({ body });
      notifyDone(`The organization is called ${body.name.trim()} now.`);
      close();
    } catch (error) {
      setProblem(spreadProblem(error, ['name'], form.setFieldError));
    }
  });
  return (
    <form onSubmit={submit} noValidate>
      <TextInput aria-label="Organization name" required autoFocus maw={420} {...form.getInputProps('name')} />
      <FormProblem problem={problem} />
      <Group gap="xs" mt="xs">
        <Button type="submit" size="xs" loading={rename.isPending}>
          Save
        </Button>
        <Button variant="default" size="xs" onClick={close}>
          Cancel
        </Button>
      </Group>
    </form>
  );
}
