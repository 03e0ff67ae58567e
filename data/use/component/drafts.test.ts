import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, beforeEach, test } from 'node:test';
import { type ComponentTestDefinition, componentTestDefinition } from '@holdfast/audit';
import { appendAudit, auditFact, transaction } from '@holdfast/db';
import { uuidv7 } from '@holdfast/envelope';
import { seal } from '@holdfast/seal';
import { sql } from 'kysely';
import { eventually } from '../../../tests/harness/eventually.ts';
import {
  ACTOR,
  type TestInstance,
  type TestOrganization,
  type TestSecret,
  testComponent,
  testInstance,
  testOrganization,
  testSecret,
} from '../../testing/instance.ts';
import { type RecordingService, recordingService } from '../../testing/recording-service.ts';

/**
 * What the data plane does with a test of a configuration that is not saved. The control plane's part is
 * written by hand.
 */

let instance: TestInstance;
let service: RecordingService;
let organization: TestOrganization;
before(async () => {
  instance = await testInstance();
  service = await recordingService();
});
after(async () => {
  await service?.[Symbol.asyncDispose]();
  await instance?.[Symbol.asyncDispose]();
});
beforeEach(async () => {
  organization = await testOrganization(instance);
  service.requests.length = 0;
});

interface Tried {
  componentId?: string;
  container?: string;
  /** Stored secrets. */
  bindings?: Record<string, TestSecret>;
  /** A value that is sealed for the test. */
  value?: string;
  destinations?: string[];
  /** Where a value may be sent by this test alone. */
  approved?: ComponentTestDefinition['approved'];
  /** A text with secrets in it, in place of one secret. */
  text?: string;
  /** What differs between the rows and the record; `null`: nothing is recorded. */
  stated?: Partial<ComponentTestDefinition> | null;
  /** Before the job is taken. */
  meanwhile?: (test: { id: string; secretId: string; versionId: string }) => Promise<unknown>;
}

/** Asks as the control plane does, and answers what came of it. */
async function tryOut({
  componentId,
  container = 'docs',
  bindings = {},
  value,
  destinations,
  approved = [],
  text,
  stated = {},
  meanwhile,
}: Tried) {
  const id = uuidv7();
  const envelope =
    value === undefined
      ? undefined
      : await seal(organization.key, { secretId: uuidv7(), kind: 'component-value', value, ...(destinations && { destinations }) });
  const sealed = Buffer.from(envelope?.sealed ?? '', 'base64url');
  const bound = Object.entries(bindings).map(([place, { id, name }]) => {
    const [option = '', reference = ''] = place.split(' ');
    return { option, reference, secretId: id, secretName: name };
  });
  const draft = {
    projectId: organization.projectId,
    name: 'Tried',
    type: 'azure-blob-publisher',
    configuration: { container, ...(text === undefined ? {} : { connectionString: text }) },
    bindings: bound,
    approved,
  };
  const definition = componentTestDefinition({
    testId: id,
    componentId: componentId ?? null,
    projectId: draft.projectId,
    type: draft.type,
    configuration: draft.configuration,
    bindings: bound,
    approved,
    values:
      envelope === undefined
        ? []
        : [
            {
              option: 'connectionString',
              secretId: envelope.secretId,
              versionId: envelope.versionId,
              ciphertextHash: createHash('sha256').update(sealed).digest('base64url'),
            },
          ],
    ...stated,
  });
  await transaction(instance.control, async (tx) => {
    await tx
      .insertInto('component_test')
      .values({
        organization_id: organization.id,
        id,
        component_id: componentId ?? null,
        draft: JSON.stringify(draft),
        requested_by: ACTOR,
      })
      .execute();
    if (envelope !== undefined) {
      await tx
        .insertInto('component_test_value')
        .values({
          organization_id: organization.id,
          test_id: id,
          option: 'connectionString',
          secret_id: envelope.secretId,
          version_id: envelope.versionId,
          key_id: envelope.keyId,
          sealed,
        })
        .execute();
    }
    if (stated !== null) await state([definition], 'intent')(tx);
  });
  await meanwhile?.({ id, secretId: envelope?.secretId ?? '', versionId: envelope?.versionId ?? '' });
  await transaction(instance.control, (tx) => instance.queue.send(tx, 'component-test', { organizationId: organization.id, testId: id }));
  return eventually(
    'the answer',
    async () =>
      (await instance.control.selectFrom('component_test').select('answer').where('id', '=', id).executeTakeFirstOrThrow()).answer ?? false,
  );
}

