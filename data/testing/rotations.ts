import { uuidv7 } from '@holdfast/envelope';
import { sql } from 'kysely';
import { eventually } from '../../tests/harness/eventually.ts';
import { ACTOR, currentSealingKey, type TestInstance, type TestOrganization } from './instance.ts';

/** Asks for a rotation as the control plane does. Answers its id. */
export async function askForRotation({ control }: Pick<TestInstance, 'control'>, { id }: { readonly id: string }): Promise<string> {
  const rotationId = uuidv7();
  await control.insertInto('key_rotation').values({ organization_id: id, id: rotationId, requested_by: ACTOR }).execute();
  return rotationId;
}

export async function finishedRotation({ control }: TestInstance, rotationId: string, withinMilliseconds = 30_000) {
  return eventually(
    'the rotation to finish',
    async () => {
      const row = await control.selectFrom('key_rotation').selectAll().where('id', '=', rotationId).executeTakeFirstOrThrow();
      return row.finished_at !== null && row;
    },
    { withinMilliseconds },
  );
}

/** Rotates, and answers the organization with the key that holds from then on. */
export async function rotated(instance: TestInstance, organization: TestOrganization) {
  const rotation = await finishedRotation(instance, await askForRotation(instance, organization));
  const key = await currentSealingKey(instance, organization.id);
  if (key === undefined) throw new Error('The organization has no key.');
  return { organization: { ...organization, key }, rotation };
}

/** As if the time for late clients were over. */
export async function endFormerKeys({ owner }: TestInstance, { id }: { readonly id: string }): Promise<void> {
  await owner
    .updateTable('organization_key')
    .set({ retired_at: sql`retired_at - interval '1 hour'` })
    .where('organization_id', '=', id)
    .where('retired_at', 'is not', null)
    .execute();
}

export async function keysOf({ owner }: TestInstance, { id }: { readonly id: string }) {
  return owner
    .selectFrom('organization_key as k')
    .leftJoin('organization_private_key as p', (join) =>
      join.onRef('p.organization_id', '=', 'k.organization_id').onRef('p.id', '=', 'k.id'),
    )
    .select(['k.id', 'k.generation', 'k.current', 'k.retired_at', 'k.destroyed_at'])
    .select((e) => e('p.id', 'is not', null).as('has_private'))
    .where('k.organization_id', '=', id)
    .orderBy('k.generation')
    .execute();
}

export async function destroyedKey(instance: TestInstance, organization: { readonly id: string }, keyId: string): Promise<void> {
  await eventually('the former key to be destroyed', async () =>
    (await keysOf(instance, organization)).some(
      ({ id, destroyed_at, has_private }) => id === keyId && destroyed_at !== null && !has_private,
    ),
  );
}

/** The sealed bytes of a version, with the key that it is under. */
export async function sealedVersion({ owner }: TestInstance, versionId: string) {
  return owner
    .selectFrom('secret_version as v')
    .innerJoin('sealed_value as x', (join) => join.onRef('x.organization_id', '=', 'v.organization_id').onRef('x.version_id', '=', 'v.id'))
    .select(['v.key_id', 'x.sealed', 'v.state'])
    .where('v.id', '=', versionId)
    .executeTakeFirstOrThrow();
}
