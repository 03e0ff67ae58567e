import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { deleteRows, transaction } from '@holdfast/db';
import { uuidv7 } from '@holdfast/envelope';
import { sql } from 'kysely';
import { BROKEN_COMPONENT } from '../../control/components/broken-component.ts';
import { readComponents } from '../../control/components/read-components.ts';
import { lockUsability, readBindingStates } from '../../control/secrets/usability.ts';
import {
  ACTOR,
  recordDefinitions,
  type TestInstance,
  type TestOrganization,
  type TestSecret,
  testComponent,
  testInstance,
  testOrganization,
  testSecret,
} from '../../data/testing/instance.ts';
import { type RecordingService, recordingService } from '../../data/testing/recording-service.ts';
import { eventually } from '../harness/eventually.ts';

/**
 * May this project use this secret? The control plane shows by db/usable.sql what the data plane would say by
 * its own check.
 */

let instance: TestInstance;
let service: RecordingService;
let organization: TestOrganization;
before(async () => {
  instance = await testInstance();
  service = await recordingService();
  organization = await testOrganization(instance);
});
after(async () => {
  await service?.[Symbol.asyncDispose]();
  await instance?.[Symbol.asyncDispose]();
});

const PAST = new Date(Date.now() - 60_000);
let names = 0;
const store = (changes: Parameters<typeof testSecret>[4] = {}) =>
  testSecret(instance, organization, `STORE_${++names}`, service.connectionString, changes);
const publisher = (secret?: TestSecret, id?: string) =>
  testComponent(instance, organization, { container: 'docs' }, secret === undefined ? {} : { connectionString: secret }, id);

async function scopedTo(secret: TestSecret, projectId: string): Promise<void> {
  await instance.control
    .insertInto('secret_scope')
    .values({ organization_id: organization.id, secret_id: secret.id, project_id: projectId })
    .execute();
  await recordDefinitions(instance, organization, { secretId: secret.id });
}

async function anotherProject(): Promise<string> {
  const id = uuidv7();
  await instance.control
    .insertInto('project')
    .values({ organization_id: organization.id, id, name: `Another ${id}`, created_by: ACTOR })
    .execute();
  return id;
}

async function ownValue(changes: Parameters<typeof testSecret>[4] = {}, of?: string): Promise<string> {
  const owner = of ?? uuidv7();
  await publisher(undefined, owner);
  const own = await store({ ...changes, componentId: owner });
  return of === undefined ? publisher(own, owner) : publisher(own);
}

