import { listDestinations } from '@holdfast/api';
import { cursorTime, cutPage, readCursor } from '@holdfast/endpoints';
import { sql } from 'kysely';
import { z } from 'zod';
import { countDestinations, readDestinationMode, readDestinations } from '../../destinations/read-destinations.ts';
import { implement } from '../implement.ts';

const cursorKey = z.tuple([cursorTime, z.uuid(), z.string()]);

export const listDestinationsHandler = implement(listDestinations, async ({ organization, query }, { db }) => {
  const { state, secret, search, limit } = query;
  const after = readCursor(cursorKey, query.cursor);
  const part = `%${(search ?? '').replace(/[\\%_]/g, '\\$&').toLowerCase()}%`;
  const where = sql.join(
    [
      sql`true`,
      ...(state === undefined ? [] : [sql`d.state = ${state}`]),
      ...(secret === undefined ? [] : [sql`s.name = ${secret}`]),
      ...(search === undefined ? [] : [sql`(lower(s.name) like ${part} or d.destination like ${part})`]),
      ...(after === undefined
        ? []
        : [
            sql`d.asked_at <= ${after[0]}::timestamptz and (d.asked_at < ${after[0]}::timestamptz
              or (d.secret_id, d.destination) > (${after[1]}::uuid, ${after[2]}))`,
          ]),
    ],
    sql` and `,
  );
  const found = await readDestinations(db, organization.id, where, limit + 1);
  const { page, nextCursor } = cutPage(found, limit, (row) => [row.sortKey, row.secret.id, row.destination]);
  const [mode, counts] = await Promise.all([readDestinationMode(db, organization.id), countDestinations(db, organization.id)]);
  return { status: 200, body: { items: page, nextCursor, mode, counts } };
});
