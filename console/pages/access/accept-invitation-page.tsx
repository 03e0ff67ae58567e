import { acceptInvitation, getInvitation, getSession } from '@holdfast/api';
import { Button, Loader, PasswordInput, Stack, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { client } from '../../api/client.ts';
import { useEndpoint } from '../../api/endpoint-hooks.ts';
import { type ShownProblem, spreadProblem } from '../../api/problem.ts';
import { signIn } from '../../api/session.ts';
import { fieldErrors } from '../../api/validation.ts';
import { ErrorState, FormProblem } from '../../ui/error-state.tsx';
import { AccessFrame } from './access-frame.tsx';
import { useFragmentToken } from './fragment-token.ts';

/** A new colleague makes an account, or one who has an account joins a further organization. */
export function AcceptInvitationPage() {
  const token = useFragmentToken();
  const session = useEndpoint(getSession);
  const invitation = useQuery({
    queryKey: [getInvitation.id, 'this'],
    queryFn: ({ signal }) => client.call(getInvitation, { body: { token }, signal }),
    enabled: token !== '',
    gcTime: 0,
  });
  if (token === '') {
    return (
      <AccessFrame title="Invitation" intro="The link is not complete: what comes after the # is missing.">
        Open the whole link that you were given, or ask an admin for a new one.
      </AccessFrame>
    );
  }
  if (invitation.isError) {
    return (
      <AccessFrame title="Invitation" intro="It cannot be accepted.">
        <ErrorState error={invitation.error} />
      </AccessFrame>
    );
  }
  if (invitation.isPending || session.isPending) {
    return (
      <AccessFrame title="Invitation" intro="One moment.">
        <Loader size="sm" aria-label="Loading" />
      </AccessFrame>
    );
  }
  const { email, role, organization, invitedBy, hasAccount } = invitation.data;
  return (
    <AccessFrame title={`Join ${organization}`} intro={`${invitedBy} invites ${email} as ${role}.`}>
      <AcceptForm
        token={token}
        email={email}
        hasAccount={hasAccount}
        signedIn={session.data?.user.email.toLowerCase() === email.toLowerCase()}
      />
    </AccessFrame>
  );
}

interface AcceptFormProps {
  token: string;
  email: string;
  hasAccount: boolean;
  signedIn: boolean;
}

function AcceptForm({ token, email, hasAccount, signedIn }: AcceptFormProps) {
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [problem, setProblem] = useState<ShownProblem>();
  const [busy, setBusy] = useState(false);
  const form = useForm({
    mode: 'uncontrolled',
    initialValues: { name: '', password: '' },
    validate: (values) => (hasAccount ? {} : fieldErrors(acceptInvitation.body.required(), { token, ...values })),
  });
  const submit = form.onSubmit(async ({ name, password }) => {
    setBusy(true);
    setProblem(undefined);
    try {
      if (hasAccount && !signedIn) await signIn(email, password);
      const { organization } = await client.call(acceptInvitation, { body: hasAccount ? { token } : { token, name, password } });
      if (!hasAccount) await signIn(email, password);
      form.reset();
      // Whoever was signed in before: nothing of theirs is shown on. The invitation is spent and must not be looked up again.
      queries.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== getInvitation.id });
      await navigate({ to: '/organizations/$organization', params: { organization: organization.slug } });
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
        {hasAccount ? null : (
          <TextInput label="Your name" required autoComplete="name" {...form.getInputProps('name')} key={form.key('name')} />
        )}
        {signedIn ? null : (
          <PasswordInput
            label="Password"
            description={hasAccount ? 'Of the account that you have here already.' : 'At least 12 characters.'}
            required
            autoComplete={hasAccount ? 'current-password' : 'new-password'}
            {...form.getInputProps('password')}
            key={form.key('password')}
          />
        )}
        <FormProblem problem={problem} />
        <Button type="submit" loading={busy} mt="xs">
          {hasAccount ? 'Join' : 'Create account and join'}
        </Button>
      </Stack>
    </form>
  );
}
