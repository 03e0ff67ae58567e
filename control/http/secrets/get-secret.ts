import { getSecret } from '@holdfast/api';
import { secretEtag } from '../../secrets/precondition.ts';
import { readSecret } from '../../secrets/read-secrets.ts';
import { secretNotFound } from '../../secrets/secret-not-found.ts';
import { implement } from '../implement.ts';

export const getSecretHandler = implement(getSecret, async ({ organization, params, reply }, { db }) => {
  const secret = await readSecret(db, organization.id, params.name);
  if (secret === undefined) throw await secretNotFound(db, organization.id, params.name);
  reply.header('etag', secretEtag(secret));
  return { status: 200, body: secret };
});
