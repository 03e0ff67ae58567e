import { setTimeout as sleep } from 'node:timers/promises';
import { HoldfastError, testComponent } from '@holdfast/api';
import { deleteRows, transaction } from '@holdfast/db';
import { uuidv7 } from '@holdfast/envelope';
import { actorOf } from '../../access/caller.ts';
import { record } from '../../audit/record.ts';
import { readComponent } from '../../projects/read-components.ts';
import { implement } from '../endpoint-handler.ts';

const WAIT_MILLISECONDS = 30_000;
const POLL_MILLISECONDS = 100;

/** The control plane cannot try it: it asks the data plane by a row and a job, and reads the answer from the row. */
export const testComponentHandler = implement(testComponent, async ({ caller, organization, origin, params, request }, { db, queue }) => {
  const { id: componentId, name, project } = await readComponent(db, organization.id, params.project, params.component);
  const id = uuidv7();
  await transaction(db, async (tx) => {
    await tx
      .insertInto('component_test')
      .values({ organization_id: organization.id, id, component_id: componentId, requested_by: actorOf(caller), answer: null })
      .execute();
    await queue.send(tx, 'component-test', { organizationId: organization.id, testId: id });
    const target = { kind: 'component', id: componentId, name };
    await record(
      tx,
      organization.id,
      { caller, origin },
      { action: 'component.test', outcome: 'intent', target, context: { project: project.name } },
    );
  });

  const until = performance.now() + WAIT_MILLISECONDS;
  while (performance.now() < until && !request.raw.socket.destroyed) {
    const test = await db
      .selectFrom('component_test')
      .select('answer')
      .where('organization_id', '=', organization.id)
      .where('id', '=', id)
      .executeTakeFirst();
    if (test === undefined) throw new HoldfastError('not_found', `“${name}” was deleted meanwhile.`);
    if (test.answer !== null) {
      await deleteRows(db, 'component_test', organization.id, [id]);
      return { status: 200, body: test.answer };
    }
    await sleep(POLL_MILLISECONDS);
  }
  throw new HoldfastError('data_plane_unavailable', `The data plane did not try “${name}” within ${WAIT_MILLISECONDS / 1000} seconds.`);
});
