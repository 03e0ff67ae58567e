import { listProjects, type Project } from '@holdfast/api';
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

export async function findProject(place: Workplace, name: string): Promise<Project> {
  return only('project', name, await allProjects(place));
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

/** The one that has this name or id, and otherwise an error that names what is near. */
export function only<T extends Named & { readonly project?: Named }>(what: string, name: string, all: readonly T[]): T {
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

export function notFound(what: string, name: string, names: readonly string[]): CommandError {
  const near = names.find((each) => each.toLowerCase() === name.toLowerCase());
  const remedy = near === undefined ? `holdfast ${what} list shows them.` : `Did you mean “${near}”?`;
  return new CommandError(`There is no ${what} “${name}”.`, { code: 'not_found', remedy });
}
