import type { SecretRequest } from '@holdfast/api';
import { Button, Group, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { useOrganization } from '../../api/organization.ts';
import { ActButton } from '../../ui/act-button.tsx';
import { DataTable } from '../../ui/data-table.tsx';
import { LinkButton, TextLink } from '../../ui/links.tsx';
import { RelativeTime } from '../../ui/relative-time.tsx';
import { Tag } from '../../ui/tag.tsx';
import type { RequestAnswers } from './request-answers.tsx';
import { STATE_TONES, STATE_WORDS } from './request-words.ts';
import classes from './secret-requests.module.css';

interface RequestTableProps {
  label: string;
  rows: readonly SecretRequest[];
  loading: boolean;
  answers: RequestAnswers;
  hasMore?: boolean;
  loadMore?: () => void;
  loadingMore?: boolean;
  empty?: ReactNode;
  /** So many lines of each note; all of it by default. */
  noteLines?: number;
}

/** Requests for secrets, with what their reader may do about each. */
export function RequestTable({ label, rows, answers, noteLines, ...list }: RequestTableProps) {
  const { slug, may } = useOrganization();
  const decides = may('secret-requests:decide');
  return (
    <DataTable
      label={label}
      rows={[...rows]}
      rowKey={({ id }) => id}
      detail={({ note }) => (note === '' ? null : <Note note={note} lines={noteLines} />)}
      {...list}
      columns={[
        { key: 'name', header: 'Secret', wraps: true, cell: (row) => <Name row={row} slug={slug} linked={may('secrets:read')} /> },
        { key: 'for', header: 'For', wraps: true, cell: (row) => <Purpose row={row} slug={slug} /> },
        { key: 'state', header: 'State', wraps: true, cell: (row) => <State row={row} /> },
        {
          key: 'by',
          header: 'Asked by',
          cell: ({ askedBy, askedAt }) => (
            <>
              {askedBy.name}{' '}
              <Text span c="dimmed" size="sm">
                <RelativeTime time={askedAt} />
              </Text>
            </>
          ),
        },
        {
          key: 'actions',
          header: 'Actions',
          quiet: true,
          align: 'right',
          cell: (row) =>
            row.state !== 'waiting' ? null : (
              <Group gap={6} justify="flex-end" wrap="nowrap">
                {row.own ? (
                  <Action label="Withdraw" of={row} onClick={() => answers.withdraw(row)} />
                ) : decides ? (
                  <Action label="Decline" of={row} onClick={() => answers.decline(row)} />
                ) : null}
                {!decides ? null : row.secret === 'missing' ? (
                  <Action label="Add Secret" of={row} main onClick={() => answers.add(row)} />
                ) : row.secret === 'usable' ? (
                  <ActButton size="compact-sm" fw={600} aria-label={`Fulfil: ${row.name}`} act={() => answers.fulfil(row)}>
                    Fulfil
                  </ActButton>
                ) : (
                  <LinkButton
                    size="compact-sm"
                    variant="default"
                    to="/organizations/$organization/secrets/$secret"
                    params={{ organization: slug, secret: row.name }}
                  >
                    Change its projects
                  </LinkButton>
                )}
              </Group>
            ),
        },
      ]}
    />
  );
}

function Action({ label, of, main = false, onClick }: { label: string; of: SecretRequest; main?: boolean; onClick: () => void }) {
  return (
    <Button
      size="compact-sm"
      variant={main ? 'filled' : 'default'}
      fw={main ? 600 : 500}
      aria-label={`${label}: ${of.name}`}
      onClick={onClick}
    >
      {label}
    </Button>
  );
}

function Name({ row, slug, linked }: { row: SecretRequest; slug: string; linked: boolean }) {
  const there = row.secretName ?? (row.secret === 'missing' ? null : row.name);
  return (
    <div className={classes.words}>
      {there !== null && linked ? (
        <TextLink className="mono" to="/organizations/$organization/secrets/$secret" params={{ organization: slug, secret: there }}>
          {there}
        </TextLink>
      ) : (
        <span className="mono">{there ?? row.name}</span>
      )}
      {there !== null && there !== row.name ? (
        <Text size="sm" c="dimmed">
          asked for as {row.name}
        </Text>
      ) : null}
    </div>
  );
}

/** What it is for, in the words of who asked; below the row, since it may be long. */
function Note({ note, lines }: { note: string; lines: number | undefined }) {
  return (
    <Text size="sm" c="dimmed" maw={760} className={classes.note} {...(lines === undefined ? {} : { lineClamp: lines })}>
      {note}
    </Text>
  );
}

function Purpose({ row: { project, component, titles }, slug }: { row: SecretRequest; slug: string }) {
  return (
    <div className={classes.words}>
      {component === null ? (
        <TextLink to="/organizations/$organization/projects/$project" params={{ organization: slug, project: project.id }}>
          {project.name}
        </TextLink>
      ) : (
        <TextLink
          to="/organizations/$organization/projects/$project/components/$component"
          params={{ organization: slug, project: project.id, component: component.id }}
        >
          {component.name}
        </TextLink>
      )}
      <Text component="div" c="dimmed" size="sm">
        {component === null ? `${titles.componentType}, ${titles.option}` : `${project.name}, ${titles.option}`}
      </Text>
    </div>
  );
}

function State({ row: { state, reason, decidedBy, decidedAt } }: { row: SecretRequest }) {
  return (
    <div className={classes.words}>
      <Tag tone={STATE_TONES[state]}>{STATE_WORDS[state]}</Tag>
      {decidedAt === null || state === 'withdrawn' ? null : (
        <Text size="sm" c="dimmed">
          by {decidedBy?.name} <RelativeTime time={decidedAt} />
        </Text>
      )}
      {reason === '' ? null : (
        <Text size="sm" className={classes.note}>
          {reason}
        </Text>
      )}
    </div>
  );
}
