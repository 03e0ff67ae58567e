import { createHash } from 'node:crypto';
import { HoldfastError } from '@holdfast/api';
import { LRUCache } from 'lru-cache';
import type { WantedUse } from './wanted-use.ts';

const KEPT = 1_000;
/** Time alone may end some refusals, such as that of a signature that is not valid yet. */
const KNOWN_MILLISECONDS = 60_000;

/**
 * What a consumer was refused for once its values were open: the same values with the same settings are
 * refused again. Then nothing needs to be opened, and a repetition does not fill the record with intents.
 */
export interface KnownRefusals {
  of(organizationId: string, wanted: WantedUse): KnownRefusal | undefined;
  /** @param decisions see decisionsAbout, for a refusal that a decision about a destination would end. */
  remember(organizationId: string, wanted: WantedUse, error: HoldfastError, decisions?: string): void;
}

export interface KnownRefusal {
  readonly error: HoldfastError;
  /** It holds as long as the record has decided just this. `undefined`: whatever it decides. */
  readonly decisions: string | undefined;
}

/**
 * In this process: the 1,000 newest, each for 60 seconds. One that falls out is found again by opening once
 * more.
 */
export function createKnownRefusals(): KnownRefusals {
  const known = new LRUCache<string, KnownRefusal>({ max: KEPT, ttl: KNOWN_MILLISECONDS });
  return {
    of: (organizationId, wanted) => (known.size === 0 ? undefined : known.get(keyOf(organizationId, wanted))),
    remember(organizationId, wanted, error, decisions) {
      // Without its cause, which may hold anything.
      const { code, message, remedy } = error;
      known.set(keyOf(organizationId, wanted), { error: new HoldfastError(code, message, { remedy }), decisions });
    },
  };
}

/** Two uses of the same settings differ in what is approved for one of them alone. */
function keyOf(organizationId: string, { consumer, state, approved }: WantedUse): string {
  return createHash('sha256')
    .update(JSON.stringify([organizationId, consumer.id, state, approved]))
    .digest('base64url');
}
