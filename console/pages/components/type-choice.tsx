import type { ComponentType } from '@holdfast/api';
import { Text, UnstyledButton } from '@mantine/core';
import { ChevronRightIcon } from '@primer/octicons-react';
import { Tag } from '../../ui/tag.tsx';
import classes from './type-choice.module.css';

/** The kinds of components there are. */
export function TypeChoice({ types, choose }: { types: readonly ComponentType[]; choose: (type: ComponentType) => void }) {
  return (
    <ul className={classes.types} aria-label="Component types">
      {types.map((type) => (
        <li key={type.type}>
          <UnstyledButton className={classes.type} onClick={() => choose(type)}>
            <span className={classes.words}>
              <span className={classes.title}>
                {type.title} <Tag>{type.role}</Tag>
              </span>
              <Text span size="sm" c="dimmed">
                {type.description}
              </Text>
            </span>
            <ChevronRightIcon size={16} />
          </UnstyledButton>
        </li>
      ))}
    </ul>
  );
}