const state =
  (
    definitions:
      | readonly { kind: 'component-test'; id: string; digest: string | null }[]
      | readonly ReturnType<typeof componentTestDefinition>[],
    outcome: 'intent' | 'failed',
  ) =>
  (tx: Parameters<typeof appendAudit>[0]) =>
    appendAudit(tx, organization.id, [
      {
        action: 'component.test',
        actor: JSON.parse(ACTOR),
        outcome,
        target: { kind: 'component', id: 'tried', name: 'Tried' },
        definitions: [...definitions],
      },
    ]);

async function usesOnRecord(): Promise<string[]> {
  const rows = await instance.owner
    .selectFrom('audit_event')
    .select('body')
    .where('organization_id', '=', organization.id)
    .where(auditFact('action'), 'in', ['secret.use', 'secret.use-outcome'])
    .orderBy('sequence')
    .execute();
  return rows.map(({ body }) => `${JSON.parse(body).action} ${JSON.parse(body).outcome}`);
}

/** Whatever the service says: it was asked with the value. */
function assertUsed(answer: { failure: { code: string } | null }): void {
  assert.ok(service.requests.length > 0, 'The service was not asked.');
  assert.doesNotMatch(answer.failure?.code ?? '', /refused|missing|expired|scope/);
}

async function assertRefused(tried: Tried, code: string): Promise<void> {
  service.requests.length = 0;
  const answer = await tryOut(tried);
  assert.deepEqual([answer.passed, answer.failure?.code], [false, code], answer.detail);
  assert.deepEqual(service.requests, [], 'Something was sent.');
}

test('a configuration that is not saved is tried with an organization secret, and with a value sealed for it', async () => {
  const secret = await testSecret(instance, organization, 'STORE', service.connectionString);
  for (const tried of [{ bindings: { connectionString: secret } }, { value: service.connectionString }]) {
    service.requests.length = 0;
    const answer = await tryOut(tried);
    assertUsed(answer);
    assert.deepEqual(answer.destinations, [`http://127.0.0.1:${service.port}`]);
    assert.ok(!JSON.stringify(answer).includes('AccountKey'));
    assert.match((await usesOnRecord()).slice(-2).join(), /^secret\.use intent,secret\.use-outcome (?:success|failed)$/);
  }
});

test('changes of a saved component are tried with the value that it has', async () => {
  const componentId = await testComponent(instance, organization, { container: 'docs' }, {});
  const own = await testSecret(instance, organization, '', service.connectionString, { componentId });
  await testComponent(instance, organization, {}, { connectionString: own }, componentId);
  const answer = await tryOut({ componentId, container: 'elsewhere', bindings: { connectionString: own } });
  assertUsed(answer);
  assert.ok(service.requests.some((request) => request.includes('/elsewhere')));
  // Another component, or a new one, does not get at it.
  const other = await testComponent(instance, organization, { container: 'docs' }, {});
  await assertRefused({ componentId: other, bindings: { connectionString: own } }, 'secret_missing');
  await assertRefused({ bindings: { connectionString: own } }, 'secret_missing');
});

