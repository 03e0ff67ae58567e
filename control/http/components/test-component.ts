import { testComponent } from '@holdfast/api';
import { readComponent } from '../../components/read-components.ts';
import { testSaved } from '../../components/test-saved.ts';
import { implement } from '../implement.ts';

export const testComponentHandler = implement(testComponent, async ({ caller, organization, origin, params, request }, control) => {
  const component = await readComponent(control.db, organization.id, params.project, params.component);
  const by = { organizationId: organization.id, caller, origin };
  return { status: 200, body: await testSaved(control, by, component, () => request.raw.socket.destroyed) };
});
