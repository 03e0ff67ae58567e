import { Title } from '@mantine/core';
import type { ReactNode } from 'react';
import classes from './panel.module.css';

/** Things that belong together, in a quiet frame. */
export function Panel({ title, actions, children }: { title?: string; actions?: ReactNode; children: ReactNode }) {
  return (
    <section className={classes.panel} {...(title === undefined ? {} : { 'aria-label': title })}>
      {title === undefined && actions === undefined ? null : (
        <div className={classes.head}>
          {title === undefined ? <span /> : <Title order={2}>{title}</Title>}
          {actions}
        </div>
      )}
      {children}
    </section>
  );
}
