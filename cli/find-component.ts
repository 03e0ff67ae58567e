import { type Component, listComponents } from '@holdfast/api';
import type { Workplace } from './connection.ts';
import { allProjects, collect, findProject, only } from './lookup.ts';

export async function allComponents({ client, slug }: Workplace, project: string): Promise<Component[]> {
  const { readAll } = await import('@holdfast/sdk');
  return collect(readAll(client, listComponents, { params: { organization: slug, project }, query: { limit: 200 } }));
}

/** In the project that is named, or in any when the name is there once. */
export async function findComponent(place: Workplace, name: string, project: string | undefined): Promise<Component> {
  const projects = project === undefined ? await allProjects(place) : [await findProject(place, project)];
  const found = (await Promise.all(projects.map(({ id }) => allComponents(place, id)))).flat();
  return only('component', name, found);
}