/** Each way in which a binding can stand, and what both planes are to say of it. */
const MATRIX: Readonly<Record<string, readonly [expected: string, make: () => Promise<string>]>> = {
  'a secret for all projects': ['ok', async () => publisher(await store())],
  'a secret that expires later': ['ok', async () => publisher(await store({ expiresAt: new Date(Date.now() + 3_600_000) }))],
  'a secret for this project': [
    'ok',
    async () => {
      const secret = await store({ allProjects: false });
      await scopedTo(secret, organization.projectId);
      return publisher(secret);
    },
  ],
  'a secret for no project': ['secret_out_of_scope', async () => publisher(await store({ allProjects: false }))],
  'a secret for another project': [
    'secret_out_of_scope',
    async () => {
      const secret = await store({ allProjects: false });
      await scopedTo(secret, await anotherProject());
      return publisher(secret);
    },
  ],
  'an expired secret': ['secret_expired', async () => publisher(await store({ expiresAt: PAST }))],
  'an expired secret for another project': ['secret_expired', async () => publisher(await store({ expiresAt: PAST, allProjects: false }))],
  'a deleted secret': [
    'secret_missing',
    async () => {
      const secret = await store();
      const component = await publisher(secret);
      await deleteRows(instance.control, 'secret', organization.id, [secret.id]);
      return component;
    },
  ],
  'a secret without a current version': [
    'secret_missing',
    async () => {
      const secret = await store();
      await instance.control.updateTable('secret_version').set({ state: 'superseded' }).where('id', '=', secret.versionId).execute();
      return publisher(secret);
    },
  ],
  'an expired secret without a current version': [
    'secret_missing',
    async () => {
      const secret = await store({ expiresAt: PAST });
      await instance.control.updateTable('secret_version').set({ state: 'superseded' }).where('id', '=', secret.versionId).execute();
      return publisher(secret);
    },
  ],
  'the component’s own value': ['ok', () => ownValue()],
  'an own value that is for all projects in no way': ['ok', () => ownValue({ allProjects: false })],
  'an own value that expired': ['secret_expired', () => ownValue({ expiresAt: PAST })],
  'the own value of another component': ['secret_missing', () => ownValue({}, uuidv7())],
  'the expired own value of another component': ['secret_missing', () => ownValue({ expiresAt: PAST }, uuidv7())],
  'nothing, in an option that has to be filled': ['secret_missing', () => publisher()],
  'a text whose second secret is expired': [
    'secret_expired',
    async () => {
      const bindings = { 'connectionString A': await store(), 'connectionString B': await store({ expiresAt: PAST }) };
      // A text names in clear where it sends to.
      const connectionString = `DefaultEndpointsProtocol=https;AccountName=acme;AccountKey=\${secret.A}\${secret.B}`;
      return testComponent(instance, organization, { container: 'docs', connectionString }, bindings);
    },
  ],
};

async function saysData(componentId: string): Promise<string> {
  const id = uuidv7();
  await transaction(instance.control, async (tx) => {
    await tx
      .insertInto('component_test')
      .values({ organization_id: organization.id, id, component_id: componentId, requested_by: ACTOR })
      .execute();
    await instance.queue.send(tx, 'component-test', { organizationId: organization.id, testId: id });
  });
  const answer = await eventually(
    'the answer',
    async () =>
      (await instance.control.selectFrom('component_test').select('answer').where('id', '=', id).executeTakeFirstOrThrow()).answer ?? false,
  );
  return answer.failure?.code ?? 'ok';
}

for (const [what, [expected, make]] of Object.entries(MATRIX)) {
  test(`${what}: ${expected}, in both planes`, async () => {
    const componentId = await make();
    const control = instance.control as unknown as Parameters<typeof readComponents>[0];
    const [component] = await readComponents(control, organization.id, sql`c.id = ${componentId}`, 1);
    assert.equal(component?.broken?.code ?? 'ok', expected, 'what the component’s page says');
    const { rows } = await sql<{ broken: boolean }>`
      select ${BROKEN_COMPONENT} as broken from component c where c.organization_id = ${organization.id} and c.id = ${componentId}`.execute(
      control,
    );
    assert.equal(rows[0]?.broken, expected !== 'ok', 'what the overview and the projects count');
    const states = (await readBindingStates(control, organization.id, [componentId])).get(componentId) ?? [];
    assert.equal(states.find(({ state }) => state !== 'ok')?.state ?? (states.length === 0 ? 'secret_missing' : 'ok'), expected);
    assert.equal(await saysData(componentId), expected, 'what a use says');
  });
}

test('a name that is chosen for a project has the same state as its binding', async () => {
  for (const changes of [{}, { expiresAt: PAST }, { allProjects: false }]) {
    const secret = await store(changes);
    const componentId = await publisher(secret);
    const [binding] = (await readBindingStates(instance.control as never, organization.id, [componentId])).get(componentId) ?? [];
    const place = { organizationId: organization.id, projectId: organization.projectId };
    const found = await transaction(instance.control, (tx) => lockUsability(tx as never, place, [secret.name ?? '']));
    assert.equal(found.get(secret.name ?? '')?.state, binding?.state);
    assert.equal(found.get(secret.name ?? '')?.inScope, changes.allProjects !== false);
  }
});
