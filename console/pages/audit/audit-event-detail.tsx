import type { AuditEventRow } from '@holdfast/api';
import { Fragment } from 'react';
import { exactTime } from '../../ui/time-words.ts';
import classes from './audit-table.module.css';
import { fieldWords } from './audit-words.ts';
import { CopyProof } from './copy-proof.tsx';

const CONTEXT_WORDS: Readonly<Record<string, string>> = {
  ip: 'Address',
  userAgent: 'Program',
  requestId: 'Request',
  project: 'Project',
  workflow: 'Workflow',
  run: 'Run',
  step: 'Step',
  component: 'Component',
  destination: 'Destination',
};

const RECORDER_WORDS: Readonly<Record<string, string>> = {
  control: 'the control plane',
  data: 'the data plane',
  operator: 'the owner of the database',
};

/** Everything that was recorded with one event, and its proof. */
export function AuditEventDetail({ event }: { event: AuditEventRow }) {
  const facts: [string, string][] = [
    ['Number', String(event.sequence)],
    ['Time', `${exactTime(event.time)} (${event.time})`],
    ['Action', event.action],
    [
      'By',
      event.actor.id === null ? `${event.actor.name} (${event.actor.kind})` : `${event.actor.name} (${event.actor.kind} ${event.actor.id})`,
    ],
    ...targetFacts(event),
    ...Object.entries(event.context).map(([key, value]): [string, string] => [CONTEXT_WORDS[key] ?? fieldWords(key), value]),
    ...Object.entries(event.detail).map(([key, value]): [string, string] => [
      fieldWords(key),
      Array.isArray(value) ? value.join(', ') : String(value),
    ]),
    ['Recorded by', RECORDER_WORDS[event.recordedBy] ?? event.recordedBy],
  ];
  return (
    <div className={classes.opened}>
      <dl className={classes.detail}>
        {facts.map(([term, fact]) => (
          <Fragment key={term}>
            <dt>{term}</dt>
            <dd>{fact}</dd>
          </Fragment>
        ))}
      </dl>
      <CopyProof sequence={event.sequence} />
    </div>
  );
}

function targetFacts({ target }: AuditEventRow): [string, string][] {
  if (target === null) return [];
  const of: [string, string] = ['Target', `${target.kind} ${target.name} (${target.id})`];
  return target.versionId === undefined ? [of] : [of, ['Version', target.versionId]];
}
