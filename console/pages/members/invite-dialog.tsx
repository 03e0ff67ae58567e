import { createInvitation, listInvitations, ROLES, type Role } from '@holdfast/api';
import { Button, Group, Select, Stack, Text, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useState } from 'react';
import { useCommand } from '../../api/endpoint-hooks.ts';
import { useOrganization } from '../../api/organization.ts';
import { type ShownProblem, spreadProblem } from '../../api/problem.ts';
import { fieldErrors } from '../../api/validation.ts';
import { CheckedForm } from '../../forms/checked-form.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';
import { DialogEnd } from '../../ui/dialog-end.tsx';
import { FormDialog, useFilled } from '../../ui/form-dialog.tsx';
import { Notice } from '../../ui/notice.tsx';
import { ROLE_WORDS } from './role-table.tsx';

/** Makes an invitation, and says how the invited person gets to it. */
export function InviteDialog({ opened, close }: { opened: boolean; close: () => void }) {
  return (
    <FormDialog opened={opened} close={close} title="Invite a member">
      {(done) => <InviteForm close={done} />}
    </FormDialog>
  );
}

function InviteForm({ close }: { close: () => void }) {
  const { role } = useOrganization();
  const invite = useCommand(createInvitation, [listInvitations]);
  const [problem, setProblem] = useState<ShownProblem>();
  const [made, setMade] = useState<{ email: string; delivery: 'mail' | 'operator' }>();
  const form = useForm({
    initialValues: { email: '', role: 'editor' as Role },
    validate: (values) => fieldErrors(createInvitation.body, values),
  });
  useFilled(made === undefined && form.isDirty());

  async function submit(body: { email: string; role: Role }) {
    setProblem(undefined);
    try {
      const { email, delivery } = await invite.mutateAsync({ body });
      setMade({ email, delivery });
    } catch (error) {
      setProblem(spreadProblem(error, ['email', 'role'], form.setFieldError));
    }
  }

  if (made !== undefined) {
    return <Invited email={made.email} delivery={made.delivery} close={close} />;
  }
  const roles = ROLES.filter((choice) => choice !== 'owner' || role === 'owner');
  return (
    <CheckedForm form={form} submit={submit}>
      <Stack gap="sm">
        <TextInput label="E-mail" type="email" required data-autofocus autoComplete="off" {...form.getInputProps('email')} />
        <Select label="Role" allowDeselect={false} data={roles} {...form.getInputProps('role')} />
        <Text size="sm" c="dimmed">
          {ROLE_WORDS[form.values.role]}
        </Text>
      </Stack>
      <DialogEnd problem={problem} close={close} loading={invite.isPending}>
        Invite
      </DialogEnd>
    </CheckedForm>
  );
}

/** The same words whether the address has an account or not: we do not say which. */
function Invited({ email, delivery, close }: { email: string; delivery: 'mail' | 'operator'; close: () => void }) {
  const command = `node bin/holdfast.mjs account link ${email}`;
  return (
    <Stack gap="sm">
      {delivery === 'mail' ? (
        <Text size="md">
          A mail with a link goes to <b>{email}</b>. The person who opens it makes an account or signs in, and can join.
        </Text>
      ) : (
        <>
          <Text size="md">
            <b>{email}</b> is invited. With an account here, they sign in at {window.location.origin} and find the invitation.
          </Text>
          <Text size="md">
            Without one, the operator makes them a link, in Holdfast’s folder on its machine. No mail is set up, and an invitation alone
            proves nobody’s address:
          </Text>
          <Notice>
            <code>{command}</code> <CopyButton value={command} what="the command" />
          </Notice>
        </>
      )}
      <Group justify="flex-end" mt="sm">
        <Button onClick={close} data-autofocus>
          Done
        </Button>
      </Group>
    </Stack>
  );
}
