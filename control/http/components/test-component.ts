import { testComponent } from '@holdfast/api';
import { deleteRows, transaction } from '@holdfast/db/control';
import { actorOf, credentialKey } from '@holdfast/endpoints';
import { uuidv7 } from '@holdfast/envelope';
import { record } from '../../audit/record.ts';
import { removeAbandonedTests, waitForAnswer } from '../../components/component-tests.ts';
import { readComponent } from '../../components/read-components.ts';
import { implement } from '../implement.ts';

export const testComponentHandler = implement(
  testComponent,
  async ({ caller, organization, origin, params, request }, { db, queue, repeats }) => {
    const { id: componentId, name, project } = await readComponent(db, organization.id, params.project, params.component);
    const id = uuidv7();
    // The uses that it leads to are on the record by themselves.
    await repeats.note(JSON.stringify(['component.test', organization.id, credentialKey(caller), componentId]), (repeated) =>
      transaction(db, async (tx) => {
        const target = { kind: 'component', id: componentId, name };
        const detail = repeated === undefined ? {} : { detail: repeated };
        const context = { project: project.name };
        await record(tx, organization.id, { caller, origin }, { action: 'component.test', outcome: 'intent', target, context, ...detail });
      }),
    );
    await transaction(db, async (tx) => {
      await removeAbandonedTests(tx, organization.id);
      await tx
        .insertInto('component_test')
        .values({ organization_id: organization.id, id, component_id: componentId, requested_by: actorOf(caller), answer: null })
        .execute();
      await queue.send(tx, 'component-test', { organizationId: organization.id, testId: id });
    });
    try {
      const asked = { organizationId: organization.id, id, name };
      return { status: 200, body: await waitForAnswer(db, asked, () => request.raw.socket.destroyed) };
    } finally {
      // Also when nobody waits any longer: then a data plane that has not begun does not begin either.
      await deleteRows(db, 'component_test', organization.id, [id]);
    }
  },
);
