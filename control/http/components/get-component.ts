import { getComponent } from '@holdfast/api';
import { readComponent } from '../../components/read-components.ts';
import { tagRevision } from '../etag.ts';
import { implement } from '../implement.ts';

export const getComponentHandler = implement(getComponent, async ({ organization, params, reply }, { db }) => {
  const component = await readComponent(db, organization.id, params.project, params.component);
  tagRevision(reply, component);
  return { status: 200, body: component };
});
