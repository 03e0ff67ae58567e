import type { Failure } from '@holdfast/api';
import { type Database, locking, type Tx } from '@holdfast/db/data';
import { type Kysely, sql } from 'kysely';
import { storableJson } from '../storable.ts';
import type { Trigger } from './trigger.ts';

type Named = Pick<Trigger, 'organizationId' | 'id'>;
type Outcome = 'started' | 'repeated' | 'nothing-new' | 'under-way' | 'missed' | 'refused' | 'failed';

export interface NewState {
  readonly outcome: Outcome;
  readonly runId?: string;
  readonly failure?: Failure;
  /** Attempts that failed one after another. */
  readonly failures?: number;
  /** Of a trigger of time: when it is due next, and of which revision that was found. */
  readonly revision?: number;
  readonly nextAt?: Date;
}

/** Notes how a trigger ended this time. What is left out of the next time stays. */
export async function writeState(db: Kysely<Database> | Tx, { organizationId, id }: Named, state: NewState): Promise<void> {
  if (db.isTransaction) locking(db as Tx, 'trigger');
  const { outcome, runId = null, failure, failures = 0, revision, nextAt } = state;
  const noted = {
    failures,
    last_at: sql<Date>`now()`,
    outcome,
    failure: failure === undefined ? null : storableJson(failure),
    ...(revision !== undefined && { revision }),
    ...(nextAt !== undefined && { next_at: nextAt }),
  };
  await db
    .insertInto('trigger_state')
    .values({ organization_id: organizationId, trigger_id: id, ...noted, run_id: runId })
    .onConflict((conflict) =>
      conflict.columns(['organization_id', 'trigger_id']).doUpdateSet({
        ...noted,
        // The last run that there was stays, whatever became of later times.
        ...(runId !== null && { run_id: runId }),
      }),
    )
    .execute();
}

/** Notes when a trigger of time is due next, and of which revision that was found. */
export async function writeNext(tx: Tx, { organizationId, id }: Named, next: { revision: number; nextAt: Date }): Promise<void> {
  locking(tx, 'trigger');
  const noted = { revision: next.revision, next_at: next.nextAt, failures: 0 };
  await tx
    .insertInto('trigger_state')
    .values({ organization_id: organizationId, trigger_id: id, ...noted })
    .onConflict((conflict) => conflict.columns(['organization_id', 'trigger_id']).doUpdateSet(noted))
    .execute();
}
