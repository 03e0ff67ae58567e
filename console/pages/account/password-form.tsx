import { changePassword, getAccount, listDevices, listSessions } from '@holdfast/api';
import { Button, Stack, Text } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { client } from '../../api/client.ts';
import { type ShownProblem, spreadProblem } from '../../api/problem.ts';
import { fieldErrors } from '../../api/validation.ts';
import { CurrentPasswordField, NewPasswordField } from '../../ui/account-fields.tsx';
import { FormProblem } from '../../ui/error-state.tsx';
import { notifyDone } from '../../ui/notify.ts';
import { RelativeTime } from '../../ui/relative-time.tsx';
import classes from './account-page.module.css';

export function PasswordForm({ email, changedAt }: { email: string; changedAt: string | null }) {
  const queries = useQueryClient();
  const [problem, setProblem] = useState<ShownProblem>();
  const [busy, setBusy] = useState(false);
  const form = useForm({
    mode: 'uncontrolled',
    initialValues: { currentPassword: '', newPassword: '' },
    validate: (values) => fieldErrors(changePassword.body, values),
  });
  // Not by a mutation of the query cache: the password must be in no cache.
  const submit = form.onSubmit(async (body) => {
    setBusy(true);
    setProblem(undefined);
    try {
      const { sessionsEnded } = await client.call(changePassword, { body });
      form.reset();
      const others =
        sessionsEnded === 0
          ? 'You were signed in nowhere else.'
          : `${sessionsEnded} other ${sessionsEnded === 1 ? 'session' : 'sessions'} ended.`;
      notifyDone(`Your password is changed. ${others}`);
      for (const { id } of [getAccount, listSessions, listDevices]) void queries.invalidateQueries({ queryKey: [id] });
    } catch (error) {
      setProblem(spreadProblem(error, ['currentPassword', 'newPassword'], form.setFieldError));
    } finally {
      setBusy(false);
    }
  });
  return (
    <form onSubmit={submit} noValidate className={classes.form}>
      <Stack gap="sm" align="flex-start">
        {changedAt === null ? null : (
          <Text size="sm">
            Set <RelativeTime time={changedAt} />.
          </Text>
        )}
        {/* For password managers: whose password it is. */}
        <input type="email" name="username" autoComplete="username" value={email} readOnly hidden />
        <CurrentPasswordField w="100%" {...form.getInputProps('currentPassword')} key={form.key('currentPassword')} />
        <NewPasswordField w="100%" {...form.getInputProps('newPassword')} key={form.key('newPassword')} />
        <FormProblem problem={problem} />
        <Button type="submit" variant="default" loading={busy}>
          Change password
        </Button>
      </Stack>
    </form>
  );
}
