import type { Endpoint } from '@holdfast/api';
import type { Implementation } from './call.ts';

/**
 * An endpoint with what it does. The type of a call follows from its endpoint, and a list of implementations
 * holds calls of all kinds: each plane says in a function of its own what its handlers get, and calls this.
 * That a handler gets what it was written for is what `serveEndpoints` reads each request for.
 */
export function implementation<Access, Context>(
  endpoint: Endpoint,
  handle: (call: never, context: Context) => Promise<unknown>,
): Implementation<Access, Context> {
  return { endpoint, handle: handle as Implementation<Access, Context>['handle'] };
}
