import { type AnyRouter, useRouterState } from '@tanstack/react-router';
import { PagePlaceholder, useAway } from './placeholder.tsx';

/** In place of the first page, when its code cannot be loaded because the server went away. */
export function FirstPageAway({ router }: { router: AnyRouter }) {
  const away = useAway();
  const none = useRouterState({ router, select: ({ resolvedLocation }) => resolvedLocation === undefined });
  return away && none ? <PagePlaceholder>{null}</PagePlaceholder> : null;
}
