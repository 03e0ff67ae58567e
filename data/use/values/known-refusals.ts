import { createHash } from 'node:crypto';
import { HoldfastError } from '@holdfast/api';
import type { ConnectorError } from '@holdfast/connector';
import { LRUCache } from 'lru-cache';
import { type BoundComponent, stateOf } from '../component/load-component.ts';

const KEPT = 1_000;
/** Time alone may end some refusals, such as that of a signature that is not valid yet. */
const KNOWN_MILLISECONDS = 60_000;

/**
 * What a component was refused for once its values were open: the same values with the same configuration are refused again. Then
 * nothing needs to be opened, and a repetition does not fill the record with intents.
 */
export interface KnownRefusals {
  of(organizationId: string, component: BoundComponent): HoldfastError | undefined;
  remember(organizationId: string, component: BoundComponent, error: HoldfastError | ConnectorError): void;
}

export function createKnownRefusals(): KnownRefusals {
  const known = new LRUCache<string, HoldfastError>({ max: KEPT, ttl: KNOWN_MILLISECONDS });
  return {
    of: (organizationId, component) => known.get(keyOf(organizationId, component)),
    remember(organizationId, component, error) {
      // Without its cause, which may hold anything.
      const { code, message, remedy } = error;
      known.set(keyOf(organizationId, component), new HoldfastError(code, message, remedy === undefined ? {} : { remedy }));
    },
  };
}

function keyOf(organizationId: string, component: BoundComponent): string {
  return createHash('sha256')
    .update(JSON.stringify([organizationId, component.id, stateOf(component)]))
    .digest('base64url');
}
