import { listTokens } from '@holdfast/api';
import { implement } from '../implement.ts';

export const listTokensHandler = implement(listTokens, async ({ caller, organization }, { db }) => {
  const tokens = await db
    .selectFrom('access_token')
    .select(['id', 'name', 'created_at', 'expires_at', 'last_used_at'])
    .where('organization_id', '=', organization.id)
    .where('member_user_id', '=', caller.user.id)
    .orderBy('sequence', 'desc')
    .execute();
  const items = tokens.map((token) => ({
    id: token.id,
    name: token.name,
    createdAt: token.created_at.toISOString(),
    expiresAt: token.expires_at.toISOString(),
    lastUsedAt: token.last_used_at?.toISOString() ?? null,
  }));
  return { status: 200, body: { items } };
});
