import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Role } from '@holdfast/api';
import { connect, type DatabaseConnection } from '@holdfast/db';
import { testDatabase } from '@holdfast/db/testing';
import { uuidv7 } from '@holdfast/envelope';
import { makeAccountLink } from './account-link.ts';

const INVITED = 'new@example.com';
let database: Awaited<ReturnType<typeof testDatabase>>;
let owner: DatabaseConnection;
before(async () => {
  database = await testDatabase();
  owner = connect(database.ownerUrl, { name: 'test', maximumConnections: 1 });
});
after(async () => {
  await owner?.destroy();
  await database?.[Symbol.asyncDispose]();
});

/** An organization that has invited the address, by somebody of that role. */
async function invitedBy(
  slug: string,
  { role = 'owner', expires = 3_600_000, by = 'owner' }: { readonly role?: Role; readonly expires?: number; readonly by?: Role },
): Promise<string> {
  const [id, userId] = [uuidv7(), uuidv7()];
  await owner.insertInto('auth.organization').values({ id, name: slug, slug, createdAt: new Date() }).execute();
  await owner
    .insertInto('auth.user')
    .values({ id: userId, name: slug, email: `${slug}@example.com`, emailVerified: true })
    .execute();
  await owner.insertInto('auth.member').values({ id: uuidv7(), organizationId: id, userId, role: by, createdAt: new Date() }).execute();
  await owner
    .insertInto('auth.invitation')
    .values({
      id: uuidv7(),
      organizationId: id,
      email: INVITED,
      role,
      status: 'pending',
      expiresAt: new Date(Date.now() + expires),
      inviterId: userId,
    })
    .execute();
  return id;
}

test('the operator reads which organizations the person can join, and no others', async () => {
  await invitedBy('waiting', { role: 'viewer' });
  await invitedBy('expired', { expires: -1_000 });
  await invitedBy('of-an-editor', { role: 'viewer', by: 'editor' });
  await invitedBy('owner-by-an-admin', { role: 'owner', by: 'admin' });
  const made = await makeAccountLink(database.controlUrl, INVITED, false);
  assert.deepEqual([made.invitedBy, made.hasAccount], [['waiting'], false]);
});
