import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, beforeEach } from 'node:test';
import { type AuditEvent, canonicalBody } from '@holdfast/audit';
import { appendAudit, type DatabaseConnection, transaction } from '@holdfast/db';
import { sql } from 'kysely';
import {
  ACTOR,
  type SecretChanges,
  type TestInstance,
  type TestOrganization,
  type TestSecret,
  testComponent,
  testInstance,
  testOrganization,
  testSecret,
} from './instance.ts';
import { type RecordingService, recordingService } from './recording-service.ts';
import { finishedRun, startTestRun } from './runs.ts';

/**
 * What the tests attack: one instance a file, and for each test an organization whose component publishes
 * with a secret.
 */
export let instance: TestInstance;
export let service: RecordingService;
export let organization: TestOrganization;
export let secret: TestSecret;
export let componentId: string;

const DOCUMENT = [{ name: 'a.txt', bytes: Buffer.from('one') }];

/** To be called once in each test file: several of them may share a process, and this module. */
export function attackSecrets(): void {
  before(async () => {
    instance = await testInstance();
    service = await recordingService();
  });
  after(async () => {
    await service?.[Symbol.asyncDispose]();
    await instance?.[Symbol.asyncDispose]();
  });
  beforeEach(anotherOrganization);
}

/** From now on everything is of an organization of its own. */
export async function anotherOrganization(): Promise<void> {
  organization = await testOrganization(instance);
  await useSecret('STORE');
  service.requests.length = 0;
}

/** From now on the component publishes with another secret. */
export async function useSecret(name: string, changes: SecretChanges = {}): Promise<void> {
  secret = await testSecret(instance, organization, name, service.connectionString, changes);
  componentId = await testComponent(instance, organization, { container: 'docs' }, { connectionString: secret });
}

/** Uses the secret in a run, and answers how that ended: `succeeded`, or the code of its failure. */
export async function use(): Promise<string> {
  const { status, failure } = await finishedRun(instance, await startTestRun(instance, organization, [componentId], DOCUMENT));
  return status === 'succeeded' ? status : ((failure as { code: string } | null)?.code ?? status);
}

export async function assertRefused(code: string): Promise<void> {
  service.requests.length = 0;
  assert.equal(await use(), code);
  assert.deepEqual(service.requests, [], 'Something was sent.');
}

export async function headOf(): Promise<number> {
  const heads = instance.owner.selectFrom('audit_head').select('sequence').where('organization_id', '=', organization.id);
  return (await heads.executeTakeFirstOrThrow()).sequence;
}

export const recordEvent = (by: DatabaseConnection, event: Omit<AuditEvent, 'actor' | 'outcome'>) =>
  transaction(by, (tx) => appendAudit(tx, organization.id, [{ outcome: 'success', actor: JSON.parse(ACTOR), ...event }]));

/** As the owner of the tables, who can write an entry that names any recorder. */
export async function forgeEntry(recordedBy: string, event: Omit<AuditEvent, 'actor' | 'outcome'>): Promise<void> {
  const body = canonicalBody({ outcome: 'success', actor: JSON.parse(ACTOR), ...event });
  const sequence = (await headOf()) + 1;
  await instance.owner.updateTable('audit_head').set({ sequence }).where('organization_id', '=', organization.id).execute();
  await instance.owner
    .insertInto('audit_event')
    .values({ organization_id: organization.id, sequence, time: new Date(), recorded_by: recordedBy, body })
    .execute();
}

export const hashOf = (bytes: Buffer) => createHash('sha256').update(bytes).digest('base64url');

/** The owner of the tables takes the triggers off; nothing in the database can keep them from it. */
export async function asTamperer(work: () => Promise<unknown>): Promise<void> {
  await sql`alter table audit_event disable trigger user`.execute(instance.owner);
  await work();
  await sql`alter table audit_event enable trigger user`.execute(instance.owner);
}

/** Deletes the newest entries and sets the head back, as if they had never been. */
export async function cutEntries(count: number): Promise<number> {
  const left = (await headOf()) - count;
  await asTamperer(() =>
    instance.owner.deleteFrom('audit_event').where('organization_id', '=', organization.id).where('sequence', '>', left).execute(),
  );
  await instance.owner.updateTable('audit_head').set({ sequence: left }).where('organization_id', '=', organization.id).execute();
  return left;
}
