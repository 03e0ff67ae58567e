import type { Component } from '@holdfast/api';
import { deleteRows, transaction } from '@holdfast/db/control';
import { actorOf, credentialKey } from '@holdfast/endpoints';
import { uuidv7 } from '@holdfast/envelope';
import { type By, record } from '../audit/record.ts';
import type { Control } from '../control.ts';
import { removeAbandonedTests, type TestAnswer, waitForAnswer } from './component-tests.ts';

/**
 * Has the data plane try a saved component against the real service, and waits for up to 30 seconds. Throws
 * `data_plane_unavailable`, and `not_found` when the component is deleted meanwhile.
 *
 * @param isGone whether nobody waits any longer.
 */
export async function testSaved(
  { db, queue, repeats }: Pick<Control, 'db' | 'queue' | 'repeats'>,
  by: By & { readonly organizationId: string },
  { id: componentId, name, project }: Pick<Component, 'id' | 'name' | 'project'>,
  isGone: () => boolean,
): Promise<TestAnswer> {
  const { organizationId, caller } = by;
  const id = uuidv7();
  // The uses that it leads to are on the record by themselves.
  await repeats.note(JSON.stringify(['component.test', organizationId, credentialKey(caller), componentId]), (repeated) =>
    transaction(db, async (tx) => {
      const target = { kind: 'component', id: componentId, name };
      const detail = repeated === undefined ? {} : { detail: repeated };
      const context = { project: project.name };
      await record(tx, organizationId, by, { action: 'component.test', outcome: 'intent', target, context, ...detail });
    }),
  );
  await transaction(db, async (tx) => {
    await tx
      .insertInto('component_test')
      .values({ organization_id: organizationId, id, component_id: componentId, requested_by: actorOf(caller), answer: null })
      .execute();
    await queue.send(tx, 'component-test', { organizationId, testId: id });
    // Here, since it writes to the record: the row above waits for the component, which comes before it.
    await removeAbandonedTests(tx, organizationId);
  });
  try {
    return await waitForAnswer(db, { organizationId, id, name }, isGone);
  } finally {
    // Also when nobody waits any longer: then a data plane that has not begun does not begin either.
    await deleteRows(db, 'component_test', organizationId, [id]);
  }
}
