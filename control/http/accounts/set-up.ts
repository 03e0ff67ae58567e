import { HoldfastError, isToken, setUp, TOKEN_DAYS } from '@holdfast/api';
import { type Database, hashToken, lockNamed, transaction } from '@holdfast/db/control';
import { memberActor } from '@holdfast/endpoints';
import type { Kysely } from 'kysely';
import { insertAccessToken } from '../../accounts/access-tokens.ts';
import { forgetSetupToken } from '../../accounts/setup-token.ts';
import { hashNewPassword, insertUser } from '../../accounts/users.ts';
import { recordAs } from '../../audit/record.ts';
import { insertOrganization, waitForSealingKey } from '../../organizations/organizations.ts';
import { implement } from '../implement.ts';

export const setUpHandler = implement(setUp, async ({ body, origin }, { db, queue, settings }) => {
  const tokenHash = hashToken(body.setupToken);
  // Looked up before the password is hashed, so that a guess costs us little.
  await requireSetupToken(db, body.setupToken);
  const passwordHash = await hashNewPassword(body.password);

  const made = await transaction(db, async (tx) => {
    // Two callers with the same link: the second waits here for the first, and then finds no row. Setup that
    // is offered again by a starting process must wait for this one, and so must one with the link of another
    // control plane.
    await lockNamed(tx, 'set-up');
    const taken = await tx.deleteFrom('setup_token').where('token_hash', '=', tokenHash).executeTakeFirst();
    if (taken.numDeletedRows !== 1n) throw new HoldfastError('setup_done');
    await tx.deleteFrom('setup_token').execute();
    const userId = await insertUser(tx, { name: body.name, email: body.email, passwordHash });
    const organizationId = await insertOrganization(tx, queue, body.organization, userId);
    const token = body.token ? await insertAccessToken(tx, { organizationId, userId }, { name: 'Setup', days: TOKEN_DAYS }) : undefined;
    await recordAs(tx, organizationId, memberActor({ id: userId, name: body.name }), origin, {}, [
      { action: 'instance.set-up' },
      { action: 'organization.create', target: { kind: 'organization', id: organizationId, name: body.organization.name } },
      ...(token === undefined ? [] : [{ action: 'token.create' as const, target: { kind: 'token', id: token.id, name: 'Setup' } }]),
    ]);
    return { userId, organizationId, token: token?.token ?? null, tokenId: token?.id ?? null };
  });

  await forgetSetupToken(settings.home);
  await waitForSealingKey(db, made.organizationId);
  return {
    status: 201,
    body: {
      userId: made.userId,
      organization: { id: made.organizationId, ...body.organization },
      token: made.token,
      tokenId: made.tokenId,
    },
  };
});

async function requireSetupToken(db: Kysely<Database>, token: string): Promise<void> {
  const offered = await db.selectFrom('setup_token').select('token_hash').execute();
  if (offered.length === 0) throw new HoldfastError('setup_done');
  if (!isToken('setup', token) || !offered.some((known) => known.token_hash.equals(hashToken(token))))
    throw new HoldfastError('setup_token_invalid', undefined, { field: 'setupToken' });
}
