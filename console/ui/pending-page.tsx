import { Loader } from '@mantine/core';
import { PagePlaceholder } from './placeholder.tsx';

/** While the code of a page or what its frame is made from is still on its way. */
export function PendingPage() {
  return (
    <PagePlaceholder>
      <Loader role="status" aria-label="Loading" />
    </PagePlaceholder>
  );
}
