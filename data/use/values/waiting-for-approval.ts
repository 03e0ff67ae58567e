import { HoldfastError } from '@holdfast/api';
import type { Unapproved } from './destinations.ts';
import type { UseOccasion } from './use-record.ts';
import type { ApprovalDependencies, WantedUse } from './wanted-use.ts';

/** The refusal of a destination that nobody has approved, with where an owner or admin can. */
export async function waitingForApproval(
  dependencies: ApprovalDependencies,
  occasion: UseOccasion,
  wanted: WantedUse,
  unapproved: Unapproved,
  refusal: HoldfastError,
): Promise<HoldfastError> {
  await wanted.requestApproval?.(dependencies, occasion, unapproved, 'refused');
  const { db } = dependencies;
  const organization = await db.selectFrom('auth.organization').select('slug').where('id', '=', occasion.organizationId).executeTakeFirst();
  const page = `/organizations/${organization?.slug ?? ''}/destinations`;
  const remedy = wanted.requestApproval
    ? `An owner or admin can approve it under Destinations: ${page}`
    : `Save it, and an owner or admin can approve it under Destinations: ${page}`;
  return new HoldfastError(refusal.code, refusal.message, { remedy, cause: refusal.cause });
}
