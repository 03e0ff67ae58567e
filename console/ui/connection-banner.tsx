import { Button } from '@mantine/core';
import { useEffect, useState, useSyncExternalStore } from 'react';
import { type Connection, connectionStore, dismissUpgrade, tryNow } from '../api/connection.ts';
import classes from './connection-banner.module.css';

/**
 * Over every page while the server does not answer, or when it has another version. What is below stays as it
 * is.
 */
export function ConnectionBanner() {
  const connection = useSyncExternalStore(connectionStore.subscribe, connectionStore.read);
  return (
    <section aria-label="Connection" aria-live="polite" className={classes.region}>
      {connection.state === 'away' ? <Away connection={connection} /> : null}
      {connection.state === 'upgraded' ? <Upgraded /> : null}
    </section>
  );
}

function Away({ connection: { why, nextTryAt } }: { connection: Extract<Connection, { state: 'away' }> }) {
  const [trying, setTrying] = useState(false);
  const seconds = useSecondsUntil(nextTryAt);
  return (
    <div className={classes.banner}>
      <div>
        <strong>{why === 'unreachable' ? 'Holdfast does not answer.' : 'Holdfast is not ready: its database does not answer.'}</strong> What
        you typed stays here. <span aria-hidden>{seconds > 0 ? `Trying again in ${seconds} s.` : 'Trying again …'}</span>
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
