import { createToken, listTokens, TOKEN_DAYS } from '@holdfast/api';
import { Select, Stack, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useState } from 'react';
import { useCommand } from '../../api/endpoint-hooks.ts';
import { type ShownProblem, spreadProblem } from '../../api/problem.ts';
import { fieldErrors } from '../../api/validation.ts';
import { CheckedForm } from '../../forms/checked-form.tsx';
import { DialogEnd } from '../../ui/dialog-end.tsx';
import { FormDialog, useFilled } from '../../ui/form-dialog.tsx';
import { ShownOnce } from '../../ui/shown-once.tsx';

const SHOWN_ONCE = {
  title: 'Close without the token?',
  text: 'It is shown only once. If you have not copied it, revoke it and make another.',
  leave: 'Close',
};
const DAYS = ['7', '30', '90', '365'];

/** Makes a token; it is shown once. */
export function CreateTokenDialog({ opened, close }: { opened: boolean; close: () => void }) {
  return (
    <FormDialog opened={opened} close={close} title="New token">
      {(done) => <CreateTokenForm close={done} />}
    </FormDialog>
  );
}

function CreateTokenForm({ close }: { close: () => void }) {
  const create = useCommand(createToken, [listTokens]);
  const [token, setToken] = useState<string>();
  const [problem, setProblem] = useState<ShownProblem>();
  const form = useForm({
    initialValues: { name: '', days: String(TOKEN_DAYS) },
    validate: ({ name, days }) => fieldErrors(createToken.body, { name, expiresInDays: Number(days) }),
  });
  useFilled(token === undefined ? form.isDirty() : SHOWN_ONCE);

  async function submit({ name, days }: { name: string; days: string }) {
    setProblem(undefined);
    try {
      setToken((await create.mutateAsync({ body: { name, expiresInDays: Number(days) } })).token);
    } catch (error) {
      setProblem(spreadProblem(error, ['name'], form.setFieldError));
    }
  }

  if (token !== undefined) {
    return (
      <ShownOnce label="Token" text={token} done={close}>
        Put it where the program reads HOLDFAST_TOKEN.
      </ShownOnce>
    );
  }
  return (
    <CheckedForm form={form} submit={submit}>
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
      <DialogEnd problem={problem} close={close} loading={create.isPending}>
        Create token
      </DialogEnd>
    </CheckedForm>
  );
}
