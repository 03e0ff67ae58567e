import { Title } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import type { ReactNode } from 'react';
import classes from './access-frame.module.css';

/**
 * Around the pages that are seen before an organization is open: setting up, signing in, accepting an
 * invitation.
 */
export function AccessFrame({ title, intro, children }: { title: string; intro: ReactNode; children: ReactNode }) {
  useDocumentTitle(`${title} · Holdfast`);
  return (
    <div className={classes.frame}>
      <aside className={classes.promise}>
        <div className={classes.brand}>
          <img src="/favicon.svg" alt="" width={30} height={30} />
          Holdfast
        </div>
        <p className={classes.line}>Secrets that nobody sees again, for the workflows that need them.</p>
        <ul className={classes.facts}>
          <li>A value is sealed in your browser, before it is sent.</li>
          <li>The server of this console holds no key that opens it.</li>
          <li>Every use is recorded before it happens.</li>
        </ul>
      </aside>
      <main className={classes.main}>
        <div className={classes.form}>
          <Title order={1}>{title}</Title>
          <div className={classes.intro}>{intro}</div>
          {children}
        </div>
      </main>
    </div>
  );
}
