import {
  type Component,
  createComponent,
  createProject,
  createWorkflow,
  deleteComponent,
  deleteProject,
  listComponentTypes,
  listSecretNames,
  type Project,
} from '@holdfast/api';
import { answer, remark } from '@holdfast/terminal/output';
import { CommandError, usageError } from '@holdfast/terminal/report';
import { printable } from '@holdfast/terminal/table';
import { bodyOfFile } from '@holdfast/workflow/convert';
import type { Command } from 'commander';
import type { Chosen } from '../../../examples/bodies.ts';
import { faultsOfOptions } from '../../../examples/faults.ts';
import type { Example, ExampleSecret } from '../../../examples/index.ts';
import { ExampleFailure, makeExample, WORKFLOW } from '../../../examples/make.ts';
import { type Workplace, workplace } from '../../connection.ts';
import { allComponents } from '../../find-component.ts';
import { allWorkflows } from '../../find-workflow.ts';
import { allProjects, findProject } from '../../lookup.ts';
import { refuseCredential } from '../component/configuration.ts';
import { remarkUnapproved } from '../component/unapproved.ts';
import { repeatable } from '../repeatable.ts';
import { faultsOfAnswer, refuse } from '../workflow/file.ts';
import { EXAMPLE_ARGUMENT, type FoundExample, findExample } from './find-example.ts';

interface Options {
  project?: string;
  secret?: readonly string[];
  set?: readonly string[];
}

export function registerExampleCreate(program: Command): void {
  program
    .command('create')
    .description('make its components and its workflow, and say which secrets are missing')
    .argument(...EXAMPLE_ARGUMENT)
    .option('--project <name>', 'where; without it in the project that its file names, which is made when it is not there')
    .option<readonly string[] | undefined>(
      '--secret <name=other>',
      'the organization secret that is used in place of one of that name',
      repeatable,
    )
    .option<readonly string[] | undefined>(
      '--set <component.option=value>',
      'an option that differs: holdfast example show lists them',
      repeatable,
    )
    .addHelpText(
      'after',
      `
For example:  holdfast example create scans-to-archive --set archive.bucket=acme-scans --secret INBOX_CONTAINER=SCANS_SAS

To change more than that, copy the file that \`holdfast example show\` names, change it, and name it here.`,
    )
    .action(async (name: string, options: Options, command: Command) => {
      const found = await findExample(name);
      const { example, file, yaml } = found;
      const secrets = secretsOf(options.secret ?? [], example);
      const chosen = { names: found.names, secrets, options: optionsOf(options.set ?? [], example) };
      const place = await workplace();
      const { client, slug: organization } = place;
      await refuseFaults(place, example, chosen);
      const { project, isNew } = await projectFor(place, options.project, file.project);
      await refuseTakenNames(place, found, project);
      const missing = await missingSecrets(place, project, example, secrets);
      const params = { organization, project: project.id };
      try {
        const { components, workflow } = await makeExample(
          example,
          chosen,
          async (made) => ({ ...bodyOfFile(file, await idsIn(place, found, project, made)), projectId: project.id, yaml }),
          {
            createComponent: (body) => client.call(createComponent, { params, body }),
            deleteComponent: (component) => client.call(deleteComponent, { params: { ...params, component } }),
            createWorkflow: (body) => client.call(createWorkflow, { params: { organization }, body }),
          },
        );
        const made = [...components.values()];
        answer(
          command,
          { project, workflow, components: made, missing },
          `Workflow ${printable(workflow.name)} is created in ${printable(project.name)}, with ${made.map((each) => printable(each.name)).join(' and ')}.`,
        );
        for (const each of missing) remark(inWords(each));
        for (const component of made) remarkState(component, missing);
      } catch (error) {
        if (isNew) await client.call(deleteProject, { params }).catch(() => undefined);
        throw placed(error, found);
      }
    });
}

interface Missing extends ExampleSecret {
  /** What the example calls it. */
  readonly for: string;
}

function inWords({ name, kind, description, obtain, obtainUrl }: Missing): string {
  const where = obtainUrl === undefined ? obtain : `${obtain} ${obtainUrl}`;
  return `${name} is missing: ${description}\n  ${where}\n→ An owner or admin adds it: holdfast secret set ${name} --kind ${kind}`;
}

/** What else keeps a component from being used. */
function remarkState(component: Component, missing: readonly Missing[]): void {
  remarkUnapproved(component);
  const { broken, name, sensitiveOptions } = component;
  // It names the first secret that cannot be used: whether that is missing is said already.
  const [unusable] = sensitiveOptions.flatMap(({ secrets }) => secrets.filter(({ state }) => state !== 'ok'));
  if (broken === null || missing.some((each) => each.name === unusable?.name)) return;
  remark(`${printable(name)} cannot be used yet: ${broken.detail}\n→ ${broken.remedy}`);
}

/** `--secret NAME=OTHER`, by the example's names. */
function secretsOf(pairs: readonly string[], example: Example): Record<string, string> {
  const names = example.secrets.map(({ name }) => name);
  return Object.fromEntries(
    pairs.map((pair) => {
      const [, name = '', other = ''] = /^([^=]+)=(.+)$/s.exec(pair) ?? [];
      if (names.includes(name)) return [name, other];
      // What stands there may be a value that was meant to be stored.
      throw usageError('--secret takes NAME=OTHER, with a name of the example.', `It has: ${names.join(', ')}.`);
    }),
  );
}

