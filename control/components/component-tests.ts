import { setTimeout as sleep } from 'node:timers/promises';
import { type Answer, HoldfastError, type testComponent } from '@holdfast/api';
import { type Actor, appendAudit, type Database, deleteRows, type Tx, transaction } from '@holdfast/db/control';
import { type Kysely, sql } from 'kysely';

const WAIT_MILLISECONDS = 30_000;
const POLL_MILLISECONDS = 100;
const ABANDONED_AFTER = '10 minutes';

export type TestAnswer = Answer<typeof testComponent>;

export interface AskedTest {
  readonly organizationId: string;
  readonly id: string;
  /** As it is called, for the answer. */
  readonly name: string;
}

/**
 * The control plane cannot try a component: it asks the data plane by a row and a job, and waits here for the
 * answer in the row.
 */
export async function waitForAnswer(
  db: Kysely<Database>,
  { organizationId, id, name }: AskedTest,
  isGone: () => boolean,
): Promise<TestAnswer> {
  const until = performance.now() + WAIT_MILLISECONDS;
  while (performance.now() < until && !isGone()) {
    const test = await db
      .selectFrom('component_test')
      .select('answer')
      .where('organization_id', '=', organizationId)
      .where('id', '=', id)
      .executeTakeFirst();
    if (test === undefined) throw new HoldfastError('not_found', `“${name}” was deleted meanwhile.`);
    if (test.answer !== null) return test.answer;
    await sleep(POLL_MILLISECONDS);
  }
  throw new HoldfastError('data_plane_unavailable', `The data plane did not try “${name}” within ${WAIT_MILLISECONDS / 1000} seconds.`);
}

/**
 * What a process that was killed has left behind. Tests of what was not saved are ended on the record too.
 */
export async function removeAbandonedTests(tx: Tx, organizationId: string): Promise<void> {
  const abandoned = await tx
    .selectFrom('component_test')
    .select(['id', 'component_id', 'draft', 'requested_by'])
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
  const events = abandoned.flatMap(({ id, component_id, draft, requested_by }) =>
    draft === null ? [] : [endOfTest({ id, componentId: component_id, name: draft.name, actor: requested_by, passed: false })],
  );
  if (events.length > 0) await appendAudit(tx, organizationId, events);
}

/** From here on no value is used for the test: what it was to do with which values no longer holds. */
function endOfTest(test: {
  readonly id: string;
  readonly componentId: string | null;
  readonly name: string;
  readonly actor: Actor;
  readonly passed: boolean;
}) {
  return {
    action: 'component.test',
    outcome: test.passed ? 'success' : 'failed',
    actor: test.actor,
    target: { kind: 'component', id: test.componentId ?? test.id, name: test.name },
    definitions: [{ kind: 'component-test', id: test.id, digest: null }],
  } as const;
}

/** Also when nobody waits any longer: then a data plane that has not begun does not begin either. */
export async function endUnsavedTest(db: Kysely<Database>, organizationId: string, test: Parameters<typeof endOfTest>[0]): Promise<void> {
  await transaction(db, async (tx) => {
    // A test whose component was deleted meanwhile is ended no less.
    await deleteRows(tx, 'component_test', organizationId, [test.id]);
    await appendAudit(tx, organizationId, [endOfTest(test)]);
  });
}
