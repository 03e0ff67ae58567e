import { getInstance, setUp } from '@holdfast/api';
import { Button, PasswordInput, Stack, TextInput, Title } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { client } from '../../api/client.ts';
import { useEndpoint } from '../../api/endpoint-hooks.ts';
import { problemOf, type ShownProblem, spreadProblem } from '../../api/problem.ts';
import { signIn } from '../../api/session.ts';
import { fieldErrors } from '../../api/validation.ts';
import { EmailField, NewPasswordField, ShortNameField } from '../../ui/account-fields.tsx';
import { FormProblem } from '../../ui/error-state.tsx';
import { LinkButton } from '../../ui/links.tsx';
import { Notice } from '../../ui/notice.tsx';
import { AccessFrame } from './access-frame.tsx';
import { useFragmentToken } from './fragment-token.ts';
import { slugOf } from './slug-of.ts';

const FIELDS = ['setupToken', 'name', 'email', 'password', 'organization.name', 'organization.slug'];

/**
 * The first account and organization of a fresh instance, with the one-time link that the terminal printed.
 */
export function SetupPage() {
  const instance = useEndpoint(getInstance);
  const linkToken = useFragmentToken();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [problem, setProblem] = useState<ShownProblem>();
  const [busy, setBusy] = useState(false);
  const [slugTouched, setSlugTouched] = useState(false);
  // The link works once: when the sign-in that follows fails, that alone is done again.
  const [made, setMade] = useState<{ slug: string }>();
  const form = useForm({
    mode: 'uncontrolled',
    initialValues: { setupToken: linkToken, name: '', email: '', password: '', organization: { name: '', slug: '' } },
    validate: (values) => {
      const errors = fieldErrors(setUp.body, values);
      return values.name.trim() === '' ? { ...errors, name: 'Enter your name.' } : errors;
    },
    onValuesChange: (values, former) => {
      if (!slugTouched && values.organization.name !== former.organization.name) {
        form.setFieldValue('organization.slug', slugOf(values.organization.name));
      }
    },
  });

  // Not by a mutation of the query cache: the password must be in no cache.
  const submit = form.onSubmit(async (values) => {
    setBusy(true);
    setProblem(undefined);
    try {
      const { slug } = made ?? (await client.call(setUp, { body: { ...values, setupToken: values.setupToken.trim() } })).organization;
      setMade({ slug });
      await signIn(values.email, values.password);
      form.reset();
      await navigate({ to: '/organizations/$organization', params: { organization: slug } });
      // Not before this page is left: it would say "Already set up" for a moment.
      queries.removeQueries({ queryKey: [getInstance.id] });
    } catch (error) {
      const shown = spreadProblem(error, FIELDS, form.setFieldError);
      setProblem(shown === undefined && linkToken !== '' && problemOf(error).fields.has('setupToken') ? problemOf(error) : shown);
    } finally {
      setBusy(false);
    }
  });

  if (instance.data?.setUp === true && made === undefined) {
    return (
      <AccessFrame title="Already set up" intro="This instance has its first account. The setup link works only once.">
        <LinkButton to="/sign-in">Sign in</LinkButton>
      </AccessFrame>
    );
  }
  return (
    <AccessFrame title="Set up Holdfast" intro="Make the first account and its organization. You will be its owner, and can invite others.">
      <form onSubmit={submit} noValidate>
        <Stack gap="sm">
          {linkToken === '' ? (
            <>
              <Notice tone="warn">
                Open the setup link that the terminal printed when Holdfast started, or paste the part of it that comes after the #.
              </Notice>
              <PasswordInput
                label="Setup token"
                required
                autoComplete="off"
                {...form.getInputProps('setupToken')}
                key={form.key('setupToken')}
              />
            </>
          ) : null}
          <Title order={2}>You</Title>
          <TextInput label="Your name" required autoComplete="name" {...form.getInputProps('name')} key={form.key('name')} />
          <EmailField {...form.getInputProps('email')} key={form.key('email')} />
          <NewPasswordField label="Password" {...form.getInputProps('password')} key={form.key('password')} />
          <Title order={2} mt="xs">
            Your organization
          </Title>
          <TextInput
            label="Organization name"
            required
            autoComplete="organization"
            {...form.getInputProps('organization.name')}
            key={form.key('organization.name')}
          />
          <ShortNameField
            {...form.getInputProps('organization.slug')}
            key={form.key('organization.slug')}
            onInput={() => setSlugTouched(true)}
          />
          {made !== undefined && !busy ? (
            <Notice tone="good">Your account and its organization are made. Sign in with the address and the password above.</Notice>
          ) : null}
          <FormProblem problem={problem} />
          <Button type="submit" loading={busy} mt="xs">
            {made === undefined ? 'Create account and organization' : 'Sign in'}
          </Button>
        </Stack>
      </form>
    </AccessFrame>
  );
}
