import { putSecret } from '@holdfast/api';
import { transaction } from '@holdfast/db/control';
import { actorOf, requestHash } from '@holdfast/endpoints';
import { record } from '../../audit/record.ts';
import { refuseReplayed } from '../../secrets/envelope.ts';
import { storeSecret } from '../../secrets/put-secret.ts';
import { readSecret } from '../../secrets/read-secrets.ts';
import { secretNotFound } from '../../secrets/secret-not-found.ts';
import { implement } from '../implement.ts';

export const putSecretHandler = implement(putSecret, async ({ body, caller, headers, organization, origin, params, reply }, { db }) => {
  const { envelope, ...metadata } = body;
  const precondition = {
    mustNotExist: headers['if-none-match'] === '*',
    currentVersion: headers['if-match']?.replace(/^"(.*)"$/, '$1').toLowerCase(),
  };
  const hash = requestHash([params.name, body]);
  const outcome = await refuseReplayed(() =>
    transaction(db, async (tx) => {
      const stored = await storeSecret(tx, organization.id, params.name, { envelope, metadata }, precondition, actorOf(caller), hash);
      if (stored.happening !== undefined) await record(tx, organization.id, { caller, origin }, stored.happening);
      return stored.outcome;
    }),
  );
  reply.header('etag', `"${envelope.versionId.toLowerCase()}"`);
  if (outcome === 'replaced') return { status: 204 };
  const secret = await readSecret(db, organization.id, params.name);
  // It was added, and deleted again before it could be read.
  if (secret === undefined) throw await secretNotFound(db, organization.id, params.name);
  return { status: 201, body: secret };
});
