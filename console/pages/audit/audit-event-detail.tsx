import type { AuditEventRow } from '@holdfast/api';
import { Fragment } from 'react';
import { exactTime } from '../../ui/exact-time.ts';
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

const KIND_WORDS: Readonly<Record<string, string>> = { user: 'member', 'service-account': 'service account', anonymous: 'nobody' };

/**
 * Everything that was recorded with one event, and its proof; of a use, with the event that came before the
 * value was opened.
 */
export function AuditEventDetail({ event, intent }: { event: AuditEventRow; intent: AuditEventRow | undefined }) {
  const facts: [string, string][] = [
    ['Event', intent === undefined ? String(event.sequence) : `${event.sequence}; begun with event ${intent.sequence}`],
    ['Time', exactTime(event.time)],
    ...(intent === undefined ? [] : [['Begun', exactTime(intent.time)] as [string, string]]),
    ['Action', intent === undefined ? event.action : `${intent.action}, ${event.action}`],
    ['By', named(event.actor)],
    ...targetFacts(event),
    ...Object.entries(event.context).map(([key, value]): [string, string] => [CONTEXT_WORDS[key] ?? fieldWords(key), value]),
    ...Object.entries(event.detail).map(([key, value]): [string, string] => [
      fieldWords(key),
      Array.isArray(value) ? value.map((each) => fieldWords(each).toLowerCase()).join(', ') : String(value),
    ]),
    ['Recorded by', RECORDER_WORDS[event.recordedBy] ?? event.recordedBy],
  ].filter((fact): fact is [string, string] => fact[1] !== '');
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
  const of: [string, string] = ['Of', named(target)];
  return target.versionId === undefined ? [of] : [of, ['Version', target.versionId]];
}

/** "AZURE_SAS, secret 01922f…"; a part that is not known leaves no trace. */
function named({ kind, id, name }: { kind: string; id: string | null; name: string }): string {
  const words = KIND_WORDS[kind] ?? kind;
  return [name, [words, id ?? ''].filter(Boolean).join(' ')].filter(Boolean).join(', ');
}