test('a test that the record does not know, or knows as another one, opens nothing', async () => {
  const secret = await testSecret(instance, organization, 'STORE', service.connectionString);
  const other = await testSecret(instance, organization, 'OTHER', service.connectionString);
  const bindings = { connectionString: secret };
  await assertRefused({ bindings, stated: null }, 'definition_refused');
  await assertRefused({ bindings, stated: { configuration: { container: 'another' } } }, 'definition_refused');
  await assertRefused(
    { bindings, stated: { bindings: [{ option: 'connectionString', reference: '', secretId: other.id }] } },
    'definition_refused',
  );
  await assertRefused({ bindings, stated: { testId: uuidv7() } }, 'definition_refused');
  await assertRefused({ bindings, stated: { componentId: uuidv7() } }, 'definition_refused');
  await assertRefused({ value: service.connectionString, stated: { values: [] } }, 'definition_refused');
  await assertRefused({ value: service.connectionString, stated: null }, 'definition_refused');
});

test('sealed bytes that were exchanged after the record committed to them are not opened', async () => {
  const foreign = await seal(organization.key, { secretId: uuidv7(), kind: 'component-value', value: service.connectionString });
  await assertRefused(
    {
      value: service.connectionString,
      meanwhile: ({ id }) =>
        sql`update component_test_value set sealed = ${Buffer.from(foreign.sealed, 'base64url')} where test_id = ${id}`.execute(
          instance.owner,
        ),
    },
    'definition_refused',
  );
});

test('a test that has ended on the record is not made again', async () => {
  const secret = await testSecret(instance, organization, 'STORE', service.connectionString);
  for (const tried of [{ bindings: { connectionString: secret } }, { value: service.connectionString }]) {
    await assertRefused(
      {
        ...tried,
        meanwhile: ({ id }) => transaction(instance.control, (tx) => state([{ kind: 'component-test', id, digest: null }], 'failed')(tx)),
      },
      'definition_refused',
    );
  }
});

test('scope, expiry and destinations hold as they do for what is saved', async () => {
  const connection = service.connectionString;
  const expired = await testSecret(instance, organization, 'EXPIRED', connection, { expiresAt: new Date(Date.now() - 1_000) });
  await assertRefused({ bindings: { connectionString: expired } }, 'secret_expired');
  const elsewhere = await testSecret(instance, organization, 'ELSEWHERE', connection, { allProjects: false });
  await assertRefused({ bindings: { connectionString: elsewhere } }, 'secret_out_of_scope');
  const narrowed = await testSecret(instance, organization, 'NARROWED', connection, { narrowedTo: ['https://api.example.com:443'] });
  await assertRefused({ bindings: { connectionString: narrowed } }, 'destination_refused');
  await assertRefused({ value: connection, destinations: ['https://api.example.com:443'] }, 'destination_refused');
});

test('a value that is stored as another component’s own is not opened as one that was sealed for a test', async () => {
  const componentId = await testComponent(instance, organization, { container: 'docs' }, {});
  const own = await testSecret(instance, organization, '', service.connectionString, { componentId });
  const { rows } = await sql<{ sealed: Buffer; key_id: string }>`
    select v.key_id, x.sealed from secret_version v join sealed_value x on x.version_id = v.id where v.id = ${own.versionId}`.execute(
    instance.owner,
  );
  const [stored] = rows;
  assert.ok(stored);
  const ciphertextHash = createHash('sha256').update(stored.sealed).digest('base64url');
  await assertRefused(
    {
      value: service.connectionString,
      stated: { values: [{ option: 'connectionString', secretId: own.id, versionId: own.versionId, ciphertextHash }] },
      meanwhile: ({ id }) =>
        sql`update component_test_value set secret_id = ${own.id}, version_id = ${own.versionId}, key_id = ${stored.key_id},
          sealed = ${stored.sealed} where test_id = ${id}`.execute(instance.owner),
    },
    'envelope_refused',
  );
});

test('a test is stated across a restart of the data plane', async () => {
  const secret = await testSecret(instance, organization, 'STORE', service.connectionString);
  const answer = await tryOut({
    bindings: { connectionString: secret },
    meanwhile: async () => {
      await instance.plane.close();
      await instance.restart();
    },
  });
  assertUsed(answer);
});
