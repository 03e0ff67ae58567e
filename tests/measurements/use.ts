import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AuditEvent } from '@holdfast/audit';
import type { Connector } from '@holdfast/connector';
import { appendAudit, componentDefinitions, connect, createInstanceClock, secretDefinitions, transaction } from '@holdfast/db';
import { testDatabase } from '@holdfast/db/testing';
import { fromBase64url, sealingKeyStatement, toBase64url, uuidv7 } from '@holdfast/envelope';
import { seal, verifySealingKey } from '@holdfast/seal';
import { createLogger } from '@holdfast/service';
import { createAllowList } from '../../data/egress/allow-list.ts';
import { createEgress } from '../../data/egress/egress.ts';
import { createEvaluator } from '../../data/evaluation/evaluator.ts';
import { createOpeningKeys } from '../../data/keys/opening-keys.ts';
import { makeOrganizationKey } from '../../data/keys/organization-key.ts';
import { localRootKey } from '../../data/keys/root-key.ts';
import { openSigningKey } from '../../data/keys/signing-key.ts';
import { createRecordFollower } from '../../data/record/follower.ts';
import { recordFolder } from '../../data/record/record-folder.ts';
import { loadBoundComponent } from '../../data/use/component/load-component.ts';
import { openSavedComponent, type SavedComponent } from '../../data/use/component/open-component.ts';
import { createKnownRefusals } from '../../data/use/values/known-refusals.ts';
import { connectForRecord, createUseRecord, type UseOccasion } from '../../data/use/values/use-record.ts';

/** What a benchmark calls again and again. The plane is imported here and not there: only tests may. */
export interface UseMeasurement extends AsyncDisposable {
  /** One use as the data plane does it: look up, check, intent on the record, open, outcome on the record. */
  use(): Promise<void>;
  /** What a floor needs to do the least of the same. */
  readonly facts: {
    readonly databaseUrl: string;
    readonly organizationId: string;
    readonly versionId: string;
    /** The organization's key, current in its database. */
    readonly keyId: string;
    readonly value: string;
    readonly event: AuditEvent;
  };
}

const VALUE = `DefaultEndpointsProtocol=https;AccountName=example;AccountKey=${randomBytes(64).toString('base64')};EndpointSuffix=core.windows.net`;

