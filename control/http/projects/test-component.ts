import { setTimeout as sleep } from 'node:timers/promises';
import { HoldfastError, testComponent } from '@holdfast/api';
import { deleteRows, type Tx, transaction } from '@holdfast/db';
import { uuidv7 } from '@holdfast/envelope';
import { sql } from 'kysely';
import { actorOf } from '../../access/caller.ts';
import { record } from '../../audit/record.ts';
import { readComponent } from '../../projects/read-components.ts';
import { implement } from '../endpoint-handler.ts';

const WAIT_MILLISECONDS = 30_000;
const POLL_MILLISECONDS = 100;
const ABANDONED_AFTER = '10 minutes';

/** The control plane cannot try it: it asks the data plane by a row and a job, and reads the answer from the row. */
export const testComponentHandler = implement(
  testComponent,
  async ({ caller, organization, origin, params, request }, { db, queue, repeats }) => {
    const { id: componentId, name, project } = await readComponent(db, organization.id, params.project, params.component);
    const id = uuidv7();
    // The uses that it leads to are on the record by themselves.
    await repeats.note(JSON.stringify(['component.test', organization.id, caller.userId, caller.by, componentId]), (repeated) =>
      transaction(db, async (tx) => {
        const target = { kind: 'component', id: componentId, name };
        const detail = repeated === undefined ? {} : { detail: repeated };
        const context = { project: project.name };
        await record(tx, organization.id, { caller, origin }, { action: 'component.test', outcome: 'intent', target, context, ...detail });
      }),
    );
    await transaction(db, async (tx) => {
      await removeAbandoned(tx, organization.id);
      await tx
        .insertInto('component_test')
        .values({ organization_id: organization.id, id, component_id: componentId, requested_by: actorOf(caller), answer: null })
        .execute();
      await queue.send(tx, 'component-test', { organizationId: organization.id, testId: id });
    });

    try {
      const until = performance.now() + WAIT_MILLISECONDS;
      while (performance.now() < until && !request.raw.socket.destroyed) {
        const test = await db
          .selectFrom('component_test')
          .select('answer')
          .where('organization_id', '=', organization.id)
          .where('id', '=', id)
          .executeTakeFirst();
        if (test === undefined) throw new HoldfastError('not_found', `“${name}” was deleted meanwhile.`);
        if (test.answer !== null) return { status: 200, body: test.answer };
        await sleep(POLL_MILLISECONDS);
      }
      throw new HoldfastError('data_plane_unavailable', `The data plane did not try “${name}” within ${WAIT_MILLISECONDS / 1000} seconds.`);
    } finally {
      // Also when nobody waits any longer: then a data plane that has not begun does not begin either.
      await deleteRows(db, 'component_test', organization.id, [id]);
    }
  },
);

/** What a process that was killed has left behind. */
async function removeAbandoned(tx: Tx, organizationId: string): Promise<void> {
  const abandoned = await tx
    .selectFrom('component_test')
    .select('id')
    .where('organization_id', '=', organizationId)
    .where(sql<boolean>`requested_at < now() - ${sql.lit(ABANDONED_AFTER)}::interval`)
    .execute();
  if (abandoned.length === 0) return;
  await deleteRows(
    tx,
    'component_test',
    organizationId,
    abandoned.map(({ id }) => id),
  );
}
