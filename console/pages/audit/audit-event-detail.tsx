import type { AuditEventRow } from '@holdfast/api';
import { Fragment } from 'react';
import { exactTime } from '../../ui/relative-time.tsx';
import classes from './audit-table.module.css';
import { fieldWords } from './audit-words.ts';

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

/** Everything that was recorded with one event, hashes included. */
export function AuditEventDetail({ event }: { event: AuditEventRow }) {
  const facts: [string, string][] = [
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
    ['Recorded by', event.recordedBy],
    ['Previous hash', event.previousHash],
    ['Hash', event.hash],
  ];
  return (
    <dl className={classes.detail}>
      {facts.map(([term, fact]) => (
        <Fragment key={term}>
          <dt>{term}</dt>
          <dd className={/hash/i.test(term) ? classes.code : undefined}>{fact}</dd>
        </Fragment>
      ))}
    </dl>
  );
}

function targetFacts({ target }: AuditEventRow): [string, string][] {
  if (target === null) return [];
  const of: [string, string] = ['Target', `${target.kind} ${target.name} (${target.id})`];
  return target.versionId === undefined ? [of] : [of, ['Version', target.versionId]];
}
