import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type AuditEvent, canonicalBody } from '@holdfast/audit';
import { appendUses } from '@holdfast/db/data';
import { createLogger } from '@holdfast/service';
import { openRootKey } from '../keys/open-root-key.ts';
import { openSigningKey } from '../keys/signing-key.ts';
import { type TestInstance, testInstance, testOrganization } from '../testing/instance.ts';
import { createRecordFollower } from './follower.ts';
import { recordFolder } from './record-folder.ts';

/** A follower of its own whose statements are counted, and may be kept waiting for their answers. */
async function countedFollower(instance: TestInstance) {
  const db = instance.connectAs('data') as unknown as Parameters<typeof createRecordFollower>[0]['db'];
  const state = { statements: 0, answers: Promise.resolve() };
  const counted = db.withPlugin({
    transformQuery({ node }) {
      state.statements += 1;
      return node;
    },
    async transformResult({ result }) {
      await state.answers;
      return result;
    },
  });
  const { id: instanceId } = await db.selectFrom('instance').select('id').executeTakeFirstOrThrow();
  const { rootKey } = await openRootKey(db, instance.settings.rootKeyFile);
  const signingKey = await openSigningKey(db, instanceId, rootKey);
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-record-'));
  const logger = createLogger({ name: 'data', level: 'silent' });
  const follower = createRecordFollower({ db: counted, instanceId, signingKey, folder: recordFolder(folder), logger });
  return {
    state,
    follower,
    append: (organizationId: string, name: string) => appendUses(db, organizationId, [canonicalBody(intentOf(name))]),
    async [Symbol.asyncDispose]() {
      await db.destroy();
      await rm(folder, { recursive: true });
    },
  };
}

function intentOf(name: string): AuditEvent {
  return { action: 'secret.use', outcome: 'intent', actor: { kind: 'member', id: null, name } };
}

describe('what is handed over', () => {
  let instance: TestInstance;
  before(async () => {
    instance = await testInstance();
  });
  after(() => instance?.[Symbol.asyncDispose]());

  it('in another order than it was appended is not read', async () => {
    await using own = await countedFollower(instance);
    const { id } = await testOrganization(instance);
    const { size } = await own.follower.follow(id);
    const [one, two, three] = [await own.append(id, 'one'), await own.append(id, 'two'), await own.append(id, 'three')];
    const { statements } = own.state;
    for (const each of [three, one, two]) await own.follower.handOver(id, each);
    const log = await own.follower.follow(
      id,
      [one, two, three].flatMap(({ entries }) => entries),
    );
    assert.equal(log.size, size + 3);
    assert.equal(own.state.statements, statements);
  });

  it('while others read is not read again', async () => {
    await using own = await countedFollower(instance);
    const { id } = await testOrganization(instance);
    const { size } = await own.follower.follow(id);
    await own.append(id, 'of another node');
    const answering = Promise.withResolvers<void>();
    own.state.answers = answering.promise;
    const reading = own.follower.follow(id);
    const mine = await own.append(id, 'mine');
    await own.follower.handOver(id, mine);
    const following = own.follower.follow(id, mine.entries);
    const { statements } = own.state;
    answering.resolve();
    await reading;
    assert.equal((await following).size, size + 2);
    assert.equal(own.state.statements, statements);
  });

  it('and does not continue what was read is read', async () => {
    await using own = await countedFollower(instance);
    const { id } = await testOrganization(instance);
    const { size } = await own.follower.follow(id);
    const missing = await own.append(id, 'missing');
    const mine = await own.append(id, 'mine');
    const forged = { ...mine, former: { ...missing.entries[0], body: canonicalBody(intentOf('Eve')) } as never };
    await own.follower.handOver(id, forged);
    await own.follower.handOver(id, missing);
    const { statements } = own.state;
    const log = await own.follower.follow(id, mine.entries);
    assert.equal(log.size, size + 2);
    assert.ok(own.state.statements > statements);
  });
});
