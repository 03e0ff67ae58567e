import { setDestinationMode } from '@holdfast/api';
import { locking, transaction } from '@holdfast/db/control';
import { actorOf } from '@holdfast/endpoints';
import { sql } from 'kysely';
import { record } from '../../audit/record.ts';
import { implement } from '../implement.ts';

export const setDestinationModeHandler = implement(setDestinationMode, async ({ body, caller, organization, origin }, { db }) => {
  await transaction(db, async (tx) => {
    locking(tx, 'destination');
    // Without a row it is enforced: nothing changes when that is asked for.
    const { rows } = await sql`
      insert into destination_setting as s (organization_id, mode, changed_by)
      select ${organization.id}, ${body.mode}, ${JSON.stringify(actorOf(caller))}::jsonb
      where ${body.mode} <> 'enforce' or exists (select from destination_setting where organization_id = ${organization.id})
      on conflict (organization_id) do update
        set mode = excluded.mode, changed_at = now(), changed_by = excluded.changed_by where s.mode <> excluded.mode
      returning 1`.execute(tx);
    if (rows.length === 0) return;
    const target = { kind: 'organization', id: organization.id, name: organization.name };
    const detail = { mode: body.mode };
    await record(tx, organization.id, { caller, origin }, { action: 'organization.set-destination-mode', target, detail });
  });
  return { status: 204 };
});
