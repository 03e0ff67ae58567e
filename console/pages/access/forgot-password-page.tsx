import { getInstance, requestPasswordReset } from '@holdfast/api';
import { Button, Loader, Stack, Text } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useState } from 'react';
import { client } from '../../api/client.ts';
import { useEndpoint } from '../../api/endpoint-hooks.ts';
import { isUnreadable, type ShownProblem, spreadProblem } from '../../api/problem.ts';
import { fieldErrors } from '../../api/validation.ts';
import { EmailField } from '../../ui/account-fields.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';
import { ErrorState, FormProblem } from '../../ui/error-state.tsx';
import { LinkButton } from '../../ui/links.tsx';
import { Notice } from '../../ui/notice.tsx';
import { Placeholder } from '../../ui/placeholder.tsx';
import { AccessFrame } from './access-frame.tsx';

const TITLE = 'Set a new password';

/** Has a link mailed or, where no mail is set up, says who can make one. */
export function ForgotPasswordPage() {
  const instance = useEndpoint(getInstance);
  const [asked, setAsked] = useState<{ email: string; minutes: number }>();
  if (isUnreadable(instance)) {
    return (
      <AccessFrame title={TITLE} intro="Whether this Holdfast sends mail is not known.">
        <Stack gap="sm">
          <ErrorState what="What this Holdfast can do" error={instance.error} retry={() => instance.refetch()} />
          <LinkButton to="/sign-in" variant="default">
            Back to sign in
          </LinkButton>
        </Stack>
      </AccessFrame>
    );
  }
  if (instance.data === undefined) {
    return (
      <AccessFrame title={TITLE} intro="One moment.">
        <Placeholder>
          <Loader size="sm" />
        </Placeholder>
      </AccessFrame>
    );
  }
  if (!instance.data.sendsMail) return <ByOperator />;
  if (asked !== undefined) {
    return (
      <AccessFrame title="Check your e-mail" intro={`For ${asked.email}.`}>
        <Stack gap="sm">
          <Text size="md">
            If this address has an account, a mail with a link is on its way. The link works once, for {asked.minutes} minutes.
          </Text>
          <Text size="md" c="dimmed">
            Nothing there? Look among unwanted mails, and check the address. Another way is the operator of this Holdfast, who can make you
            a link.
          </Text>
          <LinkButton to="/sign-in" variant="default">
            Back to sign in
          </LinkButton>
        </Stack>
      </AccessFrame>
    );
  }
  return (
    <AccessFrame title={TITLE} intro="A link is mailed to the address of your account.">
      <AskForm done={setAsked} />
    </AccessFrame>
  );
}

function AskForm({ done }: { done: (asked: { email: string; minutes: number }) => void }) {
  const [problem, setProblem] = useState<ShownProblem>();
  const [busy, setBusy] = useState(false);
  const form = useForm({
    mode: 'uncontrolled',
    initialValues: { email: '' },
    validate: ({ email }) => fieldErrors(requestPasswordReset.body, { email: email.trim() }),
  });
  const submit = form.onSubmit(async (values) => {
    setBusy(true);
    setProblem(undefined);
    const email = values.email.trim();
    try {
      const { minutes } = await client.call(requestPasswordReset, { body: { email } });
      done({ email, minutes });
    } catch (error) {
      setProblem(spreadProblem(error, ['email'], form.setFieldError));
    } finally {
      setBusy(false);
    }
  });
  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="sm">
        <EmailField autoFocus {...form.getInputProps('email')} key={form.key('email')} />
        <FormProblem problem={problem} />
        <Button type="submit" loading={busy} mt="xs">
          Send link
        </Button>
        <LinkButton to="/sign-in" variant="default">
          Back to sign in
        </LinkButton>
      </Stack>
    </form>
  );
}

function ByOperator() {
  const command = 'holdfast account reset YOUR-ADDRESS';
  return (
    <AccessFrame title={TITLE} intro="This Holdfast sends no mail, so its operator makes you a link.">
      <Stack gap="sm">
        <Text size="md">
          Ask the person who runs it for a one-time link. They make it on the machine that Holdfast runs on, and hand it to you:
        </Text>
        <Notice>
          <code>{command}</code> <CopyButton value={command} what="the command" />
        </Notice>
        <Text size="md" c="dimmed">
          An owner or admin of your organization cannot do this: your account is yours.
        </Text>
        <LinkButton to="/sign-in" variant="default">
          Back to sign in
        </LinkButton>
      </Stack>
    </AccessFrame>
  );
}
