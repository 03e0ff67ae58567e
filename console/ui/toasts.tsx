import { CloseButton, Text } from '@mantine/core';
import { AlertIcon, CheckIcon } from '@primer/octicons-react';
import { useSyncExternalStore } from 'react';
import { dismiss, toastStore } from './notify.ts';
import classes from './toasts.module.css';

/**
 * What happened a moment ago, at the lower right. The region is always there, so that screen readers hear
 * what comes into it.
 */
export function Toasts() {
  const toasts = useSyncExternalStore(toastStore.subscribe, toastStore.read);
  return (
    <section className={classes.region} aria-label="Notifications" aria-live="polite">
      {toasts.map(({ id, tone, title, message }) => (
        <div key={id} className={classes.toast} data-tone={tone} role={tone === 'problem' ? 'alert' : 'status'}>
          <span className={classes.icon} aria-hidden>
            {tone === 'problem' ? <AlertIcon size={16} /> : <CheckIcon size={16} />}
          </span>
          <div className={classes.words}>
            {title === undefined ? null : <Text fw={600}>{title}</Text>}
            <Text size="sm">{message}</Text>
          </div>
          <CloseButton size="sm" aria-label="Dismiss this notification" onClick={() => dismiss(id)} />
        </div>
      ))}
    </section>
  );
}
