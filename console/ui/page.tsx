import { Group, Text, Title } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import type { ReactNode } from 'react';
import classes from './page.module.css';

interface PageProps {
  title: string;
  /** Names of secrets are shown in monospace. */
  mono?: boolean;
  /** One line: what the page is, and what it promises. */
  description?: ReactNode;
  /** Links back, for example from a component to its project. */
  breadcrumbs?: ReactNode;
  /** Buttons, right of the title. */
  actions?: ReactNode;
  children: ReactNode;
}

/** The frame of every page below the shell. */
export function Page({ title, mono = false, description, breadcrumbs, actions, children }: PageProps) {
  useDocumentTitle(`${title} · Holdfast`);
  return (
    <div className={classes.page}>
      <header className={classes.head}>
        <div className={classes.words}>
          {breadcrumbs === undefined ? null : (
            <nav aria-label="Breadcrumbs" className={classes.breadcrumbs}>
              {breadcrumbs}
            </nav>
          )}
          <Title order={1} className={mono ? classes.mono : undefined}>
            {title}
          </Title>
          {description === undefined ? null : (
            <Text component="div" c="dimmed" size="md" className={classes.description}>
              {description}
            </Text>
          )}
        </div>
        {actions === undefined ? null : (
          <Group gap="xs" className={classes.actions}>
            {actions}
          </Group>
        )}
      </header>
      {children}
    </div>
  );
}
