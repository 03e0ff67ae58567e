import { decideDestinations } from '@holdfast/api';
import { transaction } from '@holdfast/db/control';
import { actorOf } from '@holdfast/endpoints';
import { record } from '../../audit/record.ts';
import { decide } from '../../destinations/decide.ts';
import { implement } from '../implement.ts';

export const decideDestinationsHandler = implement(decideDestinations, async ({ body, caller, organization, origin }, { db }) => {
  await transaction(db, async (tx) => {
    const entries = await decide(tx, organization.id, body, actorOf(caller));
    if (entries.length > 0) await record(tx, organization.id, { caller, origin }, ...entries);
  });
  return { status: 204 };
});
