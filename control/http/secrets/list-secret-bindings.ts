import { listSecretBindings } from '@holdfast/api';
import { cutPage, readCursor } from '@holdfast/endpoints';
import { sql } from 'kysely';
import { z } from 'zod';
import { countBindings, readBindings } from '../../secrets/read-bindings.ts';
import { secretNotFound } from '../../secrets/secret-not-found.ts';
import { implement } from '../implement.ts';

const cursorKey = z.tuple([z.uuid()]);

export const listSecretBindingsHandler = implement(listSecretBindings, async ({ organization, params, query }, { db }) => {
  const after = readCursor(cursorKey, query.cursor);
  const secret = await db
    .selectFrom('secret')
    .select('id')
    .where('organization_id', '=', organization.id)
    .where('name', '=', params.name)
    .executeTakeFirst();
  if (secret === undefined) throw await secretNotFound(db, organization.id, params.name);
  const onPage = after === undefined ? sql`true` : sql`b.id > ${after[0]}`;
  const found = await readBindings(db, organization.id, secret.id, onPage, query.limit + 1);
  const { page, nextCursor } = cutPage(found, query.limit, ({ id }) => [id]);
  return { status: 200, body: { items: page, nextCursor, total: await countBindings(db, organization.id, secret.id) } };
});
