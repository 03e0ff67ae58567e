import { HoldfastError } from '@holdfast/api';
import { statedDigest } from '@holdfast/audit';
import { appendAudit, type Database, lockWorkflow, startRun, type Tx, transaction, triggerDefinitions } from '@holdfast/db/data';
import type { Kysely } from 'kysely';
import type { RecordFollower } from '../record/follower.ts';
import { writeState } from './state.ts';
import { actorOf, type Trigger } from './trigger.ts';

export interface FireDependencies {
  readonly db: Kysely<Database>;
  readonly follower: Pick<RecordFollower, 'follow'>;
}

/** One that is changed between the look at the record and the one at its row is looked at again. */
const ATTEMPTS = 3;

export type FiredTrigger = Pick<Trigger, 'organizationId' | 'id' | 'name' | 'workflowId'>;

export interface Firing {
  /** Of this occasion: the same one starts one run, however often and by however many nodes it is tried. */
  readonly occasion: string;
  readonly documentIds?: readonly string[];
  /** Of the source, each document once: what an earlier run published, or failed at, is left. */
  readonly eachOnce?: true;
  /** Where it came from, for the record. */
  readonly context?: Readonly<Record<string, string>>;
  /** Attempts that failed before. */
  readonly failures?: number;
  /** For a trigger of time: the time that it is due by its row; another node may have been there before. */
  readonly due?: { readonly revision: number; readonly at: Date; readonly nextAt: Date };
  /** Of periodic work: ends the transaction when another node does it by now. */
  readonly confirm?: (tx: Tx) => Promise<void>;
}

export interface Fired {
  readonly runId: string;
  /** An earlier attempt of the same occasion has started it. */
  readonly repeated: boolean;
}

/**
 * Starts a run for a trigger: the run, its place in the queue, its event and the state of the trigger are one
 * transaction. Answers `undefined` when the occasion is over: the trigger was paused, changed or taken care
 * of by another node meanwhile.
 *
 * @throws HoldfastError `not_found` when its workflow is gone, `definition_refused` when its row is not what
 *   the record states of it, `record_stopped`, and what startRun throws.
 */
export async function fire({ db, follower }: FireDependencies, trigger: FiredTrigger, firing: Firing): Promise<Fired | undefined> {
  const { organizationId, id } = trigger;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    // Outside of the transaction, which would hold a connection while it waits for another.
    const { statements } = await follower.follow(organizationId);
    const fired = await fireAsStated(db, trigger, firing, statedDigest(statements, { kind: 'trigger', id }));
    if (fired !== 'otherwise') return fired;
  }
  throw new HoldfastError('definition_refused', `In the database the trigger “${trigger.name}” is not what the audit record says.`);
}

async function fireAsStated(
  db: Kysely<Database>,
  trigger: FiredTrigger,
  firing: Firing,
  stated: string | null | undefined,
): Promise<Fired | undefined | 'otherwise'> {
  const { organizationId, id, workflowId } = trigger;
  return transaction(db, async (tx) => {
    await firing.confirm?.(tx);
    // Every change and every firing of the trigger holds its workflow: what is read from here on stays.
    await lockWorkflow(tx, organizationId, workflowId);
    if (!(await isDue(tx, trigger, firing))) return undefined;
    const [definition] = await triggerDefinitions(tx, organizationId, [id]);
    if (definition?.digest !== stated) return 'otherwise';
    const { runId, entry } = await startRun(tx, {
      organizationId,
      workflowId,
      documentIds: firing.documentIds ?? [],
      documentsOf: undefined,
      idempotencyKey: `trigger ${id} ${firing.occasion}`,
      startedBy: actorOf(trigger),
      eachOnce: firing.eachOnce === true,
    });
    await writeState(tx, trigger, {
      outcome: entry === undefined ? 'repeated' : 'started',
      runId,
      failures: firing.failures ?? 0,
      ...(firing.due !== undefined && { revision: firing.due.revision, nextAt: firing.due.nextAt }),
    });
    if (entry !== undefined) {
      const context = { ...firing.context, ...entry.context, trigger: trigger.name };
      await appendAudit(tx, organizationId, [{ ...entry, actor: actorOf(trigger), outcome: 'success', context }]);
    }
    return { runId, repeated: entry === undefined };
  });
}

async function isDue(tx: Tx, { organizationId, id, workflowId }: FiredTrigger, { due }: Firing): Promise<boolean> {
  const now = await tx
    .selectFrom('workflow_trigger')
    .leftJoin('trigger_state', (join) =>
      join
        .onRef('trigger_state.organization_id', '=', 'workflow_trigger.organization_id')
        .onRef('trigger_state.trigger_id', '=', 'workflow_trigger.id'),
    )
    .select(['workflow_trigger.enabled', 'workflow_trigger.revision', 'trigger_state.next_at'])
    .where('workflow_trigger.organization_id', '=', organizationId)
    .where('workflow_trigger.id', '=', id)
    // The one that is held.
    .where('workflow_trigger.workflow_id', '=', workflowId)
    .executeTakeFirst();
  if (now === undefined) throw new HoldfastError('not_found', 'The trigger was deleted meanwhile.');
  if (!now.enabled) return false;
  return due === undefined || (now.revision === due.revision && now.next_at?.getTime() === due.at.getTime());
}
