import { HoldfastError, rotateKeys } from '@holdfast/api';
import { isUniqueViolation, transaction } from '@holdfast/db/control';
import { actorOf } from '@holdfast/endpoints';
import { uuidv7 } from '@holdfast/envelope';
import { record } from '../../audit/record.ts';
import { implement } from '../implement.ts';

export const rotateKeysHandler = implement(rotateKeys, async ({ body, caller, organization, origin }, { db }) => {
  const id = uuidv7();
  try {
    await transaction(db, async (tx) => {
      const current = await tx
        .selectFrom('organization_key')
        .select(['id', 'generation'])
        .where('organization_id', '=', organization.id)
        .where('current', '=', true)
        .executeTakeFirst();
      if (current === undefined) throw new HoldfastError('sealing_key_pending', undefined, { extra: { retryAfterSeconds: 1 } });
      if (body.currentKeyId !== undefined && body.currentKeyId.toLowerCase() !== current.id) {
        throw new HoldfastError('precondition_failed', 'The sealing key was rotated meanwhile.', { field: 'currentKeyId' });
      }
      await tx
        .insertInto('key_rotation')
        .values({ organization_id: organization.id, id, requested_by: actorOf(caller) })
        .execute();
      const target = { kind: 'organization-key', id: current.id, name: `generation ${current.generation}` };
      await record(
        tx,
        organization.id,
        { caller, origin },
        { action: 'organization-key.request-rotation', target, detail: { rotation: id } },
      );
    });
  } catch (error) {
    if (isUniqueViolation(error, 'key_rotation_one_unfinished')) throw new HoldfastError('key_rotation_active');
    throw error;
  }
  return { status: 202, body: { rotationId: id } };
});
