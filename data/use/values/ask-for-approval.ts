import { HoldfastError } from '@holdfast/api';
import type { Database } from '@holdfast/db/data';
import type { Kysely } from 'kysely';
import type { Unapproved } from './destinations.ts';
import type { UseOccasion } from './use-record.ts';
import type { WantedUse } from './wanted-use.ts';

/**
 * Puts a destination among those that wait for an admin, unless it stands there already, in whatever state.
 * What only a test names is not asked for: saving does that.
 */
export async function askForApproval(
  db: Kysely<Database>,
  { organizationId, actor }: UseOccasion,
  { consumer, definition }: Pick<WantedUse, 'consumer' | 'definition'>,
  { secretId, destination }: Unapproved,
): Promise<void> {
  if (definition.kind !== 'component') return;
  await db
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
    .execute();
}

/** The refusal of a destination that nobody has approved, with where an owner or admin can. */
export async function waitingForApproval(
  db: Kysely<Database>,
  occasion: UseOccasion,
  wanted: WantedUse,
  unapproved: Unapproved,
  refusal: HoldfastError,
): Promise<HoldfastError> {
  await askForApproval(db, occasion, wanted, unapproved);
  const organization = await db.selectFrom('auth.organization').select('slug').where('id', '=', occasion.organizationId).executeTakeFirst();
  const page = `/organizations/${organization?.slug ?? ''}/destinations`;
  const saved = wanted.definition.kind === 'component';
  const remedy = saved
    ? `An owner or admin can approve it under Destinations: ${page}`
    : `Save it, and an owner or admin can approve it under Destinations: ${page}`;
  return new HoldfastError(refusal.code, refusal.message, { remedy, cause: refusal.cause });
}
