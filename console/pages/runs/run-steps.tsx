import { getRunSteps, type Run } from '@holdfast/api';
import { useEndpoint } from '../../api/endpoint-hooks.ts';
import { StepsPicture } from '../workflows/steps-picture.tsx';

const POLL_MILLISECONDS = 3_000;

/** What the run does, as it was when it started, and how far its documents are at each step. */
export function RunSteps({ run, active, live }: { run: Run; active: boolean; live: boolean }) {
  const steps = useEndpoint(getRunSteps, { params: { run: run.id } }, { refetchInterval: active && !live ? POLL_MILLISECONDS : false });
  if (steps.data === undefined) return null;
  const documents = new Map(steps.data.steps.map((step) => [step.name, step]));
  return (
    <section aria-label="Steps">
      <StepsPicture
        definition={steps.data}
        project={run.project.id}
        label="Picture of the run"
        progress={{ of: run.items.total, steps: documents }}
      />
    </section>
  );
}
