import { Container } from '@mantine/core';
import { ErrorState } from './error-state.tsx';

/**
 * Shown when a page could not be loaded or failed while it was drawn. Both stay as they are until the page is
 * loaded again.
 */
export function RouteError({ error }: { error: unknown }) {
  return (
    <Container size="sm" py="xl">
      <ErrorState what="The page" error={error} retry={() => window.location.reload()} retryLabel="Reload the page" />
    </Container>
  );
}
