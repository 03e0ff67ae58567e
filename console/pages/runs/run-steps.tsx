import { getRunSteps, type Run } from '@holdfast/api';
import { Skeleton } from '@mantine/core';
import { useEndpoint } from '../../api/endpoint-hooks.ts';
import { Placeholder } from '../../ui/placeholder.tsx';
import { WhenRead } from '../../ui/when-read.tsx';
import { StepsPicture } from '../workflows/steps-picture.tsx';

const POLL_MILLISECONDS = 3_000;
/** A picture of one row of steps. */
const PICTURE_PIXELS = 96;

/** What the run does, as it was when it started, and how far its documents are at each step. */
export function RunSteps({ run, active, live }: { run: Run; active: boolean; live: boolean }) {
  const steps = useEndpoint(getRunSteps, { params: { run: run.id } }, { refetchInterval: active && !live ? POLL_MILLISECONDS : false });
  return (
    <section aria-label="Steps">
      <WhenRead what="The steps" of={steps}>
        {steps.data === undefined ? (
          <Placeholder>
            <Skeleton height={PICTURE_PIXELS} radius="lg" />
          </Placeholder>
        ) : (
          <StepsPicture
            definition={steps.data}
            project={run.project.id}
            label="Picture of the run"
            progress={{ of: run.items.total, steps: new Map(steps.data.steps.map((step) => [step.name, step])) }}
          />
        )}
      </WhenRead>
    </section>
  );
}
