import { Text, Title } from '@mantine/core';
import { type ReactNode, useId } from 'react';

/** How many of those that wait stand on the overview; a page of their own has all. */
export const WAITING_SHOWN = 5;

interface WaitingSectionProps {
  title: string;
  waiting: number;
  /** The link to the page that has all of them, around these words. */
  all: (words: string) => ReactNode;
  children: ReactNode;
}

/** Some of what waits for an owner or admin. */
export function WaitingSection({ title, waiting, all, children }: WaitingSectionProps) {
  const id = useId();
  return (
    <section aria-labelledby={id}>
      <Title order={2} id={id} mb="xs">
        {title}
      </Title>
      {children}
      {waiting > WAITING_SHOWN ? (
        <Text size="sm" mt="xs">
          {all(`All ${waiting.toLocaleString()} that wait`)}
        </Text>
      ) : null}
    </section>
  );
}
