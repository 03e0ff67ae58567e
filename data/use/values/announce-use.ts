import { HoldfastError } from '@holdfast/api';
import type { LogEntry } from '@holdfast/audit';
import { toChangedMeanwhile } from './changed-meanwhile.ts';
import { checkUsable, type Usable } from './check-usable.ts';
import { decisionsAbout } from './destinations.ts';
import { sealedValueOf } from './open-version.ts';
import type { UseDependencies } from './use-dependencies.ts';
import { orAuditUnavailable, withSecretName } from './use-errors.ts';
import type { UsedValue, UseOccasion } from './use-record.ts';
import type { WantedUse } from './wanted-use.ts';

/** A use whose intents are on the record. */
export interface Announced {
  /** Without its bytes when they vanished beside the record. */
  readonly toOpen: readonly { readonly usable: Usable; readonly sealed: Buffer | undefined }[];
  readonly intents: readonly LogEntry[];
}

/**
 * Checks what may be used, and commits the intents; or records the refusal, and throws it.
 *
 * @throws HoldfastError `secret_missing`, `secret_expired`, `secret_out_of_scope`, `record_stopped`, the
 *   consumer's own refusal or one that is known from before; `audit_unavailable` when the intents or the
 *   refusal cannot be recorded; `envelope_refused` for a value whose bytes are not there; ChangedMeanwhile
 *   when the consumer is to be read again.
 */
export async function announceUse(dependencies: UseDependencies, wanted: WantedUse, occasion: UseOccasion): Promise<Announced> {
  const { record, clock, follower } = dependencies;
  const { organizationId } = occasion;
  const { consumer } = wanted;
  const refuse = async (error: HoldfastError, value: UsedValue | undefined, secretName: string | null): Promise<never> => {
    await orAuditUnavailable(record.refuse(occasion, consumer, value, error.code));
    throw withSecretName(error, secretName);
  };

  if (wanted.refusal !== undefined) return refuse(wanted.refusal, undefined, null);
  const usables = checkUsable(consumer, wanted.values, await clock.now());
  if ('error' in usables) return refuse(usables.error, usables.value, usables.value.secretName);

  const known = follower.refusal(organizationId) ?? (await knownRefusal(dependencies, organizationId, wanted));
  const [first] = usables;
  if (known !== undefined && first !== undefined) return refuse(known, first, first.secret.name);

  const toOpen: { usable: Usable; sealed: Buffer }[] = [];
  for (const usable of usables) {
    try {
      toOpen.push({ usable, sealed: sealedValueOf(consumer, usable, usable.sealed ?? usable.secret.sealed) });
    } catch (found) {
      const error = await toChangedMeanwhile(wanted, found);
      if (error instanceof HoldfastError) return refuse(error, usable, usable.secret.name);
      throw error;
    }
  }
  const intents = await orAuditUnavailable(Promise.all(usables.map((usable) => record.intend(occasion, consumer, usable))));
  return { toOpen, intents };
}

/**
 * Commits the intents of a consumer that is known from before, in the statement that looks at it and reads
 * its sealed values. A refusal is not found here, but with what is read after it.
 *
 * @returns `undefined` when it is not what it was, or would be refused: then nothing was done.
 * @throws HoldfastError `audit_unavailable` when the intents cannot be recorded.
 */
export async function announceUnchangedUse(
  { record, clock, follower, refusals }: UseDependencies,
  wanted: WantedUse,
  occasion: UseOccasion,
): Promise<Announced | undefined> {
  const { consumer, readBefore } = wanted;
  const { organizationId } = occasion;
  if (readBefore === undefined || wanted.refusal !== undefined || wanted.values.length === 0) return undefined;
  const usables = checkUsable(consumer, wanted.values, await clock.now());
  if ('error' in usables) return undefined;
  if (follower.refusal(organizationId) !== undefined || refusals.of(organizationId, wanted) !== undefined) return undefined;
  const unchanged = await orAuditUnavailable(record.intendIfUnchanged(occasion, consumer, usables, readBefore));
  if (unchanged === undefined) return undefined;
  const { intents, sealed } = unchanged;
  return { intents, toOpen: usables.map((usable) => ({ usable, sealed: sealed.get(usable.secret.version.id) })) };
}

/** The same refusal as before, unless the record has decided otherwise since. */
async function knownRefusal(
  { follower, refusals }: UseDependencies,
  organizationId: string,
  wanted: WantedUse,
): Promise<HoldfastError | undefined> {
  const known = refusals.of(organizationId, wanted);
  if (known?.decisions === undefined) return known?.error;
  const { statements } = await follower.follow(organizationId);
  return decisionsAbout(statements, wanted) === known.decisions ? known.error : undefined;
}
