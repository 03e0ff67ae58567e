import { lookUpAccountLink } from '@holdfast/api';
import { findAccountLink } from '../../accounts/account-links.ts';
import { implement } from '../implement.ts';

export const lookUpAccountLinkHandler = implement(lookUpAccountLink, async ({ body }, { db }) => {
  const { email, action, expiresAt } = await findAccountLink(db, body.token);
  return { status: 200, body: { email, action, expiresAt: expiresAt.toISOString() } };
});
