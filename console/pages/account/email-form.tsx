import { type Answer, cancelEmailChange, getAccount, requestEmailChange } from '@holdfast/api';
import { Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { client } from '../../api/client.ts';
import { useCommand } from '../../api/endpoint-hooks.ts';
import { type ShownProblem, spreadProblem } from '../../api/problem.ts';
import { fieldErrors } from '../../api/validation.ts';
import { CurrentPasswordField } from '../../ui/account-fields.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';
import { FormProblem } from '../../ui/error-state.tsx';
import { Notice } from '../../ui/notice.tsx';
import { notifyDone, notifyProblem } from '../../ui/notify.ts';
import { RelativeTime } from '../../ui/relative-time.tsx';
import classes from './account-page.module.css';

type Account = Answer<typeof getAccount>;

/** A new address is proved by the mail that is sent to it; without mail, by the operator. */
export function EmailForm({ account, sendsMail }: { account: Account; sendsMail: boolean }) {
  const [changing, setChanging] = useState(false);
  return (
    <>
      <Text size="md" mb="sm">
        <b>{account.email}</b>
      </Text>
      {account.newEmail !== null ? (
        <Waiting newEmail={account.newEmail} />
      ) : !sendsMail ? (
        <ByOperator email={account.email} />
      ) : changing ? (
        <ChangeForm close={() => setChanging(false)} />
      ) : (
        <Button variant="default" onClick={() => setChanging(true)}>
          Change e-mail
        </Button>
      )}
    </>
  );
}

function ByOperator({ email }: { email: string }) {
  const command = `holdfast account change-email ${email} NEW-ADDRESS`;
  return (
    <Notice>
      This Holdfast sends no mail by which you could prove another address. Its operator changes it, on the machine that Holdfast runs on:{' '}
      <code>{command}</code> <CopyButton value={command} what="the command" />
    </Notice>
  );
}

function Waiting({ newEmail }: { newEmail: NonNullable<Account['newEmail']> }) {
  const cancel = useCommand(cancelEmailChange, [getAccount]);
  return (
    <>
      <Notice>
        {newEmail.failure !== null && newEmail.sentAt === null ? (
          <>
            The mail to <b>{newEmail.email}</b> has not gone yet: {newEmail.failure} It is tried again.
          </>
        ) : (
          <>
            A link {newEmail.sentAt === null ? 'goes' : 'went'} to <b>{newEmail.email}</b>. Open it{' '}
            <RelativeTime time={newEmail.expiresAt} /> at the latest; until then your address stays as it is.
          </>
        )}
      </Notice>
      <Button
        variant="default"
        mt="sm"
        loading={cancel.isPending}
        onClick={() => cancel.mutateAsync({}).then(() => notifyDone('Your address stays as it is.'), notifyProblem)}
      >
        Keep my address
      </Button>
    </>
  );
}

function ChangeForm({ close }: { close: () => void }) {
  const queries = useQueryClient();
  const [problem, setProblem] = useState<ShownProblem>();
  const [busy, setBusy] = useState(false);
  const form = useForm({
    mode: 'uncontrolled',
    initialValues: { email: '', currentPassword: '' },
    validate: (values) => fieldErrors(requestEmailChange.body, values),
  });
  // Not by a mutation of the query cache: the password must be in no cache.
  const submit = form.onSubmit(async (body) => {
    setBusy(true);
    setProblem(undefined);
    try {
      await client.call(requestEmailChange, { body });
      form.reset();
      close();
      await queries.invalidateQueries({ queryKey: [getAccount.id] });
    } catch (error) {
      setProblem(spreadProblem(error, ['email', 'currentPassword'], form.setFieldError));
    } finally {
      setBusy(false);
    }
  });
  return (
    <form onSubmit={submit} noValidate className={classes.form}>
      <Stack gap="sm">
        <TextInput
          label="New e-mail"
          type="email"
          required
          autoFocus
          autoComplete="email"
          description="A link is mailed to it. Your address changes when you open the link."
          {...form.getInputProps('email')}
          key={form.key('email')}
        />
        <CurrentPasswordField {...form.getInputProps('currentPassword')} key={form.key('currentPassword')} />
        <FormProblem problem={problem} />
        <Group gap="xs">
          <Button type="submit" loading={busy}>
            Send link
          </Button>
          <Button variant="default" onClick={close}>
            Cancel
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
