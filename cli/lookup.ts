import {
  type Component,
  listComponents,
  listMembers,
  listProjects,
  listWorkflows,
  type Member,
  type Project,
  type Workflow,
} from '@holdfast/api';
import { counted } from '@holdfast/terminal/output';
import { CommandError, usageError } from '@holdfast/terminal/report';
import type { Workplace } from './connection.ts';

/** What people call a thing by its name, and a program perhaps by its id. */
interface Named {
  readonly id: string;
  readonly name: string;
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

export async function allProjects({ client, slug }: Workplace, search?: string): Promise<Project[]> {
  const { readAll } = await import('@holdfast/sdk');
  return collect(readAll(client, listProjects, { params: { organization: slug }, query: { limit: 200, search } }));
}

export async function allComponents({ client, slug }: Workplace, project: string): Promise<Component[]> {
  const { readAll } = await import('@holdfast/sdk');
  return collect(readAll(client, listComponents, { params: { organization: slug, project }, query: { limit: 200 } }));
}

export async function allWorkflows({ client, slug }: Workplace, project?: string): Promise<Workflow[]> {
  const { readAll } = await import('@holdfast/sdk');
  return collect(readAll(client, listWorkflows, { params: { organization: slug }, query: { limit: 200, project } }));
}

export async function findProject(place: Workplace, name: string): Promise<Project> {
  return only('project', name, await allProjects(place));
}

/** In the project that is named, or in any when the name is there once. */
export async function findComponent(place: Workplace, name: string, project: string | undefined): Promise<Component> {
  const projects = project === undefined ? await allProjects(place) : [await findProject(place, project)];
  const found = (await Promise.all(projects.map(({ id }) => allComponents(place, id)))).flat();
  return only('component', name, found);
}

export async function findWorkflow(place: Workplace, name: string, project: string | undefined): Promise<Workflow> {
  const within = project === undefined ? undefined : await findProject(place, project);
  return only('workflow', name, await allWorkflows(place, within?.id));
}

/** By e-mail address, name or id. */
export async function findMember({ client, slug }: Workplace, who: string): Promise<Member> {
  const { items } = await client.call(listMembers, { params: { organization: slug } });
  const found = items.filter(({ email, id, name }) => email === who.toLowerCase() || name === who || id === who);
  const [member] = found;
  if (member === undefined)
    throw notFound(
      'member',
      who,
      items.map(({ email }) => email),
    );
  if (found.length > 1) throw usageError(`${counted(found.length, 'member')} have the name “${who}”.`, 'Use the e-mail address.');
  return member;
}

/** `undefined` when the caller's role does not show it. */
export async function unlessForbidden<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if ((error as { code?: string }).code === 'forbidden') return undefined;
    throw error;
  }
}

function only<T extends Named & { readonly project?: Named }>(what: string, name: string, all: readonly T[]): T {
  const composed = name.normalize('NFC');
  const found = all.filter((each) => each.id === name || each.name === composed);
  const [first] = found;
  if (first === undefined)
    throw notFound(
      what,
      name,
      all.map((each) => each.name),
    );
  if (found.length > 1) {
    const projects = found.map((each) => each.project?.name ?? each.id).join(', ');
    throw usageError(`${counted(found.length, what)} have the name “${name}”.`, `Add --project with one of: ${projects}.`);
  }
  return first;
}

function notFound(what: string, name: string, names: readonly string[]): CommandError {
  const near = names.find((each) => each.toLowerCase() === name.toLowerCase());
  const remedy = near === undefined ? `holdfast ${what} list shows them.` : `Did you mean “${near}”?`;
  return new CommandError(`There is no ${what} “${name}”.`, { code: 'not_found', remedy });
}
