import { updateWorkflow } from '@holdfast/api';
import { answer } from '@holdfast/terminal/output';
import { usageError } from '@holdfast/terminal/report';
import { printable } from '@holdfast/terminal/table';
import type { Command } from 'commander';
import { workplace } from '../../connection.ts';
import { findComponent, findWorkflow } from '../../lookup.ts';
import { PROJECT_OPTION } from '../project-option.ts';
import {
  asBody,
  FOLDER_OPTION,
  FROM_OPTION,
  namesSource,
  ONLY_NEW_OPTION,
  type SourceOptions,
  STEP_OPTION,
  sourceBodyOf,
  UPLOAD_OPTION,
} from './source.ts';

interface Options extends SourceOptions {
  project?: string;
  name?: string;
  description?: string;
  step?: string[];
}

export function registerWorkflowUpdate(workflow: Command): void {
  workflow
    .command('update')
    .description('change a workflow; runs under way keep what they started with')
    .argument('<name>')
    .option(...PROJECT_OPTION)
    .option('--name <name>', 'its new name')
    .option('--description <text>', 'what it is for')
    .option(...STEP_OPTION)
    .option(...UPLOAD_OPTION)
    .option(...FOLDER_OPTION)
    .option(...FROM_OPTION)
    .option(...ONLY_NEW_OPTION)
    .action(async (name: string, options: Options, command: Command) => {
      const hasSource = namesSource(options);
      if (!hasSource && [options.name, options.description, options.step].every((each) => each === undefined)) {
        throw usageError('Nothing would change.', 'Add --name, --description, --step, --upload, --folder or --from.');
      }
      const place = await workplace();
      const found = await findWorkflow(place, name, options.project);
      const steps =
        options.step === undefined
          ? found.steps.map(({ id: _, component, ...step }) => ({ ...step, componentId: component.id }))
          : await Promise.all(options.step.map(async (step) => ({ componentId: (await findComponent(place, step, found.project.id)).id })));
      const saved = await place.client.call(updateWorkflow, {
        params: { organization: place.slug, workflow: found.id },
        body: {
          name: options.name ?? found.name,
          description: options.description ?? found.description,
          ...(hasSource ? { source: await sourceBodyOf(place, options, found.project.id) } : { sources: found.sources.map(asBody) }),
          steps,
        },
      });
      answer(command, { workflow: saved }, `Workflow ${printable(saved.name)} is saved.`);
    });
}
