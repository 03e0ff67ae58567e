import { HoldfastError } from '@holdfast/api';
import { type Database, locking, mailWaitingDestinations, type Queue, transaction } from '@holdfast/db/data';
import type { Kysely } from 'kysely';
import type { Unapproved } from './destinations.ts';
import type { UseOccasion } from './use-record.ts';
import type { WantedUse } from './wanted-use.ts';

export interface ApprovalDependencies {
  readonly db: Kysely<Database>;
  readonly queue: Pick<Queue, 'send'>;
}

/**
 * Puts a destination among those that wait for an owner or admin, who are mailed of it, unless it stands
 * there already, in whatever state. What only a test names is not asked for: saving does that.
 */
export async function askForApproval(
  { db, queue }: ApprovalDependencies,
  { organizationId, actor }: UseOccasion,
  { consumer, definition, values }: Pick<WantedUse, 'consumer' | 'definition' | 'values'>,
  { secretId, destination }: Unapproved,
  occasion: 'refused' | 'observed',
): Promise<void> {
  if (definition.kind !== 'component') return;
  await transaction(db, async (tx) => {
    locking(tx, 'destination');
    const { numInsertedOrUpdatedRows } = await tx
      .insertInto('secret_destination')
      .values({
        organization_id: organizationId,
        secret_id: secretId,
        destination,
        state: 'requested',
        asked_by: JSON.stringify(actor),
        component_id: consumer.id,
      })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst();
    if (numInsertedOrUpdatedRows !== 1n) return;
    const secretName = values.find(({ secret }) => secret?.id === secretId)?.secret?.name ?? null;
    const asked = { by: actor.name, component: consumer.name, occasion };
    await mailWaitingDestinations(tx, queue, organizationId, [{ secretName, destination }], asked);
  });
}

/** The refusal of a destination that nobody has approved, with where an owner or admin can. */
export async function waitingForApproval(
  dependencies: ApprovalDependencies,
  occasion: UseOccasion,
  wanted: WantedUse,
  unapproved: Unapproved,
  refusal: HoldfastError,
): Promise<HoldfastError> {
  await askForApproval(dependencies, occasion, wanted, unapproved, 'refused');
  const { db } = dependencies;
  const organization = await db.selectFrom('auth.organization').select('slug').where('id', '=', occasion.organizationId).executeTakeFirst();
  const page = `/organizations/${organization?.slug ?? ''}/destinations`;
  const saved = wanted.definition.kind === 'component';
  const remedy = saved
    ? `An owner or admin can approve it under Destinations: ${page}`
    : `Save it, and an owner or admin can approve it under Destinations: ${page}`;
  return new HoldfastError(refusal.code, refusal.message, { remedy, cause: refusal.cause });
}
