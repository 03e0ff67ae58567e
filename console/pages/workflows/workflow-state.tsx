import type { Workflow } from '@holdfast/api';
import { Tag } from '../../ui/tag.tsx';

/** Whether a run could start, in a word; why not, on pointing at it. */
export function WorkflowState({ workflow }: { workflow: Pick<Workflow, 'state' | 'broken' | 'draft' | 'version'> }) {
  const { state, broken, draft, version } = workflow;
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
      {draft !== null && version !== null ? (
        <>
          {' '}
          <Tag title={draft.broken?.detail ?? 'It is saved and not published.'}>{draft.broken === null ? 'draft' : 'draft, broken'}</Tag>
        </>
      ) : null}
    </>
  );
}
