import { type Answer, type listSecretNames, relativeTime } from '@holdfast/api';
import { Text } from '@mantine/core';
import { secretKindInSentence } from '../ui/secret-kind-words.ts';
import { Tag } from '../ui/tag.tsx';
import { wordsOfMarkdown } from '../ui/words-of-markdown.ts';
import classes from './sensitive-option.module.css';

type SecretName = Answer<typeof listSecretNames>['items'][number];

/** One secret in the dropdown: its name and description; for admins its kind, scope and rotation. */
export function SecretChoiceRow({ secret, detailed }: { secret: SecretName; detailed: boolean }) {
  return (
    <div className={classes.choice}>
      <div className={classes.choiceName}>
        <span className="mono">{secret.name}</span>
        {secret.description === '' ? null : (
          <Text size="xs" c="dimmed" className={classes.choiceDescription}>
            {wordsOfMarkdown(secret.description)}
          </Text>
        )}
      </div>
      <Text size="xs" c="dimmed" className={classes.choiceFacts} component="div">
        {detailed ? `${factsOf(secret)} ` : null}
        {secret.inScope ? null : <Tag tone="quiet">not for this project</Tag>}
        {secret.state === 'expired' ? <Tag tone="bad">expired</Tag> : null}
        {secret.state === 'rotation-due' ? <Tag tone="warn">rotation due</Tag> : null}
      </Text>
    </div>
  );
}

function factsOf({ kind, projects, rotationDueAt, state }: SecretName): string {
  const scope = projects === null ? 'all projects' : projects === 1 ? '1 project' : `${projects.toLocaleString()} projects`;
  const rotation = rotationDueAt === null || state === 'rotation-due' ? [] : [`rotate ${relativeTime(rotationDueAt)}`];
  return [secretKindInSentence(kind), scope, ...rotation].join(', ');
}
