import { getInstance } from '@holdfast/api';
import { fingerprint } from '@holdfast/envelope';
import { canSendMail } from '../../accounts/account-mail.ts';
import { implement } from '../implement.ts';

export const getInstanceHandler = implement(getInstance, async (_call, { db, instanceId, version }) => {
  const user = await db.selectFrom('auth.user').select('id').limit(1).executeTakeFirst();
  const signingKey = await db.selectFrom('signing_key').select('public_key').where('current', '=', true).executeTakeFirst();
  const signingKeyFingerprint = signingKey === undefined ? null : await fingerprint(signingKey.public_key);
  const sendsMail = await canSendMail(db);
  return { status: 200, body: { instanceId, version, setUp: user !== undefined, signingKeyFingerprint, sendsMail } };
});
