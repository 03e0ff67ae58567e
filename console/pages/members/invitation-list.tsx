import { type Answer, deleteInvitation, listInvitations } from '@holdfast/api';
import { Text, Title } from '@mantine/core';
import { useCommand, useEndpoint } from '../../api/endpoint-hooks.ts';
import { useOrganization } from '../../api/organization.ts';
import { ActButton } from '../../ui/act-button.tsx';
import { DataTable } from '../../ui/data-table.tsx';
import { notifyDone, notifyProblem } from '../../ui/notify.ts';
import { RelativeTime } from '../../ui/relative-time.tsx';
import { WhenRead } from '../../ui/when-read.tsx';

/** Invitations that nobody has accepted yet; nothing when there are none. */
export function InvitationList() {
  const { may } = useOrganization();
  const invitations = useEndpoint(listInvitations);
  const withdraw = useCommand(deleteInvitation, [listInvitations]);
  const items = invitations.data?.items ?? [];
  if (items.length === 0 && !invitations.isError) return null;
  return (
    <WhenRead what="The invitations" of={invitations}>
      {items.length === 0 ? null : (
        <section>
          <Title order={2} mt="xl" mb="xs">
            Invitations
          </Title>
          <DataTable
            label="Invitations"
            rows={items}
            rowKey={(invitation) => invitation.id}
            columns={[
              { key: 'email', header: 'E-mail', cell: (invitation) => invitation.email },
              { key: 'role', header: 'Role', width: 180, cell: (invitation) => invitation.role },
              { key: 'mail', header: 'Mail', cell: ({ mail }) => <MailState mail={mail} /> },
              { key: 'expires', header: 'Expires', cell: (invitation) => <RelativeTime time={invitation.expiresAt} /> },
              {
                key: 'actions',
                header: 'Actions',
                align: 'right',
                cell: (invitation) =>
                  may('members:write') ? (
                    <ActButton
                      variant="default"
                      size="compact-sm"
                      fw={500}
                      aria-label={`Withdraw the invitation of ${invitation.email}`}
                      act={() =>
                        withdraw.mutateAsync({ params: { invitation: invitation.id } }).then(
                          () => notifyDone(`The invitation of ${invitation.email} is withdrawn.`),
                          (error: unknown) => notifyProblem(error),
                        )
                      }
                    >
                      Withdraw
                    </ActButton>
                  ) : null,
              },
            ]}
          />
        </section>
      )}
    </WhenRead>
  );
}

function MailState({ mail }: { mail: Answer<typeof listInvitations>['items'][number]['mail'] }) {
  if (mail === null) return <Text c="dimmed">none; the operator makes the link</Text>;
  if (mail.sentAt !== null) {
    return (
      <>
        sent <RelativeTime time={mail.sentAt} />
      </>
    );
  }
  return mail.failure === null ? 'on its way' : <Text title={mail.failure}>not sent yet: {mail.failure}</Text>;
}
