import { listSecretVersions } from '@holdfast/api';
import { sql } from 'kysely';
import { z } from 'zod';
import { personOf } from '../../access/caller.ts';
import { secretNotFound } from '../../secrets/secret-not-found.ts';
import { cutPage, readCursor } from '../cursor.ts';
import { implement } from '../endpoint-handler.ts';

/** When it was made, in microseconds since 1970, and its id. */
const cursorKey = z.tuple([z.number().int(), z.uuid()]);

export const listSecretVersionsHandler = implement(listSecretVersions, async ({ organization, params, query }, { db }) => {
  const after = readCursor(cursorKey, query.cursor);
  const secret = await db
    .selectFrom('secret')
    .select('id')
    .where('organization_id', '=', organization.id)
    .where('name', '=', params.name)
    .executeTakeFirst();
  if (secret === undefined) throw await secretNotFound(db, organization.id, params.name);
  const moment = sql<number>`(extract(epoch from created_at) * 1000000)::bigint`;
  let versions = db
    .selectFrom('secret_version')
    .select(['id', 'state', 'key_id', 'created_at', 'created_by', moment.as('moment')])
    .where('organization_id', '=', organization.id)
    .where('secret_id', '=', secret.id)
    .where('state', '!=', 'pending')
    .orderBy(moment, 'desc')
    .orderBy('id', 'desc')
    .limit(query.limit + 1);
  if (after !== undefined) versions = versions.where(sql<boolean>`(${moment}, id) < (${after[0]}::bigint, ${after[1]}::uuid)`);
  const { page, nextCursor } = cutPage(await versions.execute(), query.limit, ({ moment, id }) => [moment, id]);
  const items = page.map((version) => ({
    id: version.id,
    state: version.state === 'current' ? ('current' as const) : ('superseded' as const),
    keyId: version.key_id,
    createdAt: version.created_at.toISOString(),
    createdBy: personOf(version.created_by),
  }));
  return { status: 200, body: { items, nextCursor } };
});
