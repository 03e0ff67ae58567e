import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { transaction } from '@holdfast/db';
import { uuidv7 } from '@holdfast/envelope';
import { eventually } from '../../../tests/harness/eventually.ts';
import {
  ACTOR,
  type SecretChanges,
  type TestInstance,
  type TestOrganization,
  testComponent,
  testInstance,
  testOrganization,
  testSecret,
} from '../../testing/instance.ts';
import { auditOf, finishedRun, startTestRun } from '../../testing/runs.ts';
import { createUseRecord } from '../values/use-record.ts';

const CONNECTION_STRING = 'BlobEndpoint=http://127.0.0.1:1/store1;SharedAccessSignature=sv=2020-01-01&sig=not-a-signature';
/** A worker takes two in a second. */
const TESTS = 40;
const DOCUMENT = [{ name: 'a.txt', bytes: Buffer.from('one') }];

let instance: TestInstance;
let organization: TestOrganization;
before(async () => {
  instance = await testInstance();
});
after(() => instance[Symbol.asyncDispose]());

async function publisherWith(changes: SecretChanges): Promise<string> {
  organization = await testOrganization(instance);
  const secret = await testSecret(instance, organization, 'STORE', CONNECTION_STRING, changes);
  return testComponent(instance, organization, { container: 'docs' }, { connectionString: secret });
}

/**
 * As an editor who presses “Test” again and again makes the control plane do. Answers the codes of the
 * failures.
 */
async function testAgainAndAgain(componentId: string): Promise<Set<string>> {
  const ids = Array.from({ length: TESTS }, uuidv7);
  const place = { organization_id: organization.id, component_id: componentId, requested_by: ACTOR, answer: null };
  await transaction(instance.control, async (tx) => {
    await tx
      .insertInto('component_test')
      .values(ids.map((id) => ({ ...place, id })))
      .execute();
    for (const testId of ids) await instance.queue.send(tx, 'component-test', { organizationId: organization.id, testId });
  });
  const answers = await eventually(
    'every test to be answered',
    async () => {
      const rows = await instance.control.selectFrom('component_test').select('answer').where('id', 'in', ids).execute();
      return rows.every(({ answer }) => answer !== null) && rows;
    },
    { withinMilliseconds: 60_000 },
  );
  return new Set(answers.map(({ answer }) => (answer as unknown as { failure: { code: string } }).failure.code));
}

/** What the record says of uses once the plane has stopped, in short. */
async function usesOnRecord(): Promise<string[]> {
  await instance.plane.close();
  const events = await auditOf(instance, organization);
  await instance.restart();
  return events
    .filter((event) => event.action.startsWith('secret.use'))
    .map(({ action, outcome, detail }) => [action, outcome, detail?.code, detail?.repeated].filter((word) => word !== undefined).join(' '));
}

test('500 uses that are refused are two events', async () => {
  organization = await testOrganization(instance);
  const db = instance.connectAs('data');
  const record = createUseRecord(db);
  const occasion = { organizationId: organization.id, actor: JSON.parse(ACTOR), context: { project: 'Filing', component: 'Archive' } };
  const consumer = { kind: 'component' as const, id: uuidv7(), name: 'Archive', projectId: organization.projectId, projectName: 'Filing' };
  for (let round = 0; round < 500; round++)
    await record.refuse(occasion, consumer, { secretName: 'STORE', secret: undefined }, 'secret_missing');
  assert.equal(await record.close(), 0);
  await db.destroy();
  const refused = 'secret.use refused secret_missing';
  assert.deepEqual(await usesOnRecord(), [refused, `${refused} 499`]);
});

test('tests that are refused before anything is opened are two events, with their number, the first and the last time', async () => {
  const componentId = await publisherWith({ expiresAt: new Date(Date.now() - 1_000) });
  assert.deepEqual(await testAgainAndAgain(componentId), new Set(['secret_expired']));
  assert.deepEqual(await usesOnRecord(), ['secret.use refused secret_expired', `secret.use refused secret_expired ${TESTS - 1}`]);
  const { detail } = (await auditOf(instance, organization)).at(-1);
  assert.ok(Date.parse(detail.firstAt) <= Date.parse(detail.lastAt), JSON.stringify(detail));
});

test('tests that are refused once the value is open open it a few times, however many they are', async () => {
  const componentId = await publisherWith({ destinations: ['https://acme.blob.core.windows.net:443'] });
  assert.deepEqual(await testAgainAndAgain(componentId), new Set(['destination_refused']));
  const uses = await usesOnRecord();
  assert.deepEqual(uses.slice(0, 1), ['secret.use intent']);
  // Four tests run at once, and none of them knows of the others' refusals yet.
  assert.ok(uses.length <= 4 * 2 + 2, uses.join('\n'));
  assert.match(uses.at(-1) ?? '', /^secret\.use refused destination_refused \d\d$/);
});

test('however many tests there are while the record of the organization does not verify, they are a few events', async () => {
  const componentId = await publisherWith({});
  await instance.owner
    .updateTable('audit_head')
    .set(({ eb }) => ({ sequence: eb('sequence', '+', 5) }))
    .where('organization_id', '=', organization.id)
    .execute();
  assert.deepEqual(await testAgainAndAgain(componentId), new Set(['record_stopped']));
  const uses = await usesOnRecord();
  assert.ok(uses.length <= 4 * 2 + 2, uses.join('\n'));
});

test('runs that are refused fold in the same way, and another person, another secret or another reason is kept apart', async () => {
  const componentId = await publisherWith({ expiresAt: new Date(Date.now() - 1_000) });
  for (let round = 0; round < 3; round++) {
    const { status } = await finishedRun(instance, await startTestRun(instance, organization, [componentId], DOCUMENT));
    assert.equal(status, 'failed');
  }
  const other = await testSecret(instance, organization, 'OTHER', CONNECTION_STRING, { expiresAt: new Date(Date.now() - 1_000) });
  const otherComponent = await testComponent(instance, organization, { container: 'docs' }, { connectionString: other });
  await finishedRun(instance, await startTestRun(instance, organization, [otherComponent], DOCUMENT));
  const refused = 'secret.use refused secret_expired';
  assert.deepEqual(await usesOnRecord(), [refused, refused, `${refused} 2`]);
});
