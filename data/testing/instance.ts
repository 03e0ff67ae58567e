import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  appendAudit,
  componentDefinitions,
  connect,
  createQueue,
  type DatabaseConnection,
  type Queue,
  secretDefinitions,
  type Tx,
  transaction,
} from '@holdfast/db';
import { testDatabase } from '@holdfast/db/testing';
import { toBase64url, uuidv7 } from '@holdfast/envelope';
import { seal, type VerifiedSealingKey, verifySealingKey } from '@holdfast/seal';
import { createLogger } from '@holdfast/service';
import { eventually } from '../../tests/harness/eventually.ts';
import { type DataPlane, type Replacements, startDataPlane } from '../app.ts';
import type { DataSettings } from '../config.ts';
import { parseAllowList } from './allow-list.ts';

/**
 * A data plane over a database of its own, and the control plane's role in that database to ask things of it.
 */
export interface TestInstance extends AsyncDisposable {
  readonly settings: DataSettings;
  /** As holdfast_control. */
  readonly control: DatabaseConnection;
  /** As the owner of the tables: for looking, and for tampering. */
  readonly owner: DatabaseConnection;
  readonly queue: Queue;
  plane: DataPlane;
  /** One more connection under a plane's role; the caller ends it. */
  connectAs(plane: 'control' | 'data'): DatabaseConnection;
  /** Starts the plane again after `plane.close()`. */
  restart(): Promise<void>;
}

/** Quick, so that tests of repeated failures do not take long. */
export const QUICK_RETRY = { attempts: 5, firstDelayMilliseconds: 20, maximumDelayMilliseconds: 100 };

export async function testInstance(changes: Partial<DataSettings> = {}, replacements: Replacements = {}): Promise<TestInstance> {
  const database = await testDatabase();
  const home = await mkdtemp(join(tmpdir(), 'holdfast-data-'));
  const settings: DataSettings = {
    databaseUrl: database.dataUrl,
    listen: { host: '127.0.0.1', port: 0 },
    allowedHosts: [],
    trustedProxies: [],
    smtp: undefined,
    rootKeyFile: join(home, 'keys/root.key'),
    recordFolder: join(home, 'data/record'),
    egressAllow: parseAllowList('127.0.0.0/8'),
    egressLimits: { requestMilliseconds: 60_000, bytesPerSecond: 1_024 },
    runSlots: 4,
    runsOfOrganization: 100,
    runMaximumHours: 24,
    diskReserve: { bytes: 0 },
    documentBucket: undefined,
    documentRetentionDays: 30,
    sourceFolders: [],
    documentLimits: { documentMaximumBytes: 1024 ** 3, documentQuotaBytes: 10 * 1024 ** 3 },
    metrics: false,
    logLevel: 'silent',
    ...changes,
  };
  const control = connect(database.controlUrl, { name: 'test-control', maximumConnections: 4 });
  const owner = connect(database.ownerUrl, { name: 'test-owner', maximumConnections: 2 });
  const queue = createQueue(database.controlUrl, { name: 'test' });
  await queue.start();
  const start = () =>
    startDataPlane(settings, { retry: QUICK_RETRY, logger: createLogger({ name: 'data', level: settings.logLevel }), ...replacements });
  const instance: TestInstance = {
    settings,
    control,
    owner,
    queue,
    plane: await start(),
    connectAs: (plane) => connect(plane === 'control' ? database.controlUrl : database.dataUrl, { name: 'test', maximumConnections: 1 }),
    async restart() {
      instance.plane = await start();
    },
    async [Symbol.asyncDispose]() {
      await instance.plane.close();
      await queue.stop();
      await control.destroy();
      await owner.destroy();
      await database[Symbol.asyncDispose]();
      await rm(home, { recursive: true, force: true });
    },
  };
  return instance;
}

export interface TestOrganization {
  readonly id: string;
  readonly slug: string;
  readonly projectId: string;
  readonly key: VerifiedSealingKey;
}

export const ACTOR = JSON.stringify({ kind: 'member', id: '0199aaaa-0000-7000-8000-000000000001', name: 'Ada Example' });

/** An organization with its key, made by the data plane, and one project. */
export async function testOrganization(
  { owner, control, queue }: TestInstance,
  slug = `org-${randomBytes(4).toString('hex')}`,
): Promise<TestOrganization> {
  const id = uuidv7();
  await owner.insertInto('auth.organization').values({ id, name: slug, slug, createdAt: new Date() }).execute();
  await transaction(control, (tx) => queue.send(tx, 'organization-key', { organizationId: id }));
  const key = await eventually('the organization key', () => currentSealingKey({ control }, id));
  const projectId = uuidv7();
  await control.insertInto('project').values({ organization_id: id, id: projectId, name: 'Filing', created_by: ACTOR }).execute();
  return { id, slug, projectId, key };
}

/**
 * The key that new values of an organization are sealed for, checked as clients do; `undefined` while it is
 * not made yet.
 */
