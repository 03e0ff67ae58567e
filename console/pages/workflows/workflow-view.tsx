import { getWorkflow, listWorkflowRuns, listWorkflows, preflightWorkflow, type Workflow, type WrittenWorkflow } from '@holdfast/api';
import { describedDefinition, type PartChange, partChangesOf } from '@holdfast/workflow';
import { Button, Group, Stack, Text, Title } from '@mantine/core';
import { useCallback, useState } from 'react';
import { useCommand, useEndpointPages } from '../../api/endpoint-hooks.ts';
import { useOrganization } from '../../api/organization.ts';
import { ChoiceChips } from '../../ui/choice-chips.tsx';
import { DataTable } from '../../ui/data-table.tsx';
import { LinkButton } from '../../ui/links.tsx';
import { WhenRead } from '../../ui/when-read.tsx';
import { BrokenNotice } from '../projects/broken-notice.tsx';
import { pollInterval } from '../runs/poll-interval.ts';
import { runColumns } from '../runs/run-columns.tsx';
import { RunHistory } from '../runs/run-history.tsx';
import { PreflightChecks } from './preflight-checks.tsx';
import { RunPanel } from './run-panel.tsx';
import { StepsPicture } from './steps-picture.tsx';
import { TriggersSection } from './triggers/triggers-section.tsx';
import { WorkflowLimits } from './workflow-limits.tsx';
import { DraftNotice, WorkflowVersions } from './workflow-versions.tsx';
import { YamlOfWorkflow } from './yaml/yaml-of-workflow.tsx';

interface WorkflowViewProps {
  workflow: WrittenWorkflow;
  justSaved: boolean;
  /** `undefined` for who may not. */
  editYaml: (() => void) | undefined;
  /** Gets whether documents are chosen that no run has yet. */
  onChosen: (chosen: boolean) => void;
}

/** A saved workflow: its steps, the way to run it, its runs. */
export function WorkflowView({ workflow, justSaved, editYaml, onChosen }: WorkflowViewProps) {
  const organization = useOrganization();
  // It looks at what holds now: what the page shows unasked is read again with it.
  const preflight = useCommand(preflightWorkflow, [getWorkflow, listWorkflows]);
  // Of what the workflow is now: after a change it says nothing any more.
  const found = preflight.data?.revision === workflow.revision ? preflight.data : undefined;
  const [chosen, setChosen] = useState(false);
  const onChosenHere = useCallback(
    (now: boolean) => {
      setChosen(now);
      onChosen(now);
    },
    [onChosen],
  );
  return (
    <Stack gap="lg">
      {workflow.broken === null ? null : (
        <BrokenNotice broken={workflow.broken}>
          <BrokenParts workflow={workflow} />
        </BrokenNotice>
      )}
      <DraftNotice workflow={workflow} />
      <Shown workflow={workflow} editYaml={editYaml} />
      {organization.may('runs:start') ? (
        <>
          <RunPanel workflow={workflow} preflight={found} onChosen={onChosenHere} />
          <PreflightChecks workflow={workflow} preflight={preflight} found={found} unasked={justSaved || chosen} />
        </>
      ) : (
        <Text c="dimmed" size="sm">
          Editors and admins start its runs.
        </Text>
      )}
      {workflow.lastRun === null ? null : <RunHistory workflow={workflow.id} />}
      <TriggersSection workflow={workflow} />
      <WorkflowRuns workflow={workflow} />
      <WorkflowVersions workflow={workflow} />
      <WorkflowLimits key={workflow.id} workflow={workflow} />
    </Stack>
  );
}

