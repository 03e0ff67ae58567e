import { getInstance, getSession, listOwnInvitations } from '@holdfast/api';
import { Navigate } from '@tanstack/react-router';
import { useEndpoint } from '../api/endpoint-hooks.ts';
import { isSignedOut, isUnreadable } from '../api/problem.ts';
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
  const invitations = useEndpoint(listOwnInvitations, undefined, { enabled: session.data !== undefined });
  if (isUnreadable(instance)) return <Failed what="The console" of={instance} />;
  if (instance.data === undefined || session.isPending) return <PendingPage />;
  if (!instance.data.setUp) return <Navigate to="/setup" replace />;
  if (session.isError && isSignedOut(session.error)) return <Navigate to="/sign-in" replace />;
  if (session.data === undefined || isUnreadable(session)) return <Failed what="The console" of={session} />;
  if (invitations.isPending) return <PendingPage />;
  if (invitations.data !== undefined && invitations.data.items.length > 0) return <Navigate to="/invitations" replace />;
  const first = session.data.organizations[0];
  if (first !== undefined) return <Navigate to="/organizations/$organization" params={{ organization: first.slug }} replace />;
  // Who may be invited somewhere is not led to making an organization of their own.
  if (invitations.data === undefined) return <Failed what="Your invitations" of={invitations} />;
  return <Navigate to="/new-organization" replace />;
}

function Failed({ what, of: query }: { what: string; of: { error: unknown; refetch: () => unknown } }) {
  return (
    <AccessFrame title="Holdfast" intro="Organization secrets, for the workflows that need them.">
      <ErrorState what={what} error={query.error} retry={() => query.refetch()} />
    </AccessFrame>
  );
}
