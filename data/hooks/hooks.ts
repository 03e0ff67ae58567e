import { createRateLimit, networkOf, type RateLimit, type RequestOrigin } from '@holdfast/endpoints';
import type { Logger } from '@holdfast/service';
import type { DocumentStore } from '../documents/document-store.ts';
import type { UseDependencies } from '../use/values/use-dependencies.ts';
import { createHookKeys, type HookKeys } from './open-key.ts';
import { createRefusals, type Refusals } from './refusals.ts';

/** Requests of one network, whatever they are for: more than senders that mean well have. */
const OF_A_NETWORK = { perSecond: 20, burst: 100 } as const;

export interface HookDependencies extends UseDependencies {
  readonly logger: Logger;
  readonly documents: DocumentStore;
  /** Whether more is free on the disk of the database than is kept for everything but documents. */
  readonly hasRoomOnDisk: () => Promise<boolean>;
}

/** What webhooks and upload addresses work with. */
export interface Hooks {
  readonly dependencies: HookDependencies;
  readonly keys: HookKeys;
  readonly refusals: Refusals;
  readonly limit: RateLimit;
  close(): Promise<number>;
}

export function createHooks(dependencies: HookDependencies): Hooks {
  const keys = createHookKeys(dependencies);
  const refusals = createRefusals(dependencies.db, dependencies.logger);
  return {
    dependencies,
    keys,
    refusals,
    limit: createRateLimit(),
    async close() {
      await keys.close();
      return refusals.close();
    },
  };
}

/** Before anything of a request is looked at. @throws HoldfastError `rate_limited` */
export function admit({ limit }: Hooks, { ip }: RequestOrigin): void {
  limit.take(`network ${networkOf(ip)}`, OF_A_NETWORK);
}

/** Once it is known who sends. @throws HoldfastError `rate_limited` */
export function admitRun({ limit }: Hooks, triggerId: string, perMinute: number): void {
  limit.take(`trigger ${triggerId}`, { perSecond: perMinute / 60, burst: perMinute });
}
