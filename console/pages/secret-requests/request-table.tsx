import { decideSecretRequest, getOverview, listAudit, listSecretRequests, type SecretRequest, withdrawSecretRequest } from '@holdfast/api';
import { Button, Group, Text, TextInput } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { useCommand } from '../../api/endpoint-hooks.ts';
import { useOrganization } from '../../api/organization.ts';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { DataTable } from '../../ui/data-table.tsx';
import { LinkButton, TextLink } from '../../ui/links.tsx';
import { notifyDone, notifyProblem } from '../../ui/notify.ts';
import { RelativeTime } from '../../ui/relative-time.tsx';
import { Tag } from '../../ui/tag.tsx';
import { AddSecretDialog } from '../secrets/dialogs.tsx';
import { STATE_TONES, STATE_WORDS } from './request-words.ts';
import classes from './secret-requests.module.css';

interface RequestTableProps {
  label: string;
  rows: readonly SecretRequest[];
  loading: boolean;
  hasMore?: boolean;
  loadMore?: () => void;
  loadingMore?: boolean;
  empty?: ReactNode;
  /** So many lines of each note; all of it by default. */
  noteLines?: number;
}

const CHANGED = [listSecretRequests, getOverview, listAudit];

/** Requests for secrets, with what their reader may do about each. */
export function RequestTable({ label, rows, noteLines, ...list }: RequestTableProps) {
  const { slug, may } = useOrganization();
  const decide = useCommand(decideSecretRequest, CHANGED);
  const withdraw = useCommand(withdrawSecretRequest, CHANGED);
  const [adding, setAdding] = useState<SecretRequest>();
  const [declining, setDeclining] = useState<SecretRequest>();
  const [withdrawing, setWithdrawing] = useState<SecretRequest>();
  const [reason, setReason] = useState('');
  const decides = may('secret-requests:decide');

  async function fulfil(request: SecretRequest, secretName: string) {
    try {
      await decide.mutateAsync({ params: { request: request.id }, body: { decision: 'fulfil', secretName } });
      notifyDone(`${request.askedBy.name} can now choose ${secretName}.`);
    } catch (error) {
      notifyProblem(error);
    }
  }

  return (
    <>
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
                    <Action label="Withdraw" of={row} onClick={() => setWithdrawing(row)} />
                  ) : decides ? (
                    <Action
                      label="Decline"
                      of={row}
                      onClick={() => {
                        setReason('');
                        setDeclining(row);
                      }}
                    />
                  ) : null}
                  {!decides ? null : row.secret === 'missing' ? (
                    <Action label="Add Secret" of={row} main onClick={() => setAdding(row)} />
                  ) : row.secret === 'usable' ? (
                    <Action label="Fulfil" of={row} main onClick={() => void fulfil(row, row.name)} />
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
      <AddSecretDialog
        key={adding?.id}
        opened={adding !== undefined}
        close={() => setAdding(undefined)}
        name={adding?.name ?? ''}
        added={(name) => adding !== undefined && void fulfil(adding, name)}
      />
      <ConfirmDialog
        opened={declining !== undefined}
        close={() => setDeclining(undefined)}
        title={`Decline the request for ${declining?.name ?? ''}?`}
        confirmLabel="Decline"
        confirm={async () => {
          if (declining === undefined) return;
          await decide.mutateAsync({ params: { request: declining.id }, body: { decision: 'decline', reason } });
          notifyDone(`The request for ${declining.name} is declined.`);
        }}
      >
        <TextInput
          label="Reason"
          description={`Optional; shown to ${declining?.askedBy.name ?? ''}.`}
          maxLength={500}
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
      </ConfirmDialog>
      <ConfirmDialog
        opened={withdrawing !== undefined}
        close={() => setWithdrawing(undefined)}
        title={`Withdraw the request for ${withdrawing?.name ?? ''}?`}
        confirmLabel="Withdraw"
        danger={false}
        confirm={async () => {
          if (withdrawing === undefined) return;
          await withdraw.mutateAsync({ params: { request: withdrawing.id } });
          notifyDone(`The request for ${withdrawing.name} is withdrawn.`);
        }}
      >
        <Text size="sm">Nobody is asked for it any more. You can ask again.</Text>
      </ConfirmDialog>
    </>
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
