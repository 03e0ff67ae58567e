import { createInvitation, listInvitations, ROLES, type Role } from '@holdfast/api';
import { Button, Group, Modal, Select, Stack, Text, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useState } from 'react';
import { useCommand } from '../../api/endpoint-hooks.ts';
import { useOrganization } from '../../api/organization.ts';
import { type ShownProblem, spreadProblem } from '../../api/problem.ts';
import { fieldErrors } from '../../api/validation.ts';
import { FormProblem } from '../../ui/error-state.tsx';
import { ShownOnce } from '../../ui/shown-once.tsx';
import { ROLE_WORDS } from './role-table.tsx';

/** Makes an invitation; its link is shown once, to be handed over. */
export function InviteDialog({ opened, close }: { opened: boolean; close: () => void }) {
  return (
    <Modal opened={opened} onClose={close} title="Invite a member">
      <InviteForm close={close} />
    </Modal>
  );
}

function InviteForm({ close }: { close: () => void }) {
  const { role } = useOrganization();
  const invite = useCommand(createInvitation, [listInvitations]);
  const [problem, setProblem] = useState<ShownProblem>();
  const [made, setMade] = useState<{ email: string; link: string }>();
  const form = useForm({
    initialValues: { email: '', role: 'editor' as Role },
    validate: (values) => fieldErrors(createInvitation.body, values),
  });
  const submit = form.onSubmit(async (body) => {
    setProblem(undefined);
    try {
      const { email, token } = await invite.mutateAsync({ body });
      setMade({ email, link: `${window.location.origin}/accept-invitation#${encodeURIComponent(token)}` });
    } catch (error) {
      setProblem(spreadProblem(error, ['email', 'role'], form.setFieldError));
    }
  });
  if (made !== undefined) {
    return (
      <ShownOnce label="Invitation link" text={made.link} done={close}>
        Hand this link to {made.email} by a way that you trust. Whoever has it can accept the invitation.
      </ShownOnce>
    );
  }
  const roles = ROLES.filter((choice) => choice !== 'owner' || role === 'owner');
  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="sm">
        <TextInput label="E-mail" type="email" required data-autofocus autoComplete="off" {...form.getInputProps('email')} />
        <Select label="Role" allowDeselect={false} data={roles} {...form.getInputProps('role')} />
        <Text size="sm" c="dimmed">
          {ROLE_WORDS[form.values.role]}
        </Text>
      </Stack>
      <FormProblem problem={problem} />
      <Group justify="flex-end" gap="xs" mt="lg">
        <Button variant="default" onClick={close}>
          Cancel
        </Button>
        <Button type="submit" loading={invite.isPending}>
          Invite
        </Button>
      </Group>
    </form>
  );
}
