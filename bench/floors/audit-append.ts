import pg from 'pg';
import { inGroups } from './in-groups.ts';

export interface AuditFloor extends AsyncDisposable {
  /** Resolves when the event is on the disk. */
  append(organizationId: string, event: object): Promise<void>;
}

/**
 * The least that keeps events: a plain insert of the same rows in the same groups, one group at a time for
 * each organization, each on the disk when its caller goes on. Into a table with one index, without a chain,
 * a check, a derived column, or anything to search by.
 */
export async function auditFloor(databaseUrl: string): Promise<AuditFloor> {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 8 });
  await pool.query(`
    create table floor_event (
      organization_id uuid not null, sequence bigserial, time timestamptz not null, recorded_by text not null, body text not null,
      primary key (organization_id, sequence))`);
  const insert = `
    insert into floor_event (organization_id, time, recorded_by, body) select $1, now(), 'data', unnest($2::text[])`;
  const chains = new Map<string, (event: object) => Promise<void>>();
  return {
    append(organizationId, event) {
      let append = chains.get(organizationId);
      if (append === undefined) {
        append = inGroups<object, void>(async (events) => {
          await pool.query({ name: 'insert', text: insert, values: [organizationId, events.map((each) => JSON.stringify(each))] });
          return [];
        });
        chains.set(organizationId, append);
      }
      return append(event);
    },
    [Symbol.asyncDispose]: () => pool.end(),
  };
}
