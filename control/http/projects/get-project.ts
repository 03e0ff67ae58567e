import { getProject } from '@holdfast/api';
import { readProject } from '../../projects/read-projects.ts';
import { implement } from '../implement.ts';

export const getProjectHandler = implement(getProject, async ({ organization, params }, { db }) => {
  return { status: 200, body: await readProject(db, organization.id, params.project) };
});
