import { updateSecret } from '@holdfast/api';
import { locking, secretDefinitions, transaction } from '@holdfast/db/control';
import { actorOf, invalid } from '@holdfast/endpoints';
import { record } from '../../audit/record.ts';
import {
  changeOf,
  checkMetadataIds,
  fieldsOf,
  lockMetadata,
  metadataColumns,
  revisionColumns,
  writeScope,
} from '../../secrets/metadata.ts';
import { requireStoredMatch, secretEtag } from '../../secrets/precondition.ts';
import { readSecret } from '../../secrets/read-secrets.ts';
import { secretNotFound } from '../../secrets/secret-not-found.ts';
import { rotationDueAt } from '../../secrets/secret-state.ts';
import { implement } from '../implement.ts';

/** The fields that the record states as the policy of a secret. */
const POLICY = ['scope', 'expiresAt', 'destinations'];

export const updateSecretHandler = implement(
  updateSecret,
  async ({ body, caller, headers, organization, origin, params, reply }, { db }) => {
    if (fieldsOf(body).length === 0) throw invalid([{ field: '', detail: 'Name at least one field to change.' }]);
    await transaction(db, async (tx) => {
      locking(tx, 'secret');
      const secret = await tx
        .selectFrom('secret')
        .select(['id', 'created_at', 'replaced_at'])
        .where('organization_id', '=', organization.id)
        .where('name', '=', params.name)
        .forUpdate()
        .executeTakeFirst();
      if (secret === undefined) throw await secretNotFound(tx, organization.id, params.name);
      await checkMetadataIds(tx, organization.id, body);
      const stored = await lockMetadata(tx, organization.id, secret.id);
      const changed = changeOf(stored, body);
      const fields = fieldsOf(changed);
      // A request that comes again has changed what it wanted already. One that names the policy as it is
      // states it on the record once more.
      if (fields.length === 0 && !fieldsOf(body).some((field) => POLICY.includes(field))) return;
      if (fields.length > 0) await requireStoredMatch(tx, organization.id, { id: secret.id, name: params.name }, headers['if-match']);
      const rotation =
        changed.rotationDays === undefined
          ? {}
          : { rotation_due_at: rotationDueAt(changed.rotationDays, secret.replaced_at ?? secret.created_at) };
      if (fields.length > 0) {
        await tx
          .updateTable('secret')
          .set({ ...metadataColumns(changed), ...revisionColumns(stored, changed, actorOf(caller)), ...rotation })
          .where('organization_id', '=', organization.id)
          .where('id', '=', secret.id)
          .execute();
        await writeScope(tx, organization.id, secret.id, changed);
      }
      const target = { kind: 'secret', id: secret.id, name: params.name };
      const definitions = await secretDefinitions(tx, organization.id, [secret.id]);
      await record(tx, organization.id, { caller, origin }, { action: 'secret.update', target, detail: { fields }, definitions });
    });
    const secret = await readSecret(db, organization.id, params.name);
    if (secret === undefined) throw await secretNotFound(db, organization.id, params.name);
    reply.header('etag', secretEtag(secret));
    return { status: 200, body: secret };
  },
);
