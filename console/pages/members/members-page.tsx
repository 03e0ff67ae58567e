import { listInvitations, listMembers, type Member, ROLES, type Role, removeMember, updateMember } from '@holdfast/api';
import { Button, Select, Text } from '@mantine/core';
import { useState } from 'react';
import { useCommand, useEndpoint } from '../../api/endpoint-hooks.ts';
import { useOrganization } from '../../api/organization.ts';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { DataTable } from '../../ui/data-table.tsx';
import { ErrorState, NoPermission } from '../../ui/error-state.tsx';
import { notifyDone, notifyProblem } from '../../ui/notify.ts';
import { Page } from '../../ui/page.tsx';
import { RelativeTime } from '../../ui/relative-time.tsx';
import { Tag } from '../../ui/tag.tsx';
import { InvitationList } from './invitation-list.tsx';
import { InviteDialog } from './invite-dialog.tsx';
import { RoleTable } from './role-table.tsx';

export function MembersPage() {
  const { may, role, user, name } = useOrganization();
  const members = useEndpoint(listMembers, undefined, { enabled: may('members:read') });
  const change = useCommand(updateMember, [listMembers]);
  const remove = useCommand(removeMember, [listMembers, listInvitations]);
  const [inviting, setInviting] = useState(false);
  const [leaving, setLeaving] = useState<Member>();
  if (!may('members:read')) {
    return (
      <Page title="Members">
        <NoPermission what="Owners and admins see who is a member." />
      </Page>
    );
  }
  // Only an owner makes or changes an owner.
  const rolesFor = (member: Member) =>
    role === 'owner' ? ROLES : member.role === 'owner' ? [] : ROLES.filter((choice) => choice !== 'owner');
  const mayChange = (member: Member) => may('members:write') && rolesFor(member).length > 0;

  async function give(member: Member, newRole: Role) {
    try {
      await change.mutateAsync({ params: { member: member.id }, body: { role: newRole } });
      notifyDone(`${member.name} is ${newRole} now.`);
    } catch (error) {
      notifyProblem(error);
    }
  }

  return (
    <Page
      title="Members"
      description="Who belongs to the organization, and what each may do. A change counts from the very next request."
      actions={may('members:write') ? <Button onClick={() => setInviting(true)}>Invite</Button> : undefined}
    >
      {members.isError ? (
        <ErrorState error={members.error} retry={() => members.refetch()} />
      ) : (
        <DataTable
          label="Members"
          rows={members.data?.items ?? []}
          rowKey={(member) => member.id}
          loading={members.isPending}
          columns={[
            {
              key: 'name',
              header: 'Name',
              cell: (member) => (
                <div>
                  <Text fw={600} size="md">
                    {member.name} {member.userId === user.id ? <Tag>you</Tag> : null}
                  </Text>
                  <Text size="sm" c="dimmed">
                    {member.email}
                  </Text>
                </div>
              ),
            },
            {
              key: 'role',
              header: 'Role',
              width: 180,
              cell: (member) =>
                mayChange(member) ? (
                  <Select
                    aria-label={`Role of ${member.name}`}
                    size="xs"
                    w={130}
                    allowDeselect={false}
                    data={[...rolesFor(member)]}
                    value={member.role}
                    onChange={(choice) => {
                      const newRole = ROLES.find((known) => known === choice);
                      if (newRole !== undefined && newRole !== member.role) void give(member, newRole);
                    }}
                  />
                ) : (
                  member.role
                ),
            },
            { key: 'joined', header: 'Joined', cell: (member) => <RelativeTime time={member.joinedAt} /> },
            {
              key: 'actions',
              header: 'Actions',
              align: 'right',
              cell: (member) =>
                mayChange(member) ? (
                  <Button
                    variant="default"
                    size="compact-sm"
                    fw={500}
                    onClick={() => setLeaving(member)}
                    aria-label={member.userId === user.id ? 'Leave the organization' : `Remove ${member.name}`}
                  >
                    {member.userId === user.id ? 'Leave' : 'Remove'}
                  </Button>
                ) : null,
            },
          ]}
        />
      )}
      <InvitationList />
      <RoleTable />
      <InviteDialog opened={inviting} close={() => setInviting(false)} />
      <ConfirmDialog
        opened={leaving !== undefined}
        close={() => setLeaving(undefined)}
        title={leaving?.userId === user.id ? `Leave ${name}` : `Remove ${leaving?.name ?? ''}`}
        confirmLabel={leaving?.userId === user.id ? 'Leave' : 'Remove'}
        confirm={async () => {
          if (leaving === undefined) return;
          await remove.mutateAsync({ params: { member: leaving.id } });
          notifyDone(`${leaving.name} is no longer a member.`);
        }}
      >
        <Text size="sm">
          Their sessions and tokens end at once. What they made stays, and the audit keeps their name. Values that they knew before they
          were sealed they still know: replace those.
        </Text>
      </ConfirmDialog>
    </Page>
  );
}