export async function currentSealingKey(
  { control }: Pick<TestInstance, 'control'>,
  organizationId: string,
): Promise<VerifiedSealingKey | undefined> {
  const row = await control
    .selectFrom('organization_key')
    .innerJoin('signing_key', 'signing_key.id', 'organization_key.signing_key_id')
    .select(['organization_key.id', 'generation', 'organization_key.public_key', 'signature', 'signing_key.public_key as signing_key'])
    .where('organization_id', '=', organizationId)
    .where('organization_key.current', '=', true)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const { id: instanceId } = await control.selectFrom('instance').select('id').executeTakeFirstOrThrow();
  return verifySealingKey(
    {
      instanceId,
      organizationId,
      keyId: row.id,
      generation: row.generation,
      publicKey: toBase64url(row.public_key),
      signature: toBase64url(row.signature),
      signingKey: toBase64url(row.signing_key),
    },
    { organizationId },
  );
}

export interface SecretChanges {
  readonly destinations?: readonly string[];
  readonly narrowedTo?: string[];
  readonly expiresAt?: Date;
  readonly allProjects?: boolean;
  /** Makes it the component's own value. */
  readonly componentId?: string;
  /** Leaves the event that commits to the ciphertext out. */
  readonly uncommitted?: boolean;
}

export interface TestSecret {
  readonly id: string;
  readonly versionId: string;
  readonly name: string | null;
}

/** Stores a sealed value as the control plane does, with the event that commits to it. */
export async function testSecret(
  { control }: TestInstance,
  organization: TestOrganization,
  name: string,
  value: string,
  changes: SecretChanges = {},
): Promise<TestSecret> {
  const own = changes.componentId !== undefined;
  const envelope = await seal(organization.key, {
    secretId: uuidv7(),
    kind: own ? 'component-value' : 'secret-value',
    value,
    ...(changes.destinations !== undefined && { destinations: changes.destinations }),
  });
  const sealed = Buffer.from(envelope.sealed, 'base64url');
  const { secretId: id, versionId, keyId } = envelope;
  await transaction(control, async (tx) => {
    await tx
      .insertInto('secret')
      .values({
        organization_id: organization.id,
        id,
        name: own ? null : name,
        component_id: changes.componentId ?? null,
        created_by: ACTOR,
        expires_at: changes.expiresAt ?? null,
        all_projects: changes.allProjects ?? true,
        destinations: changes.narrowedTo ?? [],
      })
      .execute();
    await tx
      .insertInto('secret_version')
      .values({ organization_id: organization.id, secret_id: id, id: versionId, key_id: keyId, state: 'current', created_by: ACTOR })
      .execute();
    await tx.insertInto('sealed_value').values({ organization_id: organization.id, version_id: versionId, sealed }).execute();
    if (changes.uncommitted) return;
    await appendAudit(tx, organization.id, [
      {
        action: 'secret.create',
        actor: JSON.parse(ACTOR),
        outcome: 'success',
        target: { kind: 'secret', id, name, versionId },
        commitment: { versionId, ciphertextHash: createHash('sha256').update(sealed).digest('base64url') },
        definitions: await secretDefinitions(tx, organization.id, [id]),
      },
    ]);
  });
  return { id, versionId, name: own ? null : name };
}

/** @param bindings by option; by the option and a name in its text, with a space between. */
export async function testComponent(
  { control }: TestInstance,
  organization: TestOrganization,
  configuration: Record<string, unknown>,
  bindings: Record<string, TestSecret>,
  id: string = uuidv7(),
  type = 'azure-blob-publisher',
): Promise<string> {
  await control
    .insertInto('component')
    .values({
      organization_id: organization.id,
      id,
      project_id: organization.projectId,
      name: `Publisher ${id.slice(-6)}`,
      type,
      configuration: JSON.stringify(configuration),
      created_by: ACTOR,
      updated_by: ACTOR,
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  for (const [place, secret] of Object.entries(bindings)) {
    const [option = '', reference = ''] = place.split(' ');
    await control
      .insertInto('binding')
      .values({
        organization_id: organization.id,
        id: uuidv7(),
        consumer_id: id,
        option,
        reference,
        secret_id: secret.id,
        secret_name: secret.name,
      })
      .execute();
  }
  await recordDefinitions({ control }, organization, { componentId: id });
  return id;
}

type Changed = { readonly componentId: string } | { readonly secretId: string };

/**
 * Records what a test changed in the database by hand, as the control plane does with what it changes itself.
 */
export async function recordDefinitions(
  { control }: Pick<TestInstance, 'control'>,
  organization: TestOrganization,
  changed: Changed,
): Promise<void> {
  await transaction(control, (tx) => stateDefinitions(tx, organization, changed));
}

/** The same, in the transaction of the change. */
export async function stateDefinitions(tx: Tx, organization: TestOrganization, changed: Changed): Promise<void> {
  const [action, kind, id, definitions] =
    'secretId' in changed
      ? (['secret.update', 'secret', changed.secretId, await secretDefinitions(tx, organization.id, [changed.secretId])] as const)
      : ([
          'component.update',
          'component',
          changed.componentId,
          await componentDefinitions(tx, organization.id, [changed.componentId]),
        ] as const);
  await appendAudit(tx, organization.id, [
    { action, actor: JSON.parse(ACTOR), outcome: 'success', target: { kind, id, name: 'changed' }, definitions },
  ]);
}
