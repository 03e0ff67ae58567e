import { Container } from '@mantine/core';
import { ErrorState } from './error-state.tsx';

/** Shown when a page could not be loaded or failed while it was drawn. */
export function RouteError({ error, reset }: { error: unknown; reset: () => void }) {
  return (
    <Container size="sm" py="xl">
      <ErrorState error={error} retry={reset} />
    </Container>
  );
}
