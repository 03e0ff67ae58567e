import { listSecretVersions } from '@holdfast/api';
import { cutPage, personOf, readCursor } from '@holdfast/endpoints';
import { z } from 'zod';
import { limitTo } from '../../limit-to.ts';
import { secretNotFound } from '../../secrets/secret-not-found.ts';
import { implement } from '../implement.ts';

const cursorKey = z.tuple([z.int()]);

export const listSecretVersionsHandler = implement(listSecretVersions, async ({ organization, params, query }, { db }) => {
  const after = readCursor(cursorKey, query.cursor);
  const secret = await db
    .selectFrom('secret')
    .select('id')
    .where('organization_id', '=', organization.id)
    .where('name', '=', params.name)
    .executeTakeFirst();
  if (secret === undefined) throw await secretNotFound(db, organization.id, params.name);
  let versions = db
    .selectFrom('secret_version')
    .select(['id', 'state', 'key_id', 'created_at', 'created_by', 'sequence'])
    .where('organization_id', '=', organization.id)
    .where('secret_id', '=', secret.id)
    .where('state', '!=', 'pending')
    .orderBy('sequence', 'desc')
    .limit(limitTo(query.limit + 1));
  if (after !== undefined) versions = versions.where('sequence', '<', after[0]);
  const { page, nextCursor } = cutPage(await versions.execute(), query.limit, ({ sequence }) => [sequence]);
  const items = page.map((version) => ({
    id: version.id,
    state: version.state === 'current' ? ('current' as const) : ('superseded' as const),
    keyId: version.key_id,
    createdAt: version.created_at.toISOString(),
    createdBy: personOf(version.created_by),
  }));
  return { status: 200, body: { items, nextCursor } };
});