export async function prepareUse(): Promise<UseMeasurement> {
  const resources = new AsyncDisposableStack();
  const database = resources.use(await testDatabase());
  const owner = connect(database.ownerUrl, { name: 'measurement', maximumConnections: 8 });
  resources.defer(() => owner.destroy());
  const data = connect(database.dataUrl, { name: 'data', maximumConnections: 8 });
  resources.defer(() => data.destroy());

  const instanceId = (await owner.selectFrom('instance').select('id').executeTakeFirstOrThrow()).id;
  const rootKey = localRootKey('measurement', randomBytes(32));
  const signingKey = await openSigningKey(data, instanceId, rootKey);
  const organizationId = uuidv7();
  const keyId = await makeOrganizationKey({ db: data, instanceId, rootKey, signingKey }, organizationId);
  const row = await owner
    .selectFrom('organization_key')
    .innerJoin('organization_private_key', 'organization_private_key.id', 'organization_key.id')
    .select(['public_key', 'generation', 'wrapped'])
    .where('organization_key.id', '=', keyId)
    .executeTakeFirstOrThrow();

  const sealing = generateKeyPairSync('ed25519');
  const statement = { instanceId, organizationId, keyId, generation: row.generation, publicKey: row.public_key };
  const key = await verifySealingKey(
    {
      ...statement,
      publicKey: toBase64url(row.public_key),
      signature: toBase64url(sign(null, sealingKeyStatement(statement), sealing.privateKey)),
      signingKey: toBase64url(sealing.publicKey.export({ format: 'der', type: 'spki' }).subarray(-32)),
    },
    { organizationId },
  );
  const envelope = await seal(key, { secretId: uuidv7(), kind: 'secret-value', value: VALUE });
  const sealed = Buffer.from(fromBase64url(envelope.sealed));
  const control = connect(database.controlUrl, { name: 'control', maximumConnections: 1 });
  resources.defer(() => control.destroy());
  const componentId = await insertComponent(control, { organizationId, keyId, envelope, sealed });

  const recordDb = connectForRecord(database.dataUrl);
  resources.defer(() => recordDb.destroy());
  const home = await mkdtemp(join(tmpdir(), 'holdfast-measurement-'));
  resources.defer(() => rm(home, { recursive: true, force: true }));
  const logger = createLogger({ name: 'measurement', level: 'silent' });
  const clock = createInstanceClock(data);
  resources.defer(() => clock.stop());
  const follower = createRecordFollower({ db: data, instanceId, signingKey, folder: recordFolder(home), logger });
  const dependencies = {
    db: data,
    queue: { send: async () => undefined },
    instanceId,
    keys: createOpeningKeys(data, instanceId, rootKey),
    record: createUseRecord(recordDb, undefined, follower),
    refusals: createKnownRefusals(),
    follower,
    clock,
    egress: createEgress(createAllowList([])),
    logger,
    connectors: new Map([[CONNECTOR.type.type, CONNECTOR]]),
    evaluator: createEvaluator(),
  };
  const occasion: UseOccasion = {
    organizationId,
    actor: { kind: 'member', id: uuidv7(), name: 'Ada Lovelace' },
    context: { project: 'Invoices', workflow: 'Publish', run: uuidv7(), component: 'Archive' },
  };

  const saved: SavedComponent = {
    organizationId,
    componentId,
    load: () => loadBoundComponent(data, organizationId, componentId),
    occasionOf: () => occasion,
  };
  const target = { kind: 'secret', id: envelope.secretId, name: 'STORE', versionId: envelope.versionId };
  const event: AuditEvent = { action: 'secret.use', outcome: 'intent', actor: occasion.actor, context: occasion.context, target };
  return {
    async use() {
      const opened = await openSavedComponent(dependencies, saved);
      if (opened === undefined) throw new Error('The component is not there.');
      await opened.use.close('success');
    },
    facts: { databaseUrl: database.ownerUrl, organizationId, versionId: envelope.versionId, keyId, value: VALUE, event },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

const CONNECTOR: Connector = {
  role: 'publisher',
  type: {
    type: 'measured',
    role: 'publisher',
    title: 'Measured',
    description: 'Sends nothing.',
    schema: {
      type: 'object',
      additionalProperties: false,
      required: ['connectionString'],
      properties: { connectionString: { type: 'string', title: 'Connection String', 'x-secret': true } },
    },
  },
  destinations: () => ['https://example.blob.core.windows.net:443'],
  check: async () => 'Nothing was tried.',
  publish: async () => ({ outcome: 'unchanged', publishedAs: '' }),
};

async function insertComponent(
  control: ReturnType<typeof connect>,
  facts: { organizationId: string; keyId: string; envelope: { secretId: string; versionId: string }; sealed: Buffer },
): Promise<string> {
  const { organizationId: organization_id, keyId: key_id, envelope, sealed } = facts;
  const created_by = { kind: 'member' as const, id: null, name: 'Ada Lovelace' };
  const [project_id, component_id] = [uuidv7(), uuidv7()];
  await transaction(control, async (tx) => {
    await tx.insertInto('project').values({ organization_id, id: project_id, name: 'Invoices', created_by }).execute();
    await tx
      .insertInto('component')
      .values({
        organization_id,
        id: component_id,
        project_id,
        name: 'Archive',
        type: CONNECTOR.type.type,
        configuration: '{}',
        created_by,
        updated_by: created_by,
      })
      .execute();
    await tx.insertInto('secret').values({ organization_id, id: envelope.secretId, name: 'STORE', created_by }).execute();
    await tx
      .insertInto('secret_version')
      .values({ organization_id, secret_id: envelope.secretId, id: envelope.versionId, key_id, state: 'current', created_by })
      .execute();
    await tx.insertInto('sealed_value').values({ organization_id, version_id: envelope.versionId, sealed }).execute();
    await tx
      .insertInto('binding')
      .values({
        organization_id,
        id: uuidv7(),
        consumer_id: component_id,
        option: 'connectionString',
        secret_id: envelope.secretId,
        secret_name: 'STORE',
      })
      .execute();
    const ciphertextHash = createHash('sha256').update(sealed).digest('base64url');
    await appendAudit(tx, organization_id, [
      {
        action: 'secret.create',
        actor: created_by,
        outcome: 'success',
        target: { kind: 'secret', id: envelope.secretId, name: 'STORE', versionId: envelope.versionId },
        commitment: { versionId: envelope.versionId, ciphertextHash },
        definitions: [
          ...(await secretDefinitions(tx, organization_id, [envelope.secretId])),
          ...(await componentDefinitions(tx, organization_id, [component_id])),
        ],
      },
    ]);
  });
  return component_id;
}
