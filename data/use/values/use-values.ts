import { setTimeout as sleep } from 'node:timers/promises';
import { HoldfastError } from '@holdfast/api';
import { announceUnchangedUse, announceUse } from './announce-use.ts';
import { ChangedMeanwhile } from './changed-meanwhile.ts';
import { type OpenValues, openValues } from './open-values.ts';
import type { UseDependencies } from './use-dependencies.ts';
import type { UseOccasion } from './use-record.ts';
import type { Prepared, WantedUse } from './wanted-use.ts';

/** How often a consumer is read again that others keep changing, and how much longer each wait before is. */
const ATTEMPTS = 10;
const RETRY_MILLISECONDS = 10;

/**
 * Takes values into use, in this order: check what may be used, commit the intent, follow the record up to
 * it, check versions, bytes and definitions against its newest statements, open, have the consumer prepare
 * them, check the destinations. A failure at any point ends the use there, and nothing was sent.
 *
 * A consumer or value that was changed between reading and intent is read again, 10 times at the most.
 *
 * @param wanted what the consumer read from the database.
 * @returns the open values; call `close` when the work is done, or they stay protected and their outcome open
 *   on the record.
 * @throws HoldfastError, with the name of the secret it is about in `extra.secretName`: `secret_missing`,
 *   `secret_expired`, `secret_out_of_scope`, `destination_refused`, `envelope_refused`, `definition_refused`,
 *   `record_stopped`, `audit_unavailable` (no audit, no use), `unavailable`, or what `wanted.prepare` throws.
 * @example
 * ```ts
 * const use = await useValues(dependencies, wanted, { organizationId, actor, context: { run: runId } });
 * try {
 *   await use.egress.under(signal).fetch(url);
 *   await use.close('success');
 * } catch (error) {
 *   await use.close('failed', 'upstream_unreachable');
 *   throw error;
 * }
 * ```
 */
export async function useValues<P extends Prepared>(
  dependencies: UseDependencies,
  wanted: WantedUse<P>,
  occasion: UseOccasion,
): Promise<OpenValues<P>> {
  let current = wanted;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    try {
      const announced = await announceUse(dependencies, current, occasion);
      return await openValues(dependencies, current, occasion, announced);
    } catch (error) {
      if (!(error instanceof ChangedMeanwhile)) throw error;
      current = error.now as WantedUse<P>;
      await sleep(attempt * RETRY_MILLISECONDS);
    }
  }
  const { kind, name } = wanted.consumer;
  throw new HoldfastError('unavailable', `The ${kind} “${name}” is being changed again and again; nothing was sent.`);
}

/**
 * The same for a consumer that is known from before, in one statement less: it is looked at, and its sealed
 * values are read, by the statement that commits the intent, which it does only if the consumer is what it
 * was. `undefined` when it is not, or when what is known would be refused: then nothing was done, and what is
 * there now is to be read and used.
 *
 * @throws as {@link useValues}.
 */
export async function useUnchangedValues<P extends Prepared>(
  dependencies: UseDependencies,
  wanted: WantedUse<P>,
  occasion: UseOccasion,
): Promise<OpenValues<P> | undefined> {
  const announced = await announceUnchangedUse(dependencies, wanted, occasion);
  if (announced === undefined) return undefined;
  try {
    return await openValues(dependencies, wanted, occasion, announced);
  } catch (error) {
    if (!(error instanceof ChangedMeanwhile)) throw error;
    return useValues(dependencies, error.now as WantedUse<P>, occasion);
  }
}
