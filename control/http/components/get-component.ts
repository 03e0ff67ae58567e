import { getComponent } from '@holdfast/api';
import { readComponent } from '../../components/read-components.ts';
import { implement } from '../implement.ts';

export const getComponentHandler = implement(getComponent, async ({ organization, params }, { db }) => {
  return { status: 200, body: await readComponent(db, organization.id, params.project, params.component) };
});