/** `--set COMPONENT.OPTION=VALUE`. */
function optionsOf(pairs: readonly string[], { components }: Example): Record<string, Record<string, string>> {
  const asked = components.flatMap(({ key, asks }) => asks.map((option) => `${key}.${option}`));
  const options: Record<string, Record<string, string>> = {};
  for (const pair of pairs) {
    const [, place = '', value = ''] = /^([^=]+)=(.*)$/s.exec(pair) ?? [];
    if (!asked.includes(place)) throw usageError('--set takes COMPONENT.OPTION=VALUE.', `It can be one of: ${asked.join(', ')}.`);
    const [key = '', option = ''] = place.split('.');
    refuseCredential(value, `--set ${place}`);
    options[key] = { ...options[key], [option]: value };
  }
  return options;
}

async function refuseFaults({ client, slug }: Workplace, example: Example, chosen: Chosen): Promise<void> {
  const { items } = await client.call(listComponentTypes, { params: { organization: slug } });
  const faults = faultsOfOptions(example, chosen, items);
  if (faults.length === 0) return;
  throw usageError(faults.map(({ key, option, message }) => `${key}.${option}: ${message}`).join('\n'), 'Correct it with --set.');
}

async function projectFor(
  place: Workplace,
  asked: string | undefined,
  name: string,
): Promise<{ readonly project: Project; readonly isNew: boolean }> {
  if (asked !== undefined) return { project: await findProject(place, asked), isNew: false };
  const composed = name.normalize('NFC');
  const found = (await allProjects(place)).find((each) => each.name === composed);
  if (found !== undefined) return { project: found, isNew: false };
  const body = { name: composed };
  return { project: await place.client.call(createProject, { params: { organization: place.slug }, body }), isNew: true };
}

/** All of them at once, before the first is made. */
async function refuseTakenNames(place: Workplace, { names, file, path }: FoundExample, { id, name }: Project): Promise<void> {
  const [components, workflows] = await Promise.all([allComponents(place, id), allWorkflows(place, id)]);
  const isTaken = (wanted: string, all: readonly { readonly name: string }[]) =>
    all.some((each) => each.name.toLowerCase() === wanted.normalize('NFC').toLowerCase());
  const taken = [
    ...Object.values(names).flatMap((each) => (isTaken(each, components) ? `a component “${each}”` : [])),
    ...(isTaken(file.name, workflows) ? [`a workflow “${file.name}”`] : []),
  ];
  if (taken.length === 0) return;
  throw new CommandError(`The project ${name} has ${taken.join(', ')} already.`, {
    code: 'name_taken',
    remedy: `Choose another project (--project), or change the names in a copy of ${path} and name the copy here.`,
  });
}

async function missingSecrets(
  { client, slug }: Workplace,
  { id }: Project,
  { secrets }: Example,
  chosen: Readonly<Record<string, string>>,
): Promise<Missing[]> {
  const answers = secrets.map(async (secret) => {
    const name = chosen[secret.name] ?? secret.name;
    const { items } = await client.call(listSecretNames, {
      params: { organization: slug, project: id },
      query: { name, scope: 'any', limit: 1 },
    });
    return items.length === 0 ? [{ ...secret, name, for: secret.name }] : [];
  });
  return (await Promise.all(answers)).flat();
}

/** By name: of what was made, and of what a changed file uses of the project besides. */
async function idsIn(
  place: Workplace,
  { file, path, placeOf }: FoundExample,
  { id }: Project,
  made: ReadonlyMap<string, Component>,
): Promise<(name: string) => string | undefined> {
  const { faultsOfNames } = await import('@holdfast/workflow/names');
  const components = new Map([...(await allComponents(place, id)), ...made.values()].map((each) => [each.name, each]));
  const known = [...components.values()].map(({ name }) => ({ name, role: undefined }));
  const faults = faultsOfNames(file, { components: known, folders: undefined });
  if (faults.length > 0) {
    throw refuse(
      path,
      faults.map((fault) => ({ ...placeOf(fault.field), ...fault })),
    );
  }
  return (name) => components.get(name.normalize('NFC'))?.id;
}

/** The server's refusal, with what it is about. */
function placed(error: unknown, { example, names, path, placeOf }: FoundExample): unknown {
  if (!(error instanceof ExampleFailure)) return error;
  const { of, cause } = error;
  if (of === WORKFLOW) {
    const faults = faultsOfAnswer(cause, placeOf);
    return faults.length > 0 ? refuse(path, faults) : cause;
  }
  const { code, message, remedy } = cause as { code?: string; message?: string; remedy?: string };
  if (message === undefined || !example.components.some(({ key }) => key === of)) return cause;
  return new CommandError(`${printable(names[of] ?? of)}: ${message}`, {
    ...(code !== undefined && { code }),
    ...(remedy !== undefined && { remedy }),
    cause,
  });
}
