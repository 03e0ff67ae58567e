import type { Answer, listSecretNames } from '@holdfast/api';
import { Text } from '@mantine/core';
import { Tag } from '../ui/tag.tsx';
import { relative } from '../ui/time-words.ts';
import classes from './sensitive-option.module.css';

type SecretName = Answer<typeof listSecretNames>['items'][number];

/** One secret in the dropdown: its name and description, its kind, how fresh it is. */
export function SecretChoiceRow({ secret }: { secret: SecretName }) {
  const fresh = secret.replacedAt === null ? `added ${relative(secret.createdAt)}` : `replaced ${relative(secret.replacedAt)}`;
  return (
    <div className={classes.choice}>
      <div className={classes.choiceName}>
        <span className="mono">{secret.name}</span>
        {secret.description === '' ? null : (
          <Text size="xs" c="dimmed" className={classes.choiceDescription}>
            {secret.description}
          </Text>
        )}
      </div>
      <Text size="xs" c="dimmed" className={classes.choiceFacts} component="div">
        {secret.kind.replaceAll('-', ' ')}, {fresh} {secret.state === 'expired' ? <Tag tone="bad">expired</Tag> : null}
        {secret.state === 'rotation-due' ? <Tag tone="warn">rotation due</Tag> : null}
      </Text>
    </div>
  );
}
