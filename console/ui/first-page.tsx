import { type AnyRouter, useRouterState } from '@tanstack/react-router';
import { PendingPage } from './pending-page.tsx';

/**
 * In place of the first page, until its code is there. Later the router leaves the former page while the next
 * is on its way, with what was typed on it.
 */
export function FirstPage({ router }: { router: AnyRouter }) {
  const none = useRouterState({ router, select: ({ resolvedLocation }) => resolvedLocation === undefined });
  return none ? <PendingPage /> : null;
}