/** Its steps, as a picture or as YAML. */
function Shown({ workflow, editYaml }: Pick<WorkflowViewProps, 'workflow' | 'editYaml'>) {
  const [as, setAs] = useState<'picture' | 'yaml'>('picture');
  return (
    <Stack gap="sm">
      <Group gap="sm">
        <ChoiceChips
          label="Show as"
          choices={[
            { value: 'picture', label: 'Picture' },
            { value: 'yaml', label: 'YAML' },
          ]}
          value={as}
          onChange={setAs}
        />
        {as === 'yaml' && editYaml !== undefined ? (
          <Button size="compact-sm" variant="default" onClick={editYaml}>
            Edit as YAML
          </Button>
        ) : null}
      </Group>
      {as === 'picture' ? <Pictures workflow={workflow} /> : <YamlOfWorkflow workflow={workflow} />}
    </Stack>
  );
}

/**
 * What runs do, and beside it what the draft would have them do: what is gone is marked in the one, what is
 * new or changed in the other.
 */
function Pictures({ workflow }: { workflow: Workflow }) {
  const { draft, version, project } = workflow;
  if (draft === null || version === null) return <StepsPicture definition={workflow} project={project.id} />;
  const changes = partChangesOf(describedDefinition(workflow), describedDefinition(draft));
  const only = (...kinds: readonly PartChange['kind'][]) => ({
    sources: new Map([...changes.sources].filter(([, { kind }]) => kinds.includes(kind))),
    steps: new Map([...changes.steps].filter(([, { kind }]) => kinds.includes(kind))),
  });
  return (
    <>
      <section aria-labelledby="picture-version">
        <Text size="sm" fw={600} id="picture-version">
          Version {version.number}, which runs use
        </Text>
        <StepsPicture definition={workflow} project={project.id} label={`Picture of version ${version.number}`} changes={only('removed')} />
      </section>
      <section aria-labelledby="picture-draft">
        <Text size="sm" fw={600} id="picture-draft">
          The draft
        </Text>
        <StepsPicture definition={draft} project={project.id} label="Picture of the draft" changes={only('added', 'changed')} />
      </section>
    </>
  );
}

/** What else keeps the workflow from running, and the way to each component that does. */
function BrokenParts({ workflow }: { workflow: Workflow }) {
  const organization = useOrganization();
  const read = workflow.sources.flatMap((source) => (source.kind === 'component' ? source : []));
  const failing = new Map(
    [...read, ...workflow.steps].flatMap(({ component }) => (component.failure === null ? [] : [[component.id, component]])),
  );
  const others = [...failing.values()].filter(({ failure }) => failure?.detail !== workflow.broken?.detail);
  return (
    <>
      {others.map(({ id, failure }) => (
        <Text key={id} size="sm" mt={4}>
          {failure?.detail}
        </Text>
      ))}
      {organization.may('components:read') ? (
        <Group gap="xs" mt={8}>
          {[...failing.values()].map(({ id, name }) => (
            <LinkButton
              key={id}
              size="compact-sm"
              variant="default"
              to="/organizations/$organization/projects/$project/components/$component"
              params={{ organization: organization.slug, project: workflow.project.id, component: id }}
            >
              Open {name}
            </LinkButton>
          ))}
        </Group>
      ) : null}
    </>
  );
}

function WorkflowRuns({ workflow }: { workflow: Workflow }) {
  const organization = useOrganization();
  const runs = useEndpointPages(
    listWorkflowRuns,
    { params: { workflow: workflow.id }, query: { limit: 20 } },
    { refetchInterval: pollInterval },
  );
  return (
    <section aria-labelledby="runs">
      <Title order={2} id="runs" mb="xs">
        Runs
      </Title>
      <WhenRead what="The runs" of={runs}>
        <DataTable
          label="Runs of this workflow"
          columns={runColumns(organization.slug).filter((column) => column.key !== 'workflow')}
          rows={runs.items}
          rowKey={(run) => run.id}
          loading={runs.isPending}
          hasMore={runs.hasNextPage}
          loadingMore={runs.isFetchingNextPage}
          loadMore={() => void runs.fetchNextPage()}
          empty={<Text c="dimmed">It has not run yet.</Text>}
        />
      </WhenRead>
    </section>
  );
}
