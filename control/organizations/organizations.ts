import { setTimeout as sleep } from 'node:timers/promises';
import { HoldfastError, type Role } from '@holdfast/api';
import type { Database, Queue, Tx } from '@holdfast/db/control';
import { isUniqueViolation } from '@holdfast/db/control';
import { isUuid, uuidv7 } from '@holdfast/envelope';
import type { Kysely } from 'kysely';

export interface NewOrganization {
  readonly name: string;
  readonly slug: string;
}

/**
 * How long a new organization waits for the data plane to make its key; after that the console asks again by
 * itself.
 */
const KEY_WAIT_MILLISECONDS = 10_000;
const KEY_POLL_MILLISECONDS = 100;

/**
 * Inserts an organization with its first owner, and asks the data plane for its key. Answers the
 * organization's id. Throws `name_taken` when the slug is, and `invalid_request` for a slug that could be
 * mistaken for an id.
 */
export async function insertOrganization(tx: Tx, queue: Queue, organization: NewOrganization, ownerUserId: string): Promise<string> {
  if (isUuid(organization.slug)) {
    throw new HoldfastError('invalid_request', 'The short name looks like an id.', { field: 'slug', remedy: 'Choose a word.' });
  }
  const id = uuidv7();
  const inserted = await tx
    .insertInto('auth.organization')
    .values({ id, ...organization, logo: null, metadata: null, createdAt: new Date() })
    .execute()
    .then(
      () => true,
      (error: unknown) => {
        if (isUniqueViolation(error, 'organization_slug_key')) return false;
        throw error;
      },
    );
  if (!inserted) {
    throw new HoldfastError('name_taken', `Another organization has the short name “${organization.slug}”.`, { field: 'slug' });
  }
  // Looked at afterwards: who waited for the deletion of that organization finds it done.
  const former = await tx.selectFrom('deleted_organization').select('id').where('slug', '=', organization.slug).executeTakeFirst();
  if (former !== undefined) {
    throw new HoldfastError('name_taken', `An organization that was deleted had the short name “${organization.slug}”.`, {
      field: 'slug',
      remedy: 'Choose another: what goes by that name, such as folders on the server, must not become somebody else’s.',
    });
  }
  await insertMember(tx, id, ownerUserId, 'owner');
  await queue.send(tx, 'organization-key', { organizationId: id });
  return id;
}

export async function insertMember(tx: Tx, organizationId: string, userId: string, role: Role): Promise<string> {
  const id = uuidv7();
  await tx.insertInto('auth.member').values({ id, organizationId, userId, role, createdAt: new Date() }).execute();
  return id;
}

/** Waits until the organization can seal, or for 10 seconds: without a data plane it is made later. */
export async function waitForSealingKey(db: Kysely<Database>, organizationId: string): Promise<void> {
  const until = performance.now() + KEY_WAIT_MILLISECONDS;
  while (performance.now() < until) {
    const key = await db
      .selectFrom('organization_key')
      .select('id')
      .where('organization_id', '=', organizationId)
      .where('current', '=', true)
      .executeTakeFirst();
    if (key !== undefined) return;
    await sleep(KEY_POLL_MILLISECONDS);
  }
}
