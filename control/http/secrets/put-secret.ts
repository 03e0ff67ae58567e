import { putSecret as putSecretEndpoint } from '@holdfast/api';
import { requestHash } from '@holdfast/endpoints';
import { secretEtag } from '../../secrets/precondition.ts';
import { putSecret } from '../../secrets/put-secret.ts';
import { readSecret } from '../../secrets/read-secrets.ts';
import { secretNotFound } from '../../secrets/secret-not-found.ts';
import { implement } from '../implement.ts';

export const putSecretHandler = implement(
  putSecretEndpoint,
  async ({ body, caller, headers, organization, origin, params, reply }, control) => {
    const { envelope, ...metadata } = body;
    const precondition = {
      mustNotExist: headers['if-none-match'] === '*',
      ifMatch: headers['if-match'],
    };
    const put = { name: params.name, envelope, metadata, precondition, requestHash: requestHash([params.name, body]) };
    const stored = await putSecret(control, organization.id, put, { caller, origin });
    const currentVersionId = envelope.versionId.toLowerCase();
    reply.header('etag', secretEtag({ currentVersionId, metadataRevision: stored.metadataRevision }));
    if (stored.outcome === 'replaced') return { status: 204 };
    const secret = stored.secret ?? (await readSecret(control.db, organization.id, params.name));
    // It was added, and deleted again before it could be read.
    if (secret === undefined) throw await secretNotFound(control.db, organization.id, params.name);
    return { status: 201, body: secret };
  },
);
