import { type Endpoint, HoldfastError } from '@holdfast/api';
import { databaseFaultOf } from '@holdfast/db/control';
import type { FastifyReply } from 'fastify';
import type { Control } from '../control.ts';
import { loadOf } from '../workload.ts';
import type { AnyAccess } from './implement.ts';

/**
 * Waits for a slot of the caller's organization, and frees it when the answer is made; see
 * control/workload.ts.
 */
export async function admit(
  control: Control,
  endpoint: Endpoint,
  { caller, organization }: AnyAccess,
  reply: FastifyReply,
  work: (control: Control) => Promise<unknown>,
): Promise<unknown> {
  const load = loadOf(endpoint);
  const run = () => (load === 'search' ? search(control, work) : work(control));
  if (caller === undefined || organization === undefined) return run();
  const release = await control.workload.enter(endpoint, caller, organization);
  // A streamed answer is under way until the client has it.
  const streamed = load === 'export' || load === 'download' || load === 'watch';
  if (streamed) reply.raw.once('close', release);
  try {
    return await run();
  } finally {
    if (!streamed) release();
  }
}

/** On connections of its own, whose statements end early. */
async function search(control: Control, work: (control: Control) => Promise<unknown>): Promise<unknown> {
  try {
    return await work({ ...control, db: control.searches });
  } catch (error) {
    if (databaseFaultOf(error) === 'cancelled') throw new HoldfastError('query_timeout', undefined, { cause: error });
    throw error;
  }
}
