import { Title } from '@mantine/core';
import { type ReactNode, useSyncExternalStore } from 'react';
import { connectionStore } from '../api/connection.ts';
import classes from './placeholder.module.css';

/** Whether the server does not answer now. */
export function useAway(): boolean {
  return useSyncExternalStore(connectionStore.subscribe, () => connectionStore.read().state === 'away');
}

/**
 * Stands where something is still to be read: `children` are its outlines, which promise that it comes at
 * once. While the server is away nothing comes, and words say so.
 */
export function Placeholder({ children }: { children: ReactNode }) {
  return useAway() ? (
    <NotRead />
  ) : (
    <div role="status" aria-busy aria-label="Loading">
      {children}
    </div>
  );
}

/** In place of what cannot be read while the server is away. The banner then stands first on the page. */
export function NotRead({ what = 'This' }: { what?: string }) {
  return (
    <p className={classes.notRead} data-not-read>
      {what} could not be read yet. It is shown as soon as Holdfast answers.
    </p>
  );
}

/** In place of a whole page of which not even the frame is known yet. */
export function PagePlaceholder({ children }: { children: ReactNode }) {
  const away = useAway();
  return (
    <div className={classes.page}>
      {away ? (
        <main>
          <Title order={1} mb="sm">
            Holdfast
          </Title>
          <NotRead />
        </main>
      ) : (
        children
      )}
    </div>
  );
}
