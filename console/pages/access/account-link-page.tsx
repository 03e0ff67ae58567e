import { confirmEmail, lookUpAccountLink, redeemAccountLink } from '@holdfast/api';
import { Button, Loader, Stack, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useQuery } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { useState } from 'react';
import { client } from '../../api/client.ts';
import { isUnreadable, problemOf, type ShownProblem, spreadProblem } from '../../api/problem.ts';
import { forgetEverything, signIn } from '../../api/session.ts';
import { fieldErrors } from '../../api/validation.ts';
import { NewPasswordField } from '../../ui/account-fields.tsx';
import { ErrorState, FormProblem } from '../../ui/error-state.tsx';
import { LinkButton } from '../../ui/links.tsx';
import { Notice } from '../../ui/notice.tsx';
import { Placeholder } from '../../ui/placeholder.tsx';
import { AccessFrame } from './access-frame.tsx';
import { useFragmentToken } from './fragment-token.ts';

/**
 * The holder of the link has proved the address: they make its account, set its password, or go on to sign
 * in.
 */
export function AccountLinkPage() {
  const token = useFragmentToken();
  const link = useQuery({
    queryKey: [lookUpAccountLink.id, 'this'],
    queryFn: ({ signal }) => client.call(lookUpAccountLink, { body: { token }, signal }),
    enabled: token !== '',
    gcTime: 0,
  });
  if (token === '') {
    return (
      <AccessFrame title="Your account" intro="The link is not complete: what comes after the # is missing.">
        Open the whole link that you were given or mailed.
      </AccessFrame>
    );
  }
  if (isUnreadable(link)) {
    const invalid = problemOf(link.error).code === 'account_link_invalid';
    return (
      <AccessFrame title="Your account" intro={invalid ? 'The link cannot be used.' : 'What the link is for is not known yet.'}>
        <ErrorState what="The link" error={link.error} retry={invalid ? undefined : () => link.refetch()} />
      </AccessFrame>
    );
  }
  if (link.data === undefined) {
    return (
      <AccessFrame title="Your account" intro="One moment.">
        <Placeholder>
          <Loader size="sm" />
        </Placeholder>
      </AccessFrame>
    );
  }
  const { action, email } = link.data;
  if (action === 'change-email') return <ConfirmEmail token={token} email={email} />;
  if (action === 'sign-in') {
    return (
      <AccessFrame title="You have an account" intro={`${email} has an account here. Sign in, and your invitation is shown.`}>
        <LinkButton to="/sign-in">Sign in</LinkButton>
      </AccessFrame>
    );
  }
  return action === 'create' ? (
    <AccessFrame title="Make your account" intro={`For ${email}. What you are invited to is shown next.`}>
      <LinkForm token={token} email={email} isNew />
    </AccessFrame>
  ) : (
    <AccessFrame title="Set a new password" intro={`For ${email}. You are signed out everywhere else; your tokens stay.`}>
      <LinkForm token={token} email={email} isNew={false} />
    </AccessFrame>
  );
}

/** Asks for one press: a program that follows the links of a mail must not change an account. */
function ConfirmEmail({ token, email }: { token: string; email: string }) {
  const [problem, setProblem] = useState<ShownProblem>();
  const [state, setState] = useState<'asking' | 'busy' | 'done'>('asking');
  if (state === 'done') {
    return (
      <AccessFrame title="Your address has changed" intro={`You sign in as ${email} from now on.`}>
        <LinkButton to="/">Go on</LinkButton>
      </AccessFrame>
    );
  }
  const confirm = async () => {
    setState('busy');
    setProblem(undefined);
    try {
      await client.call(confirmEmail, { body: { token } });
      // A person who is signed in here sees the new address.
      forgetEverything();
      setState('done');
    } catch (error) {
      setProblem(problemOf(error));
      setState('asking');
    }
  };
  return (
    <AccessFrame title="Confirm your address" intro={`Your account gets the address ${email}. You sign in with it from then on.`}>
      <Stack gap="sm">
        <FormProblem problem={problem} />
        <Button onClick={confirm} loading={state === 'busy'}>
          Confirm {email}
        </Button>
      </Stack>
    </AccessFrame>
  );
}

function LinkForm({ token, email, isNew }: { token: string; email: string; isNew: boolean }) {
  const router = useRouter();
  const [problem, setProblem] = useState<ShownProblem>();
  const [busy, setBusy] = useState(false);
  // The link works once: when the sign-in that follows fails, that alone is done again.
  const [redeemed, setRedeemed] = useState(false);
  const form = useForm({
    mode: 'uncontrolled',
    initialValues: { name: '', password: '' },
    validate: ({ name, password }) =>
      fieldErrors(isNew ? redeemAccountLink.body.required() : redeemAccountLink.body, { token, password, ...(isNew ? { name } : {}) }),
  });
  const submit = form.onSubmit(async ({ name, password }) => {
    setBusy(true);
    setProblem(undefined);
    try {
      if (!redeemed) await client.call(redeemAccountLink, { body: { token, password, ...(isNew ? { name } : {}) } });
      setRedeemed(true);
      await signIn(email, password);
      form.reset();
      // Nothing of the person who was signed in before is shown on.
      forgetEverything();
      await router.navigate({ to: '/' });
    } catch (error) {
      setProblem(spreadProblem(error, ['name', 'password'], form.setFieldError));
    } finally {
      setBusy(false);
    }
  });
  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="sm">
        <TextInput label="E-mail" value={email} readOnly autoComplete="username" />
        {isNew ? (
          <TextInput
            label="Your name"
            required
            autoComplete="name"
            readOnly={redeemed}
            {...form.getInputProps('name')}
            key={form.key('name')}
          />
        ) : null}
        <NewPasswordField label={isNew ? 'Password' : 'New password'} {...form.getInputProps('password')} key={form.key('password')} />
        {redeemed && !busy ? (
          <Notice tone="good">{isNew ? 'Your account is made.' : 'Your new password is set.'} Sign in with it.</Notice>
        ) : null}
        <FormProblem problem={problem} />
        <Button type="submit" loading={busy} mt="xs">
          {redeemed ? 'Sign in' : isNew ? 'Make account' : 'Set password and sign in'}
        </Button>
      </Stack>
    </form>
  );
}
