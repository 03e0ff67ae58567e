import { updateSecret } from '@holdfast/api';
import { secretDefinitions, transaction } from '@holdfast/db';
import { record } from '../../audit/record.ts';
import { changedFields, checkMetadataIds, metadataColumns, writeScope } from '../../secrets/metadata.ts';
import { readSecret } from '../../secrets/read-secrets.ts';
import { secretNotFound } from '../../secrets/secret-not-found.ts';
import { rotationDueAt } from '../../secrets/secret-state.ts';
import { implement } from '../endpoint-handler.ts';
import { invalid } from '../request-shape.ts';

export const updateSecretHandler = implement(updateSecret, async ({ body, caller, organization, origin, params }, { db }) => {
  const fields = changedFields(body);
  if (fields.length === 0) throw invalid([{ field: '', detail: 'Name at least one field to change.' }]);
  await transaction(db, async (tx) => {
    const secret = await tx
      .selectFrom('secret')
      .select(['id', 'created_at', 'replaced_at'])
      .where('organization_id', '=', organization.id)
      .where('name', '=', params.name)
      .forUpdate()
      .executeTakeFirst();
    if (secret === undefined) throw await secretNotFound(tx, organization.id, params.name);
    await checkMetadataIds(tx, organization.id, body);
    await tx
      .updateTable('secret')
      .set({
        ...metadataColumns(body),
        ...(body.rotationDays === undefined
          ? {}
          : { rotation_due_at: rotationDueAt(body.rotationDays, secret.replaced_at ?? secret.created_at) }),
      })
      .where('organization_id', '=', organization.id)
      .where('id', '=', secret.id)
      .execute();
    await writeScope(tx, organization.id, secret.id, body);
    const target = { kind: 'secret', id: secret.id, name: params.name };
    const definitions = await secretDefinitions(tx, organization.id, [secret.id]);
    await record(tx, organization.id, { caller, origin }, { action: 'secret.update', target, detail: { fields }, definitions });
  });
  const secret = await readSecret(db, organization.id, params.name);
  if (secret === undefined) throw await secretNotFound(db, organization.id, params.name);
  return { status: 200, body: secret };
});
