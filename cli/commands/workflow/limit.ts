import { maximumRuns, setWorkflowLimits } from '@holdfast/api';
import { answer, counted } from '@holdfast/terminal/output';
import { usageError } from '@holdfast/terminal/report';
import { printable } from '@holdfast/terminal/table';
import type { Command } from 'commander';
import { workplace } from '../../connection.ts';
import { findWorkflow } from '../../find-workflow.ts';
import { PROJECT_OPTION } from '../project-option.ts';

export function registerWorkflowLimit(workflow: Command): void {
  workflow
    .command('limit')
    .description('how many runs of a workflow are under way at once; runs that wait begin when there is room')
    .argument('<name>')
    .argument('<runs>', `${maximumRuns.minValue} to ${maximumRuns.maxValue}`)
    .option(...PROJECT_OPTION)
    .action(async (name: string, runs: string, { project }: { project?: string }, command: Command) => {
      const limit = maximumRuns.safeParse(/^\d+$/.test(runs) ? Number(runs) : Number.NaN);
      if (!limit.success) throw usageError(`The limit is a whole number from ${maximumRuns.minValue} to ${maximumRuns.maxValue}.`);
      const place = await workplace();
      const found = await findWorkflow(place, name, project);
      const saved = await place.client.call(setWorkflowLimits, {
        params: { organization: place.slug, workflow: found.id },
        body: { maximumRuns: limit.data },
        headers: { 'if-match': String(found.revision) },
      });
      answer(command, { workflow: saved }, `${counted(limit.data, 'run')} of “${printable(saved.name)}” at once, at most.`);
    });
}
