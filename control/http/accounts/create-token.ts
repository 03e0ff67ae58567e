import { createToken } from '@holdfast/api';
import { transaction } from '@holdfast/db/control';
import { insertAccessToken } from '../../accounts/access-tokens.ts';
import { record } from '../../audit/record.ts';
import { implement } from '../implement.ts';

export const createTokenHandler = implement(createToken, async ({ body, caller, organization, origin }, { db }) => {
  const member = { organizationId: organization.id, userId: caller.user.id };
  const { id, token, expiresAt } = await transaction(db, async (tx) => {
    const made = await insertAccessToken(tx, member, {
      name: body.name,
      days: body.expiresInDays,
      // A token cannot make itself a longer life.
      ...(caller.kind === 'token' ? { notAfter: caller.expiresAt } : {}),
    });
    const detail = { expiresAt: made.expiresAt.toISOString() };
    await record(
      tx,
      organization.id,
      { caller, origin },
      { action: 'token.create', target: { kind: 'token', id: made.id, name: body.name }, detail },
    );
    return made;
  });
  return { status: 201, body: { id, token, name: body.name, expiresAt: expiresAt.toISOString() } };
});
