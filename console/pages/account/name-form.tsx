import { getAccount, getSession, updateAccount } from '@holdfast/api';
import { Button, Stack, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useState } from 'react';
import { useCommand } from '../../api/endpoint-hooks.ts';
import { type ShownProblem, spreadProblem } from '../../api/problem.ts';
import { fieldErrors } from '../../api/validation.ts';
import { FormProblem } from '../../ui/error-state.tsx';
import { notifyDone } from '../../ui/notify.ts';
import classes from './account-page.module.css';

export function NameForm({ name }: { name: string }) {
  const update = useCommand(updateAccount, [getAccount, getSession]);
  const [problem, setProblem] = useState<ShownProblem>();
  const form = useForm({
    initialValues: { name },
    validate: (values) => fieldErrors(updateAccount.body, values),
    validateInputOnBlur: true,
  });
  const submit = form.onSubmit(async (body) => {
    setProblem(undefined);
    try {
      await update.mutateAsync({ body });
      notifyDone(`Your name is ${body.name.trim()} now.`);
    } catch (error) {
      setProblem(spreadProblem(error, ['name'], form.setFieldError));
    }
  });
  return (
    <form onSubmit={submit} noValidate className={classes.form}>
      <Stack gap="sm" align="flex-start">
        <TextInput label="Your name" required w="100%" autoComplete="name" {...form.getInputProps('name')} />
        <FormProblem problem={problem} />
        <Button type="submit" variant="default" loading={update.isPending} disabled={!form.isDirty()}>
          Save name
        </Button>
      </Stack>
    </form>
  );
}
