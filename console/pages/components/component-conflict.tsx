import type { Component, ComponentType } from '@holdfast/api';
import { Button, Group, Text } from '@mantine/core';
import { AlertIcon } from '@primer/octicons-react';
import { useEffect, useRef } from 'react';
import { optionsOf } from '../../forms/form-schema.ts';
import { Notice } from '../../ui/notice.tsx';
import { RelativeTime } from '../../ui/relative-time.tsx';

interface ConflictProps {
  type: ComponentType;
  /** What the form was filled from. */
  base: Component;
  /** What somebody has saved since. */
  now: Component;
  /** Saving was refused for it: then it has the focus. */
  refused: boolean;
  saveMine: () => void;
}

/** Somebody has saved the component while it was edited: who, when, what is different, and what to do. */
export function ComponentConflict({ type, base, now, refused, saveMine }: ConflictProps) {
  const notice = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (refused) notice.current?.focus();
  }, [refused]);
  const different = differentIn(type, base, now);
  return (
    <div ref={notice} role="alert" tabIndex={-1}>
      <Notice tone="warn" icon={<AlertIcon size={16} />}>
        <b>
          {now.updatedBy.name} has changed this component <RelativeTime time={now.updatedAt} />, while you were editing it.
        </b>{' '}
        Nothing of yours is lost or saved yet.{' '}
        {different.length === 0 ? 'Nothing that is shown here is different.' : `Different since you began: ${different.join(', ')}.`}
        <Group gap="xs" mt={8}>
          <Button size="compact-sm" variant="default" onClick={saveMine}>
            Save mine over theirs
          </Button>
          <Text size="sm" c="dimmed">
            Cancel shows theirs, without what you changed.
          </Text>
        </Group>
      </Notice>
    </div>
  );
}

/** Of the form, by label. That another value was sealed in the place of one shows nowhere. */
function differentIn(type: ComponentType, base: Component, now: Component): string[] {
  const chosen = ({ sensitiveOptions }: Component, name: string) => sensitiveOptions.find(({ option }) => option === name);
  const stands = (component: Component, name: string) => JSON.stringify([component.configuration[name], chosen(component, name)]);
  const options = optionsOf(type).filter(([name]) => stands(base, name) !== stands(now, name));
  return [...(base.name === now.name ? [] : ['Name']), ...options.map(([name, { title }]) => title ?? name)];
}
