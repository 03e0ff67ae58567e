import {
  getRetention,
  getRun,
  getWorkflow,
  listRuns,
  listWorkflowRuns,
  setWorkflowLimits,
  setWorkflowRetention,
  type Workflow,
} from '@holdfast/api';
import { Button, Group, NumberInput, Skeleton, Stack, Text, Title } from '@mantine/core';
import { useState } from 'react';
import { useCommand, useEndpoint } from '../../api/endpoint-hooks.ts';
import { useOrganization } from '../../api/organization.ts';
import { problemOf, type ShownProblem } from '../../api/problem.ts';
import { FormProblem } from '../../ui/error-state.tsx';
import { notifyDone } from '../../ui/notify.ts';
import { Placeholder } from '../../ui/placeholder.tsx';
import { WhenRead } from '../../ui/when-read.tsx';
import { KeptDaysForm } from '../runs/kept-days-form.tsx';

/** How many runs of a workflow are under way at once, and how long what they leave behind is kept. */
export function WorkflowLimits({ workflow }: { workflow: Workflow }) {
  const { may } = useOrganization();
  const retention = useEndpoint(getRetention);
  const keep = useCommand(setWorkflowRetention, [getWorkflow, getRun]);
  const params = { workflow: workflow.id };
  const { data } = retention;
  return (
    <section aria-labelledby="limits">
      <Title order={2} id="limits" mb="xs">
        Limits
      </Title>
      <Stack gap="md">
        <RunsAtOnce workflow={workflow} />
        <WhenRead what="How long runs are kept" of={retention}>
          <div>
            <Text size="sm" fw={600}>
              Kept after the end of a run
            </Text>
            <Text size="sm" c="dimmed" mb="xs">
              An empty field means what holds in the organization.
            </Text>
            {data === undefined ? (
              <Placeholder>
                <Skeleton height={86} radius="md" />
              </Placeholder>
            ) : (
              <KeptDaysForm
                kept={workflow.kept}
                otherwise={{
                  documentDays: data.documentDays ?? data.defaults.documentDays,
                  logDays: data.logDays,
                  runDays: data.runDays,
                }}
                mayWrite={may('retention:write')}
                save={async (body) => {
                  await keep.mutateAsync({ params, body });
                  notifyDone('The policy of the workflow is saved.');
                }}
              />
            )}
          </div>
        </WhenRead>
      </Stack>
    </section>
  );
}

function RunsAtOnce({ workflow }: { workflow: Workflow }) {
  const { may } = useOrganization();
  const limit = useCommand(setWorkflowLimits, [getWorkflow, listRuns, listWorkflowRuns]);
  /** `undefined` while nothing is typed: then the field shows what holds, also when others set it. */
  const [typed, setTyped] = useState<number | string>();
  const value = typed ?? workflow.maximumRuns;
  const [problem, setProblem] = useState<ShownProblem>();
  async function save() {
    setProblem(undefined);
    try {
      const maximumRuns = Number(value);
      await limit.mutateAsync({ params: { workflow: workflow.id }, body: { maximumRuns } });
      setTyped(undefined);
      notifyDone(maximumRuns === 1 ? 'One run at a time.' : `At most ${maximumRuns} runs at once.`);
    } catch (error) {
      setProblem(problemOf(error));
    }
  }
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <Group align="end" gap="sm">
        <NumberInput
          label="Runs at once"
          description="More wait for their turn, and say so."
          min={1}
          max={100}
          clampBehavior="strict"
          allowDecimal={false}
          w={240}
          disabled={!may('workflows:write')}
          value={value}
          onChange={setTyped}
        />
        {may('workflows:write') ? (
          <Button
            type="submit"
            size="xs"
            variant="default"
            loading={limit.isPending}
            disabled={value === '' || value === workflow.maximumRuns}
          >
            Save
          </Button>
        ) : null}
      </Group>
      <FormProblem problem={problem} />
    </form>
  );
}
