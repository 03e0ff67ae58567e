import { getSession, listInvitations, listMembers, type Member, ROLES, removeMember } from '@holdfast/api';
import { Button, List, Select, Text } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useCommand, useEndpoint } from '../../api/endpoint-hooks.ts';
import { useOrganization } from '../../api/organization.ts';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { DataTable } from '../../ui/data-table.tsx';
import { NoPermission } from '../../ui/error-state.tsx';
import { LeaveDialog } from '../../ui/leave-dialog.tsx';
import { notifyDone } from '../../ui/notify.ts';
import { Page } from '../../ui/page.tsx';
import { RelativeTime } from '../../ui/relative-time.tsx';
import { Tag } from '../../ui/tag.tsx';
import { WhenRead } from '../../ui/when-read.tsx';
import { InvitationList } from './invitation-list.tsx';
import { InviteDialog } from './invite-dialog.tsx';
import { rightsOf } from './role-change.ts';
import { type RoleChange, RoleDialog } from './role-dialog.tsx';
import { RoleTable } from './role-table.tsx';

export function MembersPage() {
  const organization = useOrganization();
  const { may, role, user, onlyOwner } = organization;
  const navigate = useNavigate();
  const members = useEndpoint(listMembers, undefined, { enabled: may('members:read') });
  const remove = useCommand(removeMember, [listMembers, listInvitations, getSession]);
  const [inviting, setInviting] = useState(false);
  const [changing, setChanging] = useState<RoleChange>();
  const [removing, setRemoving] = useState<Member>();
  const [leaving, setLeaving] = useState(false);
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
  const isOnlyOwner = (member: Member) => onlyOwner && member.userId === user.id;
  const mayChange = (member: Member) => may('members:write') && rolesFor(member).length > 0 && !isOnlyOwner(member);
  return (
    <Page
      title="Members"
      description="Who belongs to the organization, and what each may do. A change counts from the very next request."
      actions={may('members:write') ? <Button onClick={() => setInviting(true)}>Invite</Button> : undefined}
    >
      <WhenRead what="The members" of={members}>
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
                      if (newRole !== undefined && newRole !== member.role) setChanging({ member, to: newRole });
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
              wraps: true,
              cell: (member) =>
                isOnlyOwner(member) ? (
                  <Text size="sm" c="dimmed">
                    The only owner: make another member an owner before you leave.
                  </Text>
                ) : member.userId === user.id ? (
                  <Button variant="default" size="compact-sm" fw={500} onClick={() => setLeaving(true)} aria-label="Leave the organization">
                    Leave
                  </Button>
                ) : mayChange(member) ? (
                  <Button
                    variant="default"
                    size="compact-sm"
                    fw={500}
                    onClick={() => setRemoving(member)}
                    aria-label={`Remove ${member.name}`}
                  >
                    Remove
                  </Button>
                ) : null,
            },
          ]}
        />
      </WhenRead>
      <InvitationList />
      <RoleTable />
      <InviteDialog opened={inviting} close={() => setInviting(false)} />
      <RoleDialog change={changing} close={() => setChanging(undefined)} />
      <LeaveDialog
        organization={leaving ? organization : undefined}
        close={() => setLeaving(false)}
        left={() => navigate({ to: '/', replace: true })}
      />
      <ConfirmDialog
        opened={removing !== undefined}
        close={() => setRemoving(undefined)}
        title={`Remove ${removing?.name ?? ''}`}
        confirmLabel="Remove"
        confirm={async () => {
          if (removing === undefined) return;
          await remove.mutateAsync({ params: { member: removing.id } });
          notifyDone(`${removing.name} is no longer a member.`);
        }}
      >
        <Text size="sm">From the next request on, {removing?.name} can no longer:</Text>
        <List size="sm" my="xs">
          {rightsOf(removing?.role ?? 'viewer').map((right) => (
            <List.Item key={right}>{right}</List.Item>
          ))}
        </List>
        <Text size="sm">
          Their tokens in this organization and the invitations that they made end at once. What they made stays, and the audit record keeps
          their name. Values that they knew before these were sealed, they still know: replace those.
        </Text>
      </ConfirmDialog>
    </Page>
  );
}
