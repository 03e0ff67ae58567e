import type { SecretDestination } from '@holdfast/api';
import { Button, Group, Text } from '@mantine/core';
import { TextLink } from '../../ui/links.tsx';
import { RelativeTime } from '../../ui/relative-time.tsx';
import type { Column } from '../../ui/table-row.tsx';
import { Tag } from '../../ui/tag.tsx';
import type { PendingDecision } from './decision-dialog.tsx';
import { canDecide, ownDestinationsWords, STATE_TONES, STATE_WORDS, secretWords } from './destination-words.ts';
import classes from './destinations-page.module.css';

type Decide = (decision: PendingDecision['decision'], row: SecretDestination) => void;

/** Columns of a list of destinations. `decide` is left out for who may only read. */
export function destinationColumns(slug: string, decide: Decide | undefined, of?: 'secret'): Column<SecretDestination>[] {
  return [
    ...(of === 'secret' ? [] : [{ key: 'secret', header: 'Secret', cell: (row: SecretDestination) => <Secret slug={slug} row={row} /> }]),
    {
      key: 'destination',
      header: 'Destination',
      wraps: true,
      cell: ({ destination }) => <span className={`mono ${classes.place}`}>{destination}</span>,
    },
    { key: 'state', header: 'State', cell: (row) => <State row={row} /> },
    { key: 'for', header: 'For', wraps: true, cell: (row) => <Consumers slug={slug} row={row} /> },
    { key: 'by', header: 'By', cell: (row) => <By row={row} /> },
    ...(decide === undefined
      ? []
      : [
          {
            key: 'actions',
            header: 'Actions',
            quiet: true,
            align: 'right' as const,
            cell: (row: SecretDestination) => <Actions row={row} decide={decide} />,
          },
        ]),
  ];
}

function Secret({ slug, row }: { slug: string; row: SecretDestination }) {
  const { name } = row.secret;
  if (name === null) return secretWords(row);
  return (
    <TextLink className="mono" to="/organizations/$organization/secrets/$secret" params={{ organization: slug, secret: name }}>
      {name}
    </TextLink>
  );
}

function State({ row }: { row: SecretDestination }) {
  const { state, reason } = row;
  const own = ownDestinationsWords(row);
  return (
    <div>
      <Tag tone={STATE_TONES[state]}>{STATE_WORDS[state]}</Tag>
      {reason === '' ? null : (
        <Text size="sm" c="dimmed" maw={260} className={classes.place}>
          {reason}
        </Text>
      )}
      {own === undefined ? null : (
        <Text size="sm" maw={260} className={classes.place}>
          {own}
        </Text>
      )}
    </div>
  );
}

/** What sends there now; what had asked, when nothing does. */
function Consumers({ slug, row: { usedBy, usedByTotal, askedFor } }: { slug: string; row: SecretDestination }) {
  const [first] = usedBy;
  const shown = first ?? askedFor;
  if (shown === null || shown === undefined) {
    return (
      <Text span c="dimmed">
        nothing sends there
      </Text>
    );
  }
  const params = { organization: slug, project: shown.project.id, component: shown.id };
  const more = usedByTotal - 1;
  return (
    <>
      <TextLink to="/organizations/$organization/projects/$project/components/$component" params={params}>
        {shown.name}
      </TextLink>
      <Text component="div" c="dimmed" size="sm">
        {shown.project.name}
        {more > 0 ? `, and ${more.toLocaleString()} more` : ''}
        {first === undefined ? '; unused now' : ''}
      </Text>
    </>
  );
}

function By({ row: { askedBy, askedAt, decidedBy, decidedAt } }: { row: SecretDestination }) {
  const person = decidedBy ?? askedBy;
  return (
    <>
      {person?.name ?? 'A run'}{' '}
      <Text span c="dimmed" size="sm">
        <RelativeTime time={decidedAt ?? askedAt} />
      </Text>
    </>
  );
}

function Actions({ row, decide }: { row: SecretDestination; decide: Decide }) {
  const what = `${secretWords(row)} to ${row.destination}`;
  const button = (decision: PendingDecision['decision'], label: string, main = false) => (
    <Button
      size="compact-sm"
      variant={main ? 'filled' : 'default'}
      fw={main ? 600 : 500}
      aria-label={`${label}: ${what}`}
      onClick={() => decide(decision, row)}
    >
      {label}
    </Button>
  );
  return (
    <Group gap={6} justify="flex-end" wrap="nowrap">
      {canDecide('refuse', row) ? button('refuse', 'Refuse') : null}
      {canDecide('revoke', row) ? button('revoke', 'Revoke') : null}
      {canDecide('approve', row) ? button('approve', 'Approve', row.state === 'requested') : null}
    </Group>
  );
}
