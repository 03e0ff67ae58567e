import { listSecrets } from '@holdfast/api';
import { sql } from 'kysely';
import { z } from 'zod';
import { containsText } from '../../search.ts';
import { readSecrets } from '../../secrets/read-secrets.ts';
import { countSecrets, SECRET_FILTERS } from '../../secrets/secret-state.ts';
import { cutPage, readCursor } from '../cursor.ts';
import { implement } from '../endpoint-handler.ts';

const cursorKey = z.tuple([z.string().max(128)]);

export const listSecretsHandler = implement(listSecrets, async ({ organization, query }, { db }) => {
  const after = readCursor(cursorKey, query.cursor);
  const chosen = sql.join(
    [
      sql`true`,
      ...(query.search ? [sql`(${containsText('s.name', query.search)} or ${containsText('s.description', query.search)})`] : []),
      ...(query.filter ? [SECRET_FILTERS[query.filter]] : []),
      ...(query.kind ? [sql`s.kind = ${query.kind}`] : []),
    ],
    sql` and `,
  );
  const onPage = after === undefined ? chosen : sql`${chosen} and lower(s.name) > ${after[0]}`;
  const [found, total, counts] = await Promise.all([
    readSecrets(db, organization.id, onPage, query.limit + 1),
    sql<{ total: number }>`select count(*) as total from secret s
      where s.organization_id = ${organization.id} and s.name is not null and ${chosen}`.execute(db),
    countSecrets(db, organization.id),
  ]);
  const { page, nextCursor } = cutPage(found, query.limit, (secret) => [secret.name.toLowerCase()]);
  return { status: 200, body: { items: page, nextCursor, total: total.rows[0]?.total ?? 0, counts } };
});
