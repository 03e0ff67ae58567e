import type { AuditRecordState } from '@holdfast/api';
import { Text } from '@mantine/core';
import { AlertIcon, HourglassIcon, ShieldCheckIcon } from '@primer/octicons-react';
import { useOrganization } from '../../api/organization.ts';
import { CopyButton } from '../../ui/copy-button.tsx';
import { Notice } from '../../ui/notice.tsx';
import { RelativeTime } from '../../ui/relative-time.tsx';
import classes from './record-status.module.css';
import { readRecord } from './record-words.ts';

/** Whether the data plane found the record intact, and up to where it is signed; else the alarm. */
export function RecordStatus({ state }: { state: AuditRecordState }) {
  if (state.stopped !== null) return <RecordAlarm stopped={state.stopped} />;
  const { kind, words, signedAt } = readRecord(state);
  const Icon = kind === 'intact' ? ShieldCheckIcon : HourglassIcon;
  return (
    <div className={classes.status}>
      <Icon size={16} aria-hidden className={classes.icon} data-kind={kind} />
      <Text size="xs" c="dimmed">
        {words}
        {signedAt === null ? null : (
          <>
            {' '}
            <RelativeTime time={signedAt} />
          </>
        )}
      </Text>
      {state.checkpoint === null ? null : <CopyButton value={state.checkpoint.note} what="the signed checkpoint, to keep it elsewhere" />}
    </div>
  );
}

function RecordAlarm({ stopped }: { stopped: NonNullable<AuditRecordState['stopped']> }) {
  const { slug } = useOrganization();
  return (
    <div className={classes.alarm} role="alert">
      <Notice tone="bad" icon={<AlertIcon size={16} />}>
        <strong>The record does not verify: uses of this organization’s secrets are stopped</strong> (since{' '}
        <RelativeTime time={stopped.since} />
        ). {stopped.reason} <span className="mono">({stopped.code})</span>
        <ol className={classes.steps}>
          <li>Export the record now: it is the evidence. Somebody wrote into the database beside Holdfast, or an older state came back.</li>
          <li>
            Check it on another machine, with a checkpoint that was kept elsewhere:{' '}
            <span className="mono">holdfast audit verify {slug}-audit.ndjson --checkpoints FILE</span>
          </li>
          {stopped.code === 'record_incomplete' ? (
            <li>Tell the operator, who restores a backup: what is missing or too much can be accepted by nobody.</li>
          ) : (
            <li>
              Tell the operator, who restores a backup or, when it is known what happened, accepts the record as it is, on the server:{' '}
              <span className="mono">holdfast record accept {slug}</span>
            </li>
          )}
        </ol>
      </Notice>
    </div>
  );
}
