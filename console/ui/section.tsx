import { Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import classes from './section.module.css';

/** A part of a page of settings. */
export function Section({ title, intro, children }: { title: string; intro?: string; children: ReactNode }) {
  return (
    <section className={classes.section}>
      <Title order={2}>{title}</Title>
      {intro === undefined ? null : (
        <Text c="dimmed" size="sm" mb="sm">
          {intro}
        </Text>
      )}
      {children}
    </section>
  );
}
