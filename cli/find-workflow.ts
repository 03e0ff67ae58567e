import { listWorkflows, type Workflow } from '@holdfast/api';
import type { Workplace } from './connection.ts';
import { collect, findProject, only } from './lookup.ts';

export async function allWorkflows({ client, slug }: Workplace, project?: string): Promise<Workflow[]> {
  const { readAll } = await import('@holdfast/sdk');
  return collect(readAll(client, listWorkflows, { params: { organization: slug }, query: { limit: 200, project } }));
}

export async function findWorkflow(place: Workplace, name: string, project: string | undefined): Promise<Workflow> {
  const within = project === undefined ? undefined : await findProject(place, project);
  return only('workflow', name, await allWorkflows(place, within?.id));
}
