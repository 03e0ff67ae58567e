import { createToken, listTokens } from '@holdfast/api';
import { Button, Group, Modal, Select, Stack, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useState } from 'react';
import { useCommand } from '../../api/endpoint-hooks.ts';
import { type ShownProblem, spreadProblem } from '../../api/problem.ts';
import { fieldErrors } from '../../api/validation.ts';
import { FormProblem } from '../../ui/error-state.tsx';
import { ShownOnce } from '../../ui/shown-once.tsx';

const DAYS = ['7', '30', '90', '365'];

/** Makes a token; it is shown once. */
export function CreateTokenDialog({ opened, close }: { opened: boolean; close: () => void }) {
  return (
    <Modal opened={opened} onClose={close} title="New token">
      <CreateTokenForm close={close} />
    </Modal>
  );
}

function CreateTokenForm({ close }: { close: () => void }) {
  const create = useCommand(createToken, [listTokens]);
  const [token, setToken] = useState<string>();
  const [problem, setProblem] = useState<ShownProblem>();
  const form = useForm({
    initialValues: { name: '', days: '90' },
    validate: ({ name, days }) => fieldErrors(createToken.body, { name, expiresInDays: Number(days) }),
  });
  const submit = form.onSubmit(async ({ name, days }) => {
    setProblem(undefined);
    try {
      setToken((await create.mutateAsync({ body: { name, expiresInDays: Number(days) } })).token);
    } catch (error) {
      setProblem(spreadProblem(error, ['name'], form.setFieldError));
    }
  });
  if (token !== undefined) {
    return (
      <ShownOnce label="Token" text={token} done={close}>
        Put it where the program reads HOLDFAST_TOKEN.
      </ShownOnce>
    );
  }
  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="sm">
        <TextInput
          label="Name"
          description="What will use it."
          required
          data-autofocus
          autoComplete="off"
          {...form.getInputProps('name')}
        />
        <Select
          label="Expires in"
          allowDeselect={false}
          data={DAYS.map((days) => ({ value: days, label: `${days} days` }))}
          {...form.getInputProps('days')}
        />
      </Stack>
      <FormProblem problem={problem} />
      <Group justify="flex-end" gap="xs" mt="lg">
        <Button variant="default" onClick={close}>
          Cancel
        </Button>
        <Button type="submit" loading={create.isPending}>
          Make token
        </Button>
      </Group>
    </form>
  );
}
