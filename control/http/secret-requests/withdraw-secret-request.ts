import { HoldfastError, withdrawSecretRequest } from '@holdfast/api';
import { locking, transaction } from '@holdfast/db/control';
import { actorOf, requireUser } from '@holdfast/endpoints';
import { sql } from 'kysely';
import { record } from '../../audit/record.ts';
import { implement } from '../implement.ts';

/** Somebody else's request is not there to be withdrawn: an admin declines it. */
export const withdrawSecretRequestHandler = implement(withdrawSecretRequest, async ({ caller, organization, origin, params }, { db }) => {
  const { id: userId } = requireUser(caller).user;
  const actor = actorOf(caller);
  await transaction(db, async (tx) => {
    locking(tx, 'secret request');
    const { rows } = await sql<{ name: string; state: string }>`
        select name, state from secret_request
        where organization_id = ${organization.id} and id = ${params.request} and asked_by ->> 'id' = ${userId}
        for update`.execute(tx);
    const [asked] = rows;
    if (asked === undefined) throw new HoldfastError('not_found', 'You have no such request.');
    if (asked.state === 'withdrawn') return;
    if (asked.state !== 'waiting') {
      throw new HoldfastError('precondition_failed', `The request for “${asked.name}” has been ${asked.state} meanwhile.`);
    }
    await tx
      .updateTable('secret_request')
      .set({ state: 'withdrawn', decided_at: sql`now()`, decided_by: actor })
      .where('organization_id', '=', organization.id)
      .where('id', '=', params.request)
      .execute();
    const target = { kind: 'secret-request', id: params.request, name: asked.name };
    await record(tx, organization.id, { caller, origin }, { action: 'secret-request.withdraw', target });
  });
  return { status: 204 };
});
