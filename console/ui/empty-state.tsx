import { Group, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import classes from './empty-state.module.css';

/** Nothing is here yet: what would be, why, and the next step. */
export function EmptyState({
  icon,
  title,
  children,
  actions,
}: {
  icon: ReactNode;
  title: string;
  children: ReactNode;
  actions?: ReactNode;
}) {
  return (
    <section className={classes.empty}>
      <span className={classes.icon} aria-hidden>
        {icon}
      </span>
      <Title order={2}>{title}</Title>
      <Text component="div" c="dimmed" className={classes.words}>
        {children}
      </Text>
      {actions === undefined ? null : (
        <Group gap="xs" justify="center" mt="md">
          {actions}
        </Group>
      )}
    </section>
  );
}
