import { listSecrets } from '@holdfast/api';
import type { Database } from '@holdfast/db';
import { type Kysely, type RawBuilder, sql } from 'kysely';
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
  // Counting goes over every secret: once, not for each page.
  const first = after === undefined;
  const [found, total, counts] = await Promise.all([
    readSecrets(db, organization.id, onPage, query.limit + 1),
    first ? countChosen(db, organization.id, chosen) : null,
    first ? countSecrets(db, organization.id) : null,
  ]);
  const { page, nextCursor } = cutPage(found, query.limit, (secret) => [secret.name.toLowerCase()]);
  return { status: 200, body: { items: page, nextCursor, total, counts } };
});

async function countChosen(db: Kysely<Database>, organizationId: string, chosen: RawBuilder<unknown>): Promise<number> {
  const { rows } = await sql<{ total: number }>`select count(*) as total from secret s
    where s.organization_id = ${organizationId} and s.name is not null and ${chosen}`.execute(db);
  return rows[0]?.total ?? 0;
}
