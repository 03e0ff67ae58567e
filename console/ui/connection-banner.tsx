import { Button } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { type AnyRouter, useRouterState } from '@tanstack/react-router';
import { useEffect, useState, useSyncExternalStore } from 'react';
import { type Connection, connectionStore, dismissUpgrade, tryNow } from '../api/connection.ts';
import { SLOW_AFTER_MILLISECONDS, useLongWait } from '../api/long-wait.ts';
import { isAnythingTyped } from '../api/typed-input.ts';
import classes from './connection-banner.module.css';

/**
 * At the foot of every page while the server does not answer, or takes long, or when it has another version.
 * The page itself stays as it is. Of a page that could not be read at all it is the first thing.
 */
export function ConnectionBanner({ router }: { router: AnyRouter }) {
  const connection = useSyncExternalStore(connectionStore.subscribe, connectionStore.read);
  return (
    <section aria-label="Connection" aria-live="polite" className={classes.region}>
      {connection.state === 'away' ? <Away connection={connection} /> : null}
      {connection.state === 'upgraded' ? <Upgraded /> : null}
      {connection.state === 'answering' ? <LongWait router={router} /> : null}
    </section>
  );
}

function Away({ connection: { why, nextTryAt } }: { connection: Extract<Connection, { state: 'away' }> }) {
  const [trying, setTrying] = useState(false);
  const seconds = useSecondsUntil(nextTryAt);
  return (
    <div className={classes.banner}>
      <div>
        <strong>{why === 'unreachable' ? 'Holdfast does not answer.' : 'Holdfast is not ready: its database does not answer.'}</strong>{' '}
        {isAnythingTyped() ? 'What you typed stays here. ' : ''}
        <span aria-hidden>{seconds > 0 ? `Trying again in ${seconds} s.` : 'Trying again …'}</span>
      </div>
      <Button
        size="compact-sm"
        variant="default"
        loading={trying}
        onClick={() => {
          setTrying(true);
          void tryNow().finally(() => setTrying(false));
        }}
      >
        Try now
      </Button>
    </div>
  );
}

/** Whether the code of the next page has been on its way for long. */
function useSlowPage(router: AnyRouter): boolean {
  const loading = useRouterState({ router, select: ({ isLoading }) => isLoading });
  const [slow] = useDebouncedValue(loading, SLOW_AFTER_MILLISECONDS);
  return loading && slow;
}

/** Nothing can be done but wait: there is no button, and what is below can be pressed. */
function LongWait({ router }: { router: AnyRouter }) {
  const wait = useLongWait();
  const pageIsSlow = useSlowPage(router);
  if (wait.state === 'none' && !pageIsSlow) return null;
  return (
    <div className={classes.banner} data-words-only>
      {wait.state !== 'retrying' ? (
        <div>
          <strong>Holdfast takes long to answer.</strong> Still waiting …
        </div>
      ) : (
        <div>
          <strong>{wait.title}.</strong> Trying again …
        </div>
      )}
    </div>
  );
}

function Upgraded() {
  return (
    <div className={classes.banner}>
      <div>
        <strong>Holdfast was upgraded.</strong> Reload the page to go on. What you typed and have not saved is lost then.
      </div>
      <Button size="compact-sm" onClick={() => window.location.reload()}>
        Reload
      </Button>
      <Button size="compact-sm" variant="default" onClick={dismissUpgrade}>
        Not now
      </Button>
    </div>
  );
}

function useSecondsUntil(time: number): number {
  const left = () => Math.max(0, Math.ceil((time - Date.now()) / 1_000));
  const [seconds, setSeconds] = useState(left);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `left` follows from the time
  useEffect(() => {
    setSeconds(left());
    const timer = setInterval(() => setSeconds(left()), 500);
    return () => clearInterval(timer);
  }, [time]);
  return seconds;
}
