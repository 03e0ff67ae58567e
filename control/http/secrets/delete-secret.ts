import { deleteSecret } from '@holdfast/api';
import { transaction } from '@holdfast/db/control';
import { actorOf } from '@holdfast/endpoints';
import { record } from '../../audit/record.ts';
import { deleteSecret as removeSecret } from '../../secrets/delete-secret.ts';
import { implement } from '../implement.ts';

export const deleteSecretHandler = implement(
  deleteSecret,
  async ({ caller, headers, organization, origin, params, query }, { db, queue }) => {
    await transaction(db, async (tx) => {
      const { confirm, replaceWith } = query;
      const entries = await removeSecret(
        tx,
        queue,
        organization.id,
        params.name,
        { confirm, replaceWith, ifMatch: headers['if-match'] },
        actorOf(caller),
      );
      await record(tx, organization.id, { caller, origin }, ...entries);
    });
    return { status: 204 };
  },
);
