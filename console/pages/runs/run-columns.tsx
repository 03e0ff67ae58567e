import { itemCountsInWords, type Run, starterInWords } from '@holdfast/api';
import { Text } from '@mantine/core';
import type { Column } from '../../ui/data-table.tsx';
import { TextLink } from '../../ui/links.tsx';
import { RelativeTime } from '../../ui/relative-time.tsx';
import { isActive, RunStatus } from './run-status.tsx';
import { durationInWords } from './run-words.ts';
import { StateBar } from './state-bar.tsx';

/** How a run is shown in every list of runs. */
export function runColumns(slug: string): Column<Run>[] {
  return [
    {
      key: 'number',
      header: 'Run',
      width: 90,
      cell: (run) => (
        <TextLink fw={600} to="/organizations/$organization/runs/$run" params={{ organization: slug, run: run.id }}>
          #{run.number}
        </TextLink>
      ),
    },
    {
      key: 'workflow',
      header: 'Workflow',
      wraps: true,
      width: 220,
      cell: (run) => (
        <div>
          <TextLink
            to="/organizations/$organization/projects/$project/workflows/$workflow"
            params={{ organization: slug, project: run.project.id, workflow: run.workflow.id }}
          >
            {run.workflow.name}
          </TextLink>
          <Text size="sm" c="dimmed">
            {run.project.name}
          </Text>
        </div>
      ),
    },
    {
      key: 'status',
      header: 'Status',
      wraps: true,
      cell: (run) => (
        <div>
          <RunStatus status={run.status} />
          {run.failure === null ? null : (
            <Text size="sm" c="dimmed" lineClamp={2} maw={360} mt={2}>
              {run.failure.detail}
            </Text>
          )}
        </div>
      ),
    },
    {
      key: 'documents',
      header: 'Documents',
      wraps: true,
      width: 170,
      cell: (run) => (
        <div>
          {itemCountsInWords(run.items, isActive(run.status))}
          {isActive(run.status) && run.items.total > 0 ? <StateBar items={run.items} active slim /> : null}
        </div>
      ),
    },
    { key: 'duration', header: 'Took', wideOnly: true, cell: (run) => durationInWords(run) },
    {
      key: 'started',
      header: 'Started',
      cell: (run) => (
        <span>
          <RelativeTime time={run.createdAt} />
          <Text size="sm" c="dimmed">
            by {starterInWords(run.startedBy)}
          </Text>
        </span>
      ),
    },
  ];
}
