import { listSecrets } from '@holdfast/api';
import { cursorTime, cutPage, invalid, readCursor } from '@holdfast/endpoints';
import { sql } from 'kysely';
import { z } from 'zod';
import { secretHolds, secretsThatMayHold } from '../../search.ts';
import { afterPlace, readSecrets } from '../../secrets/read-secrets.ts';
import { countSecrets, SECRET_FILTERS } from '../../secrets/secret-state.ts';
import { inScopeOf } from '../../secrets/usability.ts';
import { implement } from '../implement.ts';

/** The key of the order as text, the name, and how many there are when they were counted. */
const cursorKey = z.tuple([z.string().max(128), z.string().max(128), z.int().min(0).optional()]);

export const listSecretsHandler = implement(listSecrets, async ({ organization, query }, { db }) => {
  const after = readCursor(cursorKey, query.cursor);
  const by = query.sort ?? 'name';
  if (after !== undefined && by !== 'name' && !cursorTime.safeParse(after[0]).success)
    throw invalid([{ field: 'cursor', detail: 'It is of another list.' }]);
  const order = { by, direction: query.order ?? 'asc' };
  const conditions = [
    ...(query.search ? [secretHolds(query.search)] : []),
    ...(query.filter ? [SECRET_FILTERS[query.filter]] : []),
    ...(query.kind ? [sql`s.kind = ${query.kind}`] : []),
    ...(query.project ? [inScopeOf(query.project, sql.ref('s'))] : []),
  ];
  const chosen = sql.join([sql`true`, ...conditions], sql` and `);
  const onPage = after === undefined ? chosen : sql`${chosen} and ${afterPlace(order, [after[0], after[1]])}`;
  // Counting may go over every secret: once, not for each page.
  const first = after === undefined;
  const counted = first && conditions.length > 0;
  const [found, counts] = await Promise.all([
    readSecrets(db, organization.id, onPage, query.limit + 1, {
      order,
      counted,
      from: secretsThatMayHold(organization.id, query.search, after?.[2]),
    }),
    first ? countSecrets(db, organization.id) : null,
  ]);
  const total = counted ? (found[0]?.total ?? 0) : (counts?.all ?? null);
  const counting = counted ? (total ?? undefined) : after?.[2];
  const { page, nextCursor } = cutPage(found, query.limit, ({ place }) => [...place, ...(counting === undefined ? [] : [counting])]);
  return { status: 200, body: { items: page.map(({ secret }) => secret), nextCursor, total, counts } };
});
