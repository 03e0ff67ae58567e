import { getSecretReplacement } from '@holdfast/api';
import { cutPage, readCursor } from '@holdfast/endpoints';
import { sql } from 'kysely';
import { z } from 'zod';
import { countReplacedDestinations, readReplacedDestinations } from '../../destinations/replace-destinations.ts';
import { requireReplacement } from '../../secrets/require-replacement.ts';
import { secretNotFound } from '../../secrets/secret-not-found.ts';
import { implement } from '../implement.ts';

const cursorKey = z.tuple([z.string().max(300)]);

export const getSecretReplacementHandler = implement(getSecretReplacement, async ({ organization, params, query }, { db }) => {
  const last = readCursor(cursorKey, query.cursor);
  const named = await db
    .selectFrom('secret')
    .select(['id', 'name'])
    .where('organization_id', '=', organization.id)
    .where('name', 'in', [params.name, query.replaceWith])
    .execute();
  const found = (wanted: string) => named.find(({ name }) => name === wanted);
  const from = found(params.name);
  if (from === undefined) throw await secretNotFound(db, organization.id, params.name);
  const to = requireReplacement(params.name, query.replaceWith, found(query.replaceWith));
  const replacing = { organizationId: organization.id, from, to };
  const where = last === undefined ? sql`true` : sql`u.destination > ${last[0]}`;
  const places = await readReplacedDestinations(db, replacing, { where, limit: query.limit + 1 });
  const { page, nextCursor } = cutPage(places, query.limit, ({ destination }) => [destination]);
  const items = page.map(({ destination, before, after }) => ({ destination, before, after }));
  return { status: 200, body: { items, nextCursor, total: await countReplacedDestinations(db, replacing) } };
});
