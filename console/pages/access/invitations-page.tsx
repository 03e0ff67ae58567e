import { acceptInvitation, declineInvitation, getSession, listOwnInvitations } from '@holdfast/api';
import { Button, Group, Loader, Stack, Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { Navigate, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useCommand, useEndpoint } from '../../api/endpoint-hooks.ts';
import { isSignedOut, isUnreadable, problemOf, type ShownProblem } from '../../api/problem.ts';
import { ActButton } from '../../ui/act-button.tsx';
import { ErrorState, FormProblem } from '../../ui/error-state.tsx';
import { LinkButton } from '../../ui/links.tsx';
import { Placeholder } from '../../ui/placeholder.tsx';
import { RelativeTime } from '../../ui/relative-time.tsx';
import { AccessFrame } from './access-frame.tsx';

/**
 * What the address of the signed-in account is invited to; joining is one press, and never happens by itself.
 */
export function InvitationsPage() {
  const session = useEndpoint(getSession);
  const invitations = useEndpoint(listOwnInvitations);
  const accept = useCommand(acceptInvitation, [listOwnInvitations]);
  const decline = useCommand(declineInvitation, [listOwnInvitations]);
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [problem, setProblem] = useState<ShownProblem>();

  if (session.isError && isSignedOut(session.error)) return <Navigate to="/sign-in" search={{ next: '/invitations' }} replace />;
  if (isUnreadable(session)) {
    return (
      <AccessFrame title="Invitations" intro="Organizations that invite you to join them.">
        <ErrorState what="Your invitations" error={session.error} retry={() => session.refetch()} />
      </AccessFrame>
    );
  }
  if (isUnreadable(invitations)) {
    return (
      <AccessFrame title="Invitations" intro="Organizations that invite you to join them.">
        <ErrorState what="Your invitations" error={invitations.error} retry={() => invitations.refetch()} />
      </AccessFrame>
    );
  }
  if (invitations.data === undefined || session.data === undefined) {
    return (
      <AccessFrame title="Invitations" intro="One moment.">
        <Placeholder>
          <Loader size="sm" />
        </Placeholder>
      </AccessFrame>
    );
  }
  const { email } = session.data.user;
  const [first] = session.data.organizations;
  const join = async (invitation: string) => {
    setProblem(undefined);
    try {
      const { organization } = await accept.mutateAsync({ params: { invitation } });
      await queries.invalidateQueries({ queryKey: [getSession.id] });
      await navigate({ to: '/organizations/$organization', params: { organization: organization.slug } });
    } catch (error) {
      setProblem(problemOf(error));
    }
  };
  const refuse = (invitation: string) =>
    decline.mutateAsync({ params: { invitation } }).catch((error: unknown) => setProblem(problemOf(error)));

  return (
    <AccessFrame
      title="Invitations"
      intro={
        invitations.data.items.length === 0 ? `Nobody waits for an answer from ${email}.` : `For ${email}. You join none unless you say so.`
      }
    >
      <Stack gap="lg">
        {invitations.data.items.map(({ id, organization, role, invitedBy, expiresAt }) => (
          <section key={id} aria-label={`Invitation to ${organization}`}>
            <Text fw={600}>{organization}</Text>
            <Text size="sm" c="dimmed">
              {invitedBy} invites you as {role}; it ends <RelativeTime time={expiresAt} />.
            </Text>
            <Group gap="xs" mt="xs">
              <Button loading={accept.isPending} aria-label={`Join ${organization}`} onClick={() => join(id)}>
                Join
              </Button>
              <ActButton variant="default" aria-label={`Decline the invitation to ${organization}`} act={() => refuse(id)}>
                Decline
              </ActButton>
            </Group>
          </section>
        ))}
        <FormProblem problem={problem} />
        {first === undefined ? (
          <LinkButton to="/new-organization" variant="default">
            Make an organization of your own
          </LinkButton>
        ) : (
          <LinkButton to="/organizations/$organization" params={{ organization: first.slug }} variant="default">
            Go to {first.name}
          </LinkButton>
        )}
      </Stack>
    </AccessFrame>
  );
}
