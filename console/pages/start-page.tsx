import { getInstance, getSession, listOwnInvitations } from '@holdfast/api';
import { Navigate } from '@tanstack/react-router';
import { useEndpoint } from '../api/endpoint-hooks.ts';
import { problemOf } from '../api/problem.ts';
import { ErrorState } from '../ui/error-state.tsx';
import { PendingPage } from '../ui/pending-page.tsx';
import { AccessFrame } from './access/access-frame.tsx';

/**
 * The bare address: leads to setup, to signing in, to what the reader is invited to, or to their first
 * organization.
 */
export function StartPage() {
  const instance = useEndpoint(getInstance);
  const session = useEndpoint(getSession);
  const invitations = useEndpoint(listOwnInvitations, undefined, { enabled: session.isSuccess });
  if (instance.isError) {
    return (
      <AccessFrame title="Holdfast" intro="Organization secrets, for the workflows that need them.">
        <ErrorState what="The console" error={instance.error} retry={() => instance.refetch()} />
      </AccessFrame>
    );
  }
  if (instance.isPending || session.isPending) {
    return <PendingPage />;
  }
  if (!instance.data.setUp) return <Navigate to="/setup" replace />;
  if (session.isError) {
    if (problemOf(session.error).code === 'unauthenticated') return <Navigate to="/sign-in" replace />;
    return (
      <AccessFrame title="Holdfast" intro="Organization secrets, for the workflows that need them.">
        <ErrorState what="The console" error={session.error} retry={() => session.refetch()} />
      </AccessFrame>
    );
  }
  if (invitations.isPending) return <PendingPage />;
  if (invitations.data !== undefined && invitations.data.items.length > 0) return <Navigate to="/invitations" replace />;
  const first = session.data.organizations[0];
  if (first === undefined) return <Navigate to="/new-organization" replace />;
  return <Navigate to="/organizations/$organization" params={{ organization: first.slug }} replace />;
}
