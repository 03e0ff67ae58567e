import type { AuditEventRow } from '@holdfast/api';
import { ActionIcon, Text } from '@mantine/core';
import { ChevronRightIcon } from '@primer/octicons-react';
import { useMemo, useState } from 'react';
import { useOrganization } from '../../api/organization.ts';
import { type Column, DataTable } from '../../ui/data-table.tsx';
import { TextLink } from '../../ui/links.tsx';
import { RelativeTime } from '../../ui/relative-time.tsx';
import { Tag } from '../../ui/tag.tsx';
import { AuditEventDetail } from './audit-event-detail.tsx';
import classes from './audit-table.module.css';
import { actionWords, OUTCOME_TONES, OUTCOME_WORDS } from './audit-words.ts';
import { type AuditRow, foldUses } from './fold-uses.ts';

interface AuditTableProps {
  events: readonly AuditEventRow[];
  loading: boolean;
  hasMore: boolean;
  loadingMore: boolean;
  loadMore: () => void;
  empty: React.ReactNode;
}

/** Events, newest first; each opens to everything that was recorded with it. */
export function AuditTable({ events, loading, hasMore, loadingMore, loadMore, empty }: AuditTableProps) {
  const [open, setOpen] = useState<ReadonlySet<number>>(new Set());
  const toggle = (sequence: number) =>
    setOpen((former) => {
      const next = new Set(former);
      if (!next.delete(sequence)) next.add(sequence);
      return next;
    });
  const rows = useMemo(() => foldUses(events), [events]);
  const columns: Column<AuditRow>[] = [
    {
      key: 'time',
      header: 'When',
      width: 150,
      cell: ({ event }) => (
        <span className={classes.when}>
          <ActionIcon
            variant="subtle"
            color="gray"
            size="sm"
            onClick={() => toggle(event.sequence)}
            aria-expanded={open.has(event.sequence)}
            aria-label={`Details of event ${event.sequence}`}
          >
            <ChevronRightIcon size={15} className={classes.chevron} data-open={open.has(event.sequence)} />
          </ActionIcon>
          <RelativeTime time={event.time} />
        </span>
      ),
    },
    { key: 'what', header: 'What happened', wraps: true, cell: ({ event }) => <Sentence event={event} /> },
    { key: 'outcome', header: 'Outcome', width: 110, cell: ({ event }) => <Outcome event={event} /> },
    {
      key: 'sequence',
      header: 'No.',
      align: 'right',
      width: 80,
      cell: ({ event }) => (
        <Text size="sm" c="dimmed" span>
          {event.sequence.toLocaleString()}
        </Text>
      ),
    },
  ];
  return (
    <DataTable
      label="Audit events"
      columns={columns}
      rows={rows}
      rowKey={({ event }) => String(event.sequence)}
      loading={loading}
      detail={({ event, intent }) => (open.has(event.sequence) ? <AuditEventDetail event={event} intent={intent} /> : null)}
      hasMore={hasMore}
      loadingMore={loadingMore}
      loadMore={loadMore}
      empty={empty}
    />
  );
}

/** Plain words for what went well: a column of green says nothing. */
function Outcome({ event: { action, outcome } }: { event: AuditEventRow }) {
  // Other announcements, such as that of a connection test, have no end of their own: the uses in it have.
  if (outcome === 'intent' && action !== 'secret.use') return null;
  if (outcome === 'success') {
    return (
      <Text size="sm" c="dimmed" span>
        {OUTCOME_WORDS.success}
      </Text>
    );
  }
  return <Tag tone={OUTCOME_TONES[outcome]}>{OUTCOME_WORDS[outcome]}</Tag>;
}

/** "Ada Lovelace replaced the value of AZURE_SAS", with the place it happened in. */
function Sentence({ event }: { event: AuditEventRow }) {
  const { actor, target, context, detail } = event;
  const step = context.step === undefined ? undefined : `step ${context.step}`;
  const place = [context.project, context.workflow, step, context.component, context.destination].filter(Boolean).join(' · ');
  const repeated = typeof detail.repeated === 'number' && detail.repeated > 0 ? `${detail.repeated.toLocaleString()} more times` : '';
  const failedSignIn = event.action === 'session.sign-in' && event.outcome === 'refused';
  return (
    <div>
      {failedSignIn ? (
        <>Failed sign-in for </>
      ) : (
        <>
          <strong className={classes.actor}>{actor.kind === 'system' ? `The ${actor.name}` : actor.name}</strong> {actionWords(event)}{' '}
        </>
      )}
      {target === null || target.kind === 'organization' || target.name === actor.name ? null : <Target target={target} />}
      {repeated === '' ? null : `, ${repeated}`}
      {place === '' ? null : (
        <Text size="sm" c="dimmed" className={classes.place}>
          {place}
        </Text>
      )}
    </div>
  );
}

function Target({ target }: { target: NonNullable<AuditEventRow['target']> }) {
  const { slug } = useOrganization();
  if (target.kind === 'secret') {
    return (
      <TextLink
        to="/organizations/$organization/secrets/$secret"
        params={{ organization: slug, secret: target.name }}
        className="mono"
        c="inherit"
      >
        {target.name}
      </TextLink>
    );
  }
  if (target.kind === 'run') {
    return (
      <TextLink to="/organizations/$organization/runs/$run" params={{ organization: slug, run: target.id }} c="inherit">
        {target.name}
      </TextLink>
    );
  }
  return <span className={classes.target}>{target.name}</span>;
}
