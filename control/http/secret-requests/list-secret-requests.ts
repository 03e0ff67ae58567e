import { listSecretRequests, may } from '@holdfast/api';
import { cursorTime, cutPage, readCursor, requireUser } from '@holdfast/endpoints';
import { sql } from 'kysely';
import { z } from 'zod';
import { countWaiting, type Reader, readRequests } from '../../secret-requests/read-requests.ts';
import { implement } from '../implement.ts';

const cursorKey = z.tuple([cursorTime, z.uuid()]);

export const listSecretRequestsHandler = implement(listSecretRequests, async ({ caller, organization, query }, { db }) => {
  const { state, project, limit } = query;
  const after = readCursor(cursorKey, query.cursor);
  const sees = may(organization.rights, 'secret-requests:decide') ? 'all' : 'own';
  const reader: Reader = { sees, userId: requireUser(caller).user.id };
  const where = sql.join(
    [
      sql`true`,
      ...(state === undefined ? [] : [sql`r.state = ${state}`]),
      ...(project === undefined ? [] : [sql`r.project_id = ${project}`]),
      ...(after === undefined ? [] : [sql`(r.asked_at, r.id) < (${after[0]}::timestamptz, ${after[1]}::uuid)`]),
    ],
    sql` and `,
  );
  const found = await readRequests(db, organization.id, reader, where, limit + 1);
  const { page, nextCursor } = cutPage(found, limit, ({ sortKey, id }) => [sortKey, id]);
  return { status: 200, body: { items: page, nextCursor, waiting: await countWaiting(db, organization.id, reader) } };
});
