import type { Secret } from '@holdfast/api';
import { Button, Group, Text, UnstyledButton } from '@mantine/core';
import { tickColumn } from '../../ui/bulk-actions.tsx';
import type { Column } from '../../ui/data-table.tsx';
import { TextLink } from '../../ui/links.tsx';
import { MenuItem, RowMenu } from '../../ui/menu.tsx';
import { RelativeTime } from '../../ui/relative-time.tsx';
import { Sparkline } from '../../ui/sparkline.tsx';
import { Tag } from '../../ui/tag.tsx';
import type { Selection } from '../../ui/use-selection.ts';
import { wordsOfMarkdown } from '../../ui/words-of-markdown.ts';
import { placesWords, rotationWords } from './secret-words.ts';

interface Choices {
  organization: string;
  mayWrite: boolean;
  replace: (secret: Secret) => void;
  remove: (secret: Secret) => void;
  describe: (secret: Secret) => void;
  selection: Selection<Secret>;
}

export function secretColumns({ organization, mayWrite, replace, remove, describe, selection }: Choices): Column<Secret>[] {
  const columns: Column<Secret>[] = [
    {
      key: 'name',
      header: 'Secret name',
      width: '32%',
      wraps: true,
      sortBy: 'name',
      cell: (secret) => (
        <div>
          <TextLink
            to="/organizations/$organization/secrets/$secret"
            params={{ organization, secret: secret.name }}
            className="mono"
            c="inherit"
          >
            {secret.name}
          </TextLink>
          {secret.description === '' ? (
            <Text size="sm" c="dimmed">
              No description.{' '}
              {mayWrite ? (
                <UnstyledButton
                  className="link-button"
                  onClick={() => describe(secret)}
                  aria-label={`Add one: a description of ${secret.name}`}
                >
                  Add one
                </UnstyledButton>
              ) : null}
            </Text>
          ) : (
            <Text size="sm" c="dimmed" lineClamp={1} maw={420} title={wordsOfMarkdown(secret.description)}>
              {wordsOfMarkdown(secret.description)}
            </Text>
          )}
        </div>
      ),
    },
    {
      key: 'used-by',
      header: 'Used by',
      cell: (secret) =>
        secret.usedBy === 0 ? (
          <Text c="dimmed" size="md">
            nothing
          </Text>
        ) : (
          <TextLink to="/organizations/$organization/secrets/$secret" params={{ organization, secret: secret.name }} c="inherit">
            {placesWords(secret.usedBy)}
          </TextLink>
        ),
    },
    { key: 'uses', header: 'Uses, 90 days', wideOnly: true, cell: (secret) => <Uses secret={secret} /> },
    {
      key: 'last-used',
      header: 'Last used',
      notOnPhone: true,
      sortBy: 'last-used',
      cell: (secret) => <RelativeTime time={secret.lastUsedAt} />,
    },
    {
      key: 'created',
      header: 'Created',
      notOnPhone: true,
      sortBy: 'created',
      cell: (secret) => (
        <div>
          <RelativeTime time={secret.createdAt} />
          <Text size="sm" c="dimmed">
            {secret.replacedAt === null ? (
              <>by {secret.createdBy.name}</>
            ) : (
              <>
                replaced <RelativeTime time={secret.replacedAt} />
              </>
            )}
          </Text>
        </div>
      ),
    },
    {
      key: 'rotation',
      header: 'Rotation',
      sortBy: 'due',
      cell: (secret) => {
        const { words, tone } = rotationWords(secret);
        return <Tag tone={tone}>{words}</Tag>;
      },
    },
  ];
  if (mayWrite) {
    columns.unshift(tickColumn(selection, ({ name }) => name));
    columns.splice(2, 0, {
      key: 'menu',
      header: 'Actions',
      quiet: true,
      phoneMenu: true,
      cell: (secret) => (
        <RowMenu name={secret.name}>
          <MenuItem onClick={() => describe(secret)}>Edit</MenuItem>
          <MenuItem onClick={() => replace(secret)}>Replace</MenuItem>
          <MenuItem onClick={() => remove(secret)}>Delete</MenuItem>
        </RowMenu>
      ),
    });
    columns.push({
      key: 'actions',
      header: 'Actions',
      notOnPhone: true,
      align: 'right',
      cell: (secret) => (
        <Group gap={6} wrap="nowrap" justify="flex-end">
          <Button variant="default" size="compact-sm" fw={500} onClick={() => replace(secret)} aria-label={`Replace ${secret.name}`}>
            Replace
          </Button>
          <Button variant="default" size="compact-sm" fw={500} onClick={() => remove(secret)} aria-label={`Delete ${secret.name}`}>
            Delete
          </Button>
        </Group>
      ),
    });
  }
  return columns;
}

function Uses({ secret }: { secret: Secret }) {
  const total = secret.usesPerWeek.reduce((sum, uses) => sum + uses, 0);
  if (total === 0) {
    return (
      <Text c="dimmed" size="md">
        none recorded
      </Text>
    );
  }
  return (
    <Sparkline
      values={secret.usesPerWeek}
      label={`${total.toLocaleString()} uses in 13 weeks, ${secret.usesPerWeek.at(-1) ?? 0} in the last`}
    />
  );
}
