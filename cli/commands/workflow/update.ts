import { type Component, ORIGINAL, updateWorkflow, type Workflow } from '@holdfast/api';
import { answer } from '@holdfast/terminal/output';
import { CommandError, usageError } from '@holdfast/terminal/report';
import { printable } from '@holdfast/terminal/table';
import type { Command } from 'commander';
import { workplace } from '../../connection.ts';
import { findComponent } from '../../find-component.ts';
import { findWorkflow } from '../../find-workflow.ts';
import { PROJECT_OPTION } from '../project-option.ts';
import { PREFLIGHT_OPTION, warnOfFailure } from './preflight.ts';
import {
  asBody,
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
    .option(...PREFLIGHT_OPTION)
    .addHelpText('after', '\nConditions, mappings and branches are written in a file: holdfast workflow export, then apply.')
    .action(async (name: string, options: Options, command: Command) => {
      const hasSource = namesSource(options);
      if (!hasSource && [options.name, options.description, options.step].every((each) => each === undefined)) {
        throw usageError('Nothing would change.', 'Add --name, --description, --step, --upload, --folder or --from.');
      }
      const place = await workplace();
      const found = await findWorkflow(place, name, options.project);
      const changesDefinition = hasSource || options.step !== undefined;
      if (changesDefinition && found.draft !== null) throw draftIsThere(found, found.draft);
      // A name and a description count at once: a draft stays what it is.
      const kept = found.draft ?? found;
      const steps =
        options.step === undefined
          ? kept.steps.map(({ id: _, component, ...step }) => ({ ...step, componentId: component.id }))
          : stepsNamed(await Promise.all(options.step.map((step) => findComponent(place, step, found.project.id))), found.steps);
      const saved = await place.client.call(updateWorkflow, {
        params: { organization: place.slug, workflow: found.id },
        body: {
          name: options.name ?? found.name,
          description: options.description ?? found.description,
          sources: hasSource ? await sourceBodiesOf(place, options, found.project.id) : kept.sources.map(asBody),
          steps,
          publish: found.draft === null,
        },
        headers: { 'if-match': String(found.revision) },
      });
      answer(command, { workflow: saved }, `Workflow ${printable(saved.name)} is saved.`);
      await warnOfFailure(place, saved, options.preflight ? 'ask' : 'leave');
    });
}

/** A component that was a step already keeps the step's name, condition and mapping, and what it takes. */
function stepsNamed(components: readonly Component[], former: Workflow['steps']) {
  const left = [...former];
  const known: string[] = [ORIGINAL];
  return components.map(({ id: componentId }) => {
    const place = left.findIndex(({ component }) => component.id === componentId);
    const [step] = place === -1 ? [] : left.splice(place, 1);
    if (step === undefined) return { componentId };
    const { id: _, component: __, input, ...rest } = step;
    const takes = known.includes(input) ? { input } : {};
    known.push(step.name);
    return { ...rest, ...takes, componentId };
  });
}

function draftIsThere({ name, project }: Workflow, { savedBy }: NonNullable<Workflow['draft']>): CommandError {
  return new CommandError(
    `“${printable(name)}” has a draft that ${printable(savedBy.name)} saved: what would be changed, the draft or the version?`,
    {
      code: 'precondition_failed',
      remedy: `Publish it first (holdfast workflow publish), discard it (holdfast workflow discard-draft), or change it as a file: holdfast workflow export ${JSON.stringify(name)} --project ${JSON.stringify(project.name)} --draft`,
    },
  );
}
