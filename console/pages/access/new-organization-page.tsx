import { createOrganization, getSession } from '@holdfast/api';
import { Button, Stack, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useCommand } from '../../api/endpoint-hooks.ts';
import { type ShownProblem, spreadProblem } from '../../api/problem.ts';
import { fieldErrors } from '../../api/validation.ts';
import { ShortNameField } from '../../ui/account-fields.tsx';
import { FormProblem } from '../../ui/error-state.tsx';
import { AccessFrame } from './access-frame.tsx';
import { slugOf } from './slug-of.ts';

/** A further organization: its secrets, members and keys are its own. */
export function NewOrganizationPage() {
  const navigate = useNavigate();
  const create = useCommand(createOrganization, [getSession]);
  const [problem, setProblem] = useState<ShownProblem>();
  const [slugTouched, setSlugTouched] = useState(false);
  const form = useForm({
    mode: 'uncontrolled',
    initialValues: { name: '', slug: '' },
    validate: (values) => fieldErrors(createOrganization.body, values),
    onValuesChange: (values, former) => {
      if (!slugTouched && values.name !== former.name) form.setFieldValue('slug', slugOf(values.name));
    },
  });
  const submit = form.onSubmit(async (body) => {
    setProblem(undefined);
    try {
      const made = await create.mutateAsync({ body });
      await navigate({ to: '/organizations/$organization', params: { organization: made.slug } });
    } catch (error) {
      setProblem(spreadProblem(error, ['name', 'slug'], form.setFieldError));
    }
  });
  return (
    <AccessFrame title="New organization" intro="It gets its own key pair. Nothing of your other organizations can be seen or used in it.">
      <form onSubmit={submit} noValidate>
        <Stack gap="sm">
          <TextInput label="Organization name" required autoFocus {...form.getInputProps('name')} key={form.key('name')} />
          <ShortNameField {...form.getInputProps('slug')} key={form.key('slug')} onInput={() => setSlugTouched(true)} />
          <FormProblem problem={problem} />
          <Button type="submit" loading={create.isPending} mt="xs">
            Create organization
          </Button>
        </Stack>
      </form>
    </AccessFrame>
  );
}
