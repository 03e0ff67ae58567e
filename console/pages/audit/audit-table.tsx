import type { AuditEventRow } from '@holdfast/api';
import { ActionIcon, Text } from '@mantine/core';
import { IconChevronRight } from '@tabler/icons-react';
import { useState } from 'react';
import { useOrganization } from '../../api/organization.ts';
import { type Column, DataTable } from '../../ui/data-table.tsx';
import { TextLink } from '../../ui/links.tsx';
import { RelativeTime } from '../../ui/relative-time.tsx';
import { Tag } from '../../ui/tag.tsx';
import { AuditEventDetail } from './audit-event-detail.tsx';
import classes from './audit-table.module.css';
import { actionWords, OUTCOME_TONES } from './audit-words.ts';

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
  const columns: Column<AuditEventRow>[] = [
    {
      key: 'time',
      header: 'When',
      width: 150,
      cell: (event) => (
        <span className={classes.when}>
          <ActionIcon
            variant="subtle"
            color="gray"
            size="sm"
            onClick={() => toggle(event.sequence)}
            aria-expanded={open.has(event.sequence)}
            aria-label={`Details of event ${event.sequence}`}
          >
            <IconChevronRight size={15} aria-hidden className={classes.chevron} data-open={open.has(event.sequence)} />
          </ActionIcon>
          <RelativeTime time={event.time} />
        </span>
      ),
    },
    { key: 'what', header: 'What happened', wraps: true, cell: (event) => <Sentence event={event} /> },
    { key: 'action', header: 'Action', wideOnly: true, cell: (event) => <code className={classes.code}>{event.action}</code> },
    { key: 'outcome', header: 'Outcome', cell: (event) => <Tag tone={OUTCOME_TONES[event.outcome]}>{event.outcome}</Tag> },
    {
      key: 'sequence',
      header: 'No.',
      align: 'right',
      cell: (event) => (
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
      rows={events}
      rowKey={(event) => String(event.sequence)}
      loading={loading}
      detail={(event) => (open.has(event.sequence) ? <AuditEventDetail event={event} /> : null)}
      hasMore={hasMore}
      loadingMore={loadingMore}
      loadMore={loadMore}
      empty={empty}
    />
  );
}

/** "Ada Lovelace replaced the value of AZURE_SAS", with the place it happened in. */
function Sentence({ event }: { event: AuditEventRow }) {
  const { target, context } = event;
  const step = context.step === undefined ? undefined : `step ${context.step}`;
  const place = [context.project, context.workflow, step, context.component, context.destination].filter(Boolean).join(' · ');
  return (
    <div>
      <strong className={classes.actor}>{event.actor.kind === 'system' ? `The ${event.actor.name}` : event.actor.name}</strong>{' '}
      {actionWords(event)}{' '}
      {target === null || target.kind === 'organization' || target.name === event.actor.name ? null : <Target target={target} />}
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
