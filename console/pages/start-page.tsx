import { getInstance, getSession } from '@holdfast/api';
import { Center, Container, Loader } from '@mantine/core';
import { Navigate } from '@tanstack/react-router';
import { useEndpoint } from '../api/endpoint-hooks.ts';
import { problemOf } from '../api/problem.ts';
import { ErrorState } from '../ui/error-state.tsx';

/** The bare address: leads to setup, to signing in, or to the reader's first organization. */
export function StartPage() {
  const instance = useEndpoint(getInstance);
  const session = useEndpoint(getSession);
  if (instance.isError) {
    return (
      <Container size="sm" py="xl">
        <ErrorState error={instance.error} retry={() => instance.refetch()} />
      </Container>
    );
  }
  if (instance.isPending || session.isPending) {
    return (
      <Center mih="60dvh">
        <Loader aria-label="Loading" />
      </Center>
    );
  }
  if (!instance.data.setUp) return <Navigate to="/setup" replace />;
  if (session.isError) {
    if (problemOf(session.error).code === 'unauthenticated') return <Navigate to="/sign-in" replace />;
    return (
      <Container size="sm" py="xl">
        <ErrorState error={session.error} retry={() => session.refetch()} />
      </Container>
    );
  }
  const first = session.data.organizations[0];
  if (first === undefined) return <Navigate to="/new-organization" replace />;
  return <Navigate to="/organizations/$organization" params={{ organization: first.slug }} replace />;
}
