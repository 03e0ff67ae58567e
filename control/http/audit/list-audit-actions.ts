import { listAuditActions } from '@holdfast/api';
import { sql } from 'kysely';
import { implement } from '../implement.ts';

export const listAuditActionsHandler = implement(listAuditActions, async ({ organization }, { db }) => {
  // Hops from one action to the next in the index, instead of reading every event.
  const { rows } = await sql<{ action: string }>`
    with recursive actions (action) as (
      (select (facts).action from audit_event where organization_id = ${organization.id} order by (facts).action limit 1)
      union all
      select (select (e.facts).action from audit_event e where e.organization_id = ${organization.id} and (e.facts).action > actions.action
        order by (e.facts).action limit 1)
      from actions where actions.action is not null
    )
    select action from actions where action is not null`.execute(db);
  return { status: 200, body: { items: rows.map(({ action }) => action) } };
});
