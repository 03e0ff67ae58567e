import type { Workflow } from '@holdfast/api';
import { Tag } from '../../ui/tag.tsx';

/** Whether a run could start, in a word; why not, on pointing at it. */
export function WorkflowState({ workflow }: { workflow: Pick<Workflow, 'state' | 'broken' | 'draft' | 'version' | 'failingTriggers'> }) {
  const { state, broken, draft, version, failingTriggers } = workflow;
  const title = broken === null ? {} : { title: broken.detail };
  return (
    <>
      {state === 'ready' ? <Tag tone="good">ready</Tag> : null}
      {state === 'unpublished' ? (
        <Tag tone="warn" title="It has a draft and no version, so it cannot run.">
          not published
        </Tag>
      ) : null}
      {state === 'awaiting-approval' ? (
        <Tag tone="warn" {...title}>
          waits for approval
        </Tag>
      ) : null}
      {state === 'broken' ? (
        <Tag tone="bad" {...title}>
          broken
        </Tag>
      ) : null}
      {failingTriggers.length > 0 ? (
        <>
          {' '}
          <Tag tone="bad" title={failingTriggers.map(({ name, failure }) => `${name}: ${failure.detail}`).join(' ')}>
            {failingTriggers.length === 1 ? 'trigger fails' : `${failingTriggers.length} triggers fail`}
          </Tag>
        </>
      ) : null}
      {draft !== null && version !== null ? (
        <>
          {' '}
          <Tag title={draft.broken?.detail ?? 'It is saved and not published.'}>{draft.broken === null ? 'draft' : 'draft, broken'}</Tag>
        </>
      ) : null}
    </>
  );
}
