import { createWorkflow } from '@holdfast/api';
import { answer } from '@holdfast/terminal/output';
import { usageError } from '@holdfast/terminal/report';
import { printable } from '@holdfast/terminal/table';
import type { Command } from 'commander';
import { workplace } from '../../connection.ts';
import { findComponent } from '../../find-component.ts';
import { findProject } from '../../lookup.ts';
import { PREFLIGHT_OPTION, warnOfFailure } from './preflight.ts';
import {
  FOLDER_OPTION,
  FROM_OPTION,
  namesSource,
  ONLY_NEW_OPTION,
  type SourceOptions,
  STEP_OPTION,
  sourceBodiesOf,
  UPLOAD_OPTION,
} from './source.ts';

interface Options extends SourceOptions {
  preflight?: true;
  project: string;
  description?: string;
  step: string[];
}

export function registerWorkflowCreate(workflow: Command): void {
  workflow
    .command('create')
    .description('make a workflow')
    .argument('<name>')
    .requiredOption('--project <name>', 'the project that it belongs to')
    .requiredOption(...STEP_OPTION)
    .option(...UPLOAD_OPTION)
    .option(...FOLDER_OPTION)
    .option(...FROM_OPTION)
    .option(...ONLY_NEW_OPTION)
    .option('--description <text>', 'what it is for')
    .option(...PREFLIGHT_OPTION)
    .addHelpText('after', '\nConditions, mappings and branches are written in a file: holdfast workflow apply.')
    .action(async (name: string, options: Options, command: Command) => {
      if (!namesSource(options)) {
        throw usageError('Where do its documents come from?', 'Add --upload, --folder with a name, or --from with a connector.');
      }
      const place = await workplace();
      const project = await findProject(place, options.project);
      const steps = await Promise.all(options.step.map((step) => findComponent(place, step, project.id)));
      const made = await place.client.call(createWorkflow, {
        params: { organization: place.slug },
        body: {
          projectId: project.id,
          name,
          description: options.description,
          sources: await sourceBodiesOf(place, options, project.id),
          steps: steps.map(({ id }) => ({ componentId: id })),
        },
      });
      answer(command, { workflow: made }, `Workflow ${printable(made.name)} is created in ${printable(project.name)}.`);
      await warnOfFailure(place, made, options.preflight ? 'ask' : 'leave');
    });
}
