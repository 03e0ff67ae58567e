import { getSession, listInvitations, listMembers, type Member, type Role, updateMember } from '@holdfast/api';
import { List, Text } from '@mantine/core';
import { useCommand } from '../../api/endpoint-hooks.ts';
import { useOrganization } from '../../api/organization.ts';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { notifyDone } from '../../ui/notify.ts';
import { changeOfRights, withArticle } from './role-change.ts';

export interface RoleChange {
  member: Member;
  to: Role;
}

/** Asks before a role is changed: what the person can do then, and what no longer. */
export function RoleDialog({ change, close }: { change: RoleChange | undefined; close: () => void }) {
  const { user } = useOrganization();
  const update = useCommand(updateMember, [listMembers, listInvitations, getSession]);
  const { member, to } = change ?? {};
  const { gained, lost } = member === undefined || to === undefined ? { gained: [], lost: [] } : changeOfRights(member.role, to);
  const own = member?.userId === user.id;
  const who = own ? 'You' : (member?.name ?? '');
  return (
    <ConfirmDialog
      opened={change !== undefined}
      close={close}
      title={own ? 'Change your own role' : `Change the role of ${member?.name ?? ''}`}
      confirmLabel={`Make ${own ? 'me' : (member?.name ?? '')} ${withArticle(to ?? 'viewer')}`}
      danger={lost.length > 0}
      confirm={async () => {
        if (member === undefined || to === undefined) return;
        await update.mutateAsync({ params: { member: member.id }, body: { role: to } });
        notifyDone(own ? `You are ${withArticle(to)} now.` : `${member.name} is ${withArticle(to)} now.`);
      }}
    >
      <Text size="sm">
        From {member?.role} to {to}, from the next request on.
      </Text>
      <Rights title={`${who} can no longer:`} rights={lost} />
      <Rights title={`${who} can then also:`} rights={gained} />
      {lost.includes('invite, remove and change members') ? (
        <Text size="sm">Invitations that {own ? 'you have' : 'they have'} made, and that nobody has accepted, are withdrawn.</Text>
      ) : null}
      {own && lost.length > 0 ? <Text size="sm">You cannot take this back yourself.</Text> : null}
    </ConfirmDialog>
  );
}

function Rights({ title, rights }: { title: string; rights: readonly string[] }) {
  if (rights.length === 0) return null;
  return (
    <>
      <Text size="sm" mt="xs">
        {title}
      </Text>
      <List size="sm" mb="xs">
        {rights.map((right) => (
          <List.Item key={right}>{right}</List.Item>
        ))}
      </List>
    </>
  );
}
