import { getInstance } from '@holdfast/api';
import { Button, Stack, Text } from '@mantine/core';
import { useForm } from '@mantine/form';
import { Navigate, useRouter, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { useEndpoint } from '../../api/endpoint-hooks.ts';
import { problemOf, type ShownProblem } from '../../api/problem.ts';
import { forgetEverything, signIn } from '../../api/session.ts';
import { CurrentPasswordField, EmailField } from '../../ui/account-fields.tsx';
import { FormProblem } from '../../ui/error-state.tsx';
import { TextLink } from '../../ui/links.tsx';
import { AccessFrame } from './access-frame.tsx';
import { ownAddress } from './own-address.ts';

export function SignInPage() {
  const { next } = useSearch({ from: '/sign-in' });
  const instance = useEndpoint(getInstance);
  const router = useRouter();
  const [problem, setProblem] = useState<ShownProblem>();
  const [busy, setBusy] = useState(false);
  const form = useForm({
    mode: 'uncontrolled',
    initialValues: { email: '', password: '' },
    validate: {
      email: (email) => (email.trim() === '' ? 'Enter your e-mail address.' : null),
      password: (password) => (password === '' ? 'Enter your password.' : null),
    },
  });

  const submit = form.onSubmit(async ({ email, password }) => {
    setBusy(true);
    setProblem(undefined);
    try {
      await signIn(email.trim(), password);
      forgetEverything();
      form.reset();
      router.history.push(ownAddress(next, window.location.origin));
    } catch (error) {
      form.setFieldValue('password', '');
      setProblem(problemOf(error));
    } finally {
      setBusy(false);
    }
  });

  if (instance.data?.setUp === false) return <Navigate to="/setup" replace />;
  return (
    <AccessFrame title="Sign in" intro="With the account of your organization.">
      <form onSubmit={submit} noValidate>
        <Stack gap="sm">
          <EmailField autoFocus {...form.getInputProps('email')} key={form.key('email')} />
          <CurrentPasswordField label="Password" {...form.getInputProps('password')} key={form.key('password')} />
          <FormProblem problem={problem} />
          <Button type="submit" loading={busy} mt="xs">
            Sign in
          </Button>
          <Text size="sm" ta="center">
            <TextLink size="sm" td="underline" to="/forgot-password">
              Forgot your password?
            </TextLink>
            {instance.data?.sendsMail === false ? ' The operator of this Holdfast makes you a link for a new one.' : null}
          </Text>
        </Stack>
      </form>
    </AccessFrame>
  );
}
