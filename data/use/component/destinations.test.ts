// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is what a reference to a secret looks like.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import type { AuditAction } from '@holdfast/audit';
import { appendAudit, deleteRows, transaction } from '@holdfast/db';
import { sql } from 'kysely';
import {
  ACTOR,
  recordDefinitions,
  type SecretChanges,
  type TestInstance,
  type TestOrganization,
  type TestSecret,
  testComponent,
  testInstance,
  testOrganization,
  testSecret,
} from '../../testing/instance.ts';
import { type RecordingService, recordingService } from '../../testing/recording-service.ts';
import { auditOf, finishedRun, startTestRun } from '../../testing/runs.ts';

const KEY = Buffer.from('an account key, which names no host').toString('base64');
const DOCUMENT = [{ name: 'a.txt', bytes: Buffer.from('one') }];

let instance: TestInstance;
let organization: TestOrganization;
let service: RecordingService;
let names = 0;
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
  service.onRequest = () => {};
});

const here = () => `http://127.0.0.1:${service.port}`;

/** A component whose text names the host, and whose secret is a key that names none. */
async function publisherWith(changes: SecretChanges = {}, host = `127.0.0.1:${service.port}`) {
  const secret = await testSecret(instance, organization, `KEY_${++names}`, KEY, changes);
  const connectionString = `DefaultEndpointsProtocol=http;AccountName=store1;AccountKey=\${secret.KEY};BlobEndpoint=http://${host}/store1;`;
  const componentId = await testComponent(
    instance,
    organization,
    { container: 'docs', connectionString },
    { 'connectionString KEY': secret },
  );
  return { secret, componentId };
}

async function run(componentId: string) {
  service.requests.length = 0;
  const runId = await startTestRun(instance, organization, [componentId], DOCUMENT);
  const { status, failure } = await finishedRun(instance, runId);
  return { runId, status, failure: failure as { code: string; detail: string; remedy: string } | null };
}

async function refused(componentId: string, code = 'destination_refused') {
  const result = await run(componentId);
  assert.deepEqual([result.status, result.failure?.code, service.requests], ['failed', code, []], JSON.stringify(result.failure));
  return result.failure;
}

async function published(componentId: string): Promise<void> {
  const { status, failure } = await run(componentId);
  assert.equal(status, 'succeeded', JSON.stringify(failure));
  assert.equal(service.requests.length, 1);
}

/** As the control plane does when an admin decides: the event, and the rows that show it. */
async function decide(action: AuditAction & `destination.${string}`, secret: TestSecret, destination = here()): Promise<void> {
  const state = { 'destination.approve': 'approved', 'destination.revoke': 'revoked' }[action as string] ?? 'refused';
  await transaction(instance.control, async (tx) => {
    await sql`insert into secret_destination (organization_id, secret_id, destination, state)
      values (${organization.id}, ${secret.id}, ${destination}, ${state})
      on conflict (organization_id, secret_id, destination) do update set state = excluded.state`.execute(tx);
    await sql`update secret set destination_decisions = destination_decisions + 1 where id = ${secret.id}`.execute(tx);
    await appendAudit(tx, organization.id, [event(action, secret, destination)]);
  });
}

function event(action: AuditAction, secret: TestSecret, destination: string) {
  return {
    action,
    actor: JSON.parse(ACTOR),
    outcome: 'success' as const,
    target: { kind: 'secret', id: secret.id, name: secret.name ?? '' },
    detail: { destination },
  };
}

async function setMode(mode: 'enforce' | 'observe'): Promise<void> {
  const target = { kind: 'organization', id: organization.id, name: organization.slug };
  await transaction(instance.control, (tx) =>
    appendAudit(tx, organization.id, [
      { action: 'organization.set-destination-mode', actor: JSON.parse(ACTOR), outcome: 'success', target, detail: { mode } },
    ]),
  );
}

const rows = () => instance.owner.selectFrom('secret_destination').selectAll().where('organization_id', '=', organization.id).execute();

describe('a destination that no value names', { concurrency: false }, () => {
  it('waits: nothing is sent, the failure says who can approve it and where, and a request stands', async () => {
    const { secret, componentId } = await publisherWith();
    const failure = await refused(componentId);
    assert.equal(failure?.detail, `The secret “${secret.name}” may not be sent to ${here()}; nothing was sent.`);
    assert.equal(failure?.remedy, `An owner or admin can approve it under Destinations: /organizations/${organization.slug}/destinations`);
    const [row, ...more] = await rows();
    assert.deepEqual(
      [row?.secret_id, row?.destination, row?.state, row?.component_id, row?.asked_by?.name, more.length],
      [secret.id, here(), 'requested', componentId, 'Ada Example', 0],
    );
  });

  it('is used at once after an approval, for this secret alone, and refused at once after its revocation', async () => {
    const { secret, componentId } = await publisherWith();
    const other = await publisherWith();
    await refused(componentId);
    await decide('destination.approve', secret);
    await published(componentId);
    await refused(other.componentId);
    await decide('destination.revoke', secret);
    await refused(componentId);
  });

  it('is refused when somebody has refused it', async () => {
    const { secret, componentId } = await publisherWith();
    await decide('destination.approve', secret);
    await decide('destination.refuse', secret);
    await refused(componentId);
  });

  it('stays approved through a new value, and dies with the secret', async () => {
    const { secret, componentId } = await publisherWith();
    await decide('destination.approve', secret);
    const { statements } = await instance.plane.follower.follow(organization.id);
    assert.deepEqual(statements.secrets.get(secret.id)?.approved, [here()]);
    await deleteRows(instance.control, 'secret', organization.id, [secret.id]);
    assert.deepEqual(await rows(), []);
    await testSecret(instance, organization, secret.name ?? '', KEY);
    await refused(componentId, 'secret_missing');
  });

  it('is not approved by a row, no matter who writes it: only the record counts', async () => {
    const { secret, componentId } = await publisherWith();
    await refused(componentId);
    await instance.owner.updateTable('secret_destination').set({ state: 'approved' }).where('secret_id', '=', secret.id).execute();
    await sql`update secret set destination_decisions = 7 where id = ${secret.id}`.execute(instance.owner);
    await refused(componentId);
  });

  it('is not approved by the data plane, and not by a row or setting that its role could write', async () => {
    const { secret } = await publisherWith();
    await using data = instance.connectAs('data');
    const approving = sql`update secret_destination set state = 'approved'`.execute(data);
    await assert.rejects(approving, /permission denied/);
    const setting = sql`insert into destination_setting (organization_id, mode, changed_by) values (${organization.id}, 'observe', '{}')`;
    await assert.rejects(setting.execute(data), /permission denied/);
    await transaction(data, (tx) => appendAudit(tx, organization.id, [event('destination.approve', secret, here())]));
    await assert.rejects(instance.plane.follower.follow(organization.id), { code: 'record_stopped' });
  });

  it('is not approved by an older state of the rows that is put back after the revocation', async () => {
    const { secret, componentId } = await publisherWith();
    await decide('destination.approve', secret);
    await published(componentId);
    const before = await rows();
    const decisions = await sql<{ count: number }>`select destination_decisions as count from secret where id = ${secret.id}`.execute(
      instance.owner,
    );
    await decide('destination.revoke', secret);
    await instance.owner
      .updateTable('secret_destination')
      .set({ state: before[0]?.state ?? 'approved' })
      .where('secret_id', '=', secret.id)
      .execute();
    await sql`update secret set destination_decisions = ${decisions.rows[0]?.count} where id = ${secret.id}`.execute(instance.owner);
    await refused(componentId);
  });

  it('is approved again after a restart from the snapshot, and refused again after one', async () => {
    const { secret, componentId } = await publisherWith();
    await decide('destination.approve', secret);
    await published(componentId);
    await instance.plane.close();
    await instance.restart();
    await published(componentId);
    await instance.plane.close();
    await decide('destination.revoke', secret);
    await instance.restart();
    await refused(componentId);
  });

  it('is none that a value is sealed for: outside of those nobody approves any, and the remedy is a new value', async () => {
    const { secret, componentId } = await publisherWith({ destinations: ['https://api.example.com:443'] });
    await decide('destination.approve', secret);
    const failure = await refused(componentId);
    assert.match(failure?.remedy ?? '', /replace the value and name its destinations again/);
    assert.match(failure?.remedy ?? '', /holdfast secret set \w+ --destination http/);
    assert.deepEqual(
      (await rows()).map(({ state }) => state),
      ['approved'],
    );
    await setMode('observe');
    await refused(componentId);
  });

  it('is narrowed by the secret’s own destinations, also when it was approved, and in observe mode', async () => {
    const { secret, componentId } = await publisherWith({ narrowedTo: ['https://api.example.com:443'] });
    await decide('destination.approve', secret);
    await setMode('observe');
    assert.match((await refused(componentId))?.remedy ?? '', /have an admin add http:\/\/127\.0\.0\.1:\d+ to its destinations/);
  });

  it('needs no approval when an admin has named it among the secret’s own destinations, which the record states', async () => {
    const { secret, componentId } = await publisherWith({ narrowedTo: [here()] });
    await published(componentId);
    await instance.owner
      .updateTable('secret')
      .set({ destinations: [here(), 'https://api.example.com:443'] })
      .where('id', '=', secret.id)
      .execute();
    await refused(componentId, 'definition_refused');
    await recordDefinitions(instance, organization, { secretId: secret.id });
    await published(componentId);
  });

  it('is another one when the editor changes the host afterwards', async () => {
    const { secret, componentId } = await publisherWith();
    await decide('destination.approve', secret);
    await published(componentId);
    const host = `localhost:${service.port}`;
    const configuration = {
      container: 'docs',
      connectionString: `DefaultEndpointsProtocol=http;AccountName=store1;AccountKey=\${secret.KEY};BlobEndpoint=http://${host}/store1;`,
    };
    await instance.control
      .updateTable('component')
      .set({ configuration: JSON.stringify(configuration) })
      .where('id', '=', componentId)
      .execute();
    await recordDefinitions(instance, organization, { componentId });
    assert.match((await refused(componentId))?.detail ?? '', new RegExp(`may not be sent to http://${host};`));
  });

  it('is the same however it is spelled, and another one with a dot at its end', async () => {
    const { secret, componentId } = await publisherWith({}, `LOCALHOST:${service.port}`);
    await decide('destination.approve', secret, `http://localhost:${service.port}`);
    await published(componentId);
    const dotted = await publisherWith({}, `localhost.:${service.port}`);
    await decide('destination.approve', dotted.secret, `http://localhost:${service.port}`);
    await refused(dotted.componentId);
  });

  it('is approved for each secret of one text by itself', async () => {
    const [account, key] = [
      await testSecret(instance, organization, 'ACCOUNT', 'store1'),
      await testSecret(instance, organization, 'KEY', KEY),
    ];
    const text = `DefaultEndpointsProtocol=http;AccountName=\${secret.ACCOUNT};AccountKey=\${secret.KEY};BlobEndpoint=${here()}/store1;`;
    const bindings = { 'connectionString ACCOUNT': account, 'connectionString KEY': key };
    const componentId = await testComponent(instance, organization, { container: 'docs', connectionString: text }, bindings);
    await decide('destination.approve', account);
    assert.match((await refused(componentId))?.detail ?? '', /“KEY” may not be sent/);
    await decide('destination.approve', key);
    await published(componentId);
  });

  it('is refused to the next document of a run that is under way when it is revoked', async () => {
    const { secret, componentId } = await publisherWith();
    await decide('destination.approve', secret);
    let seen = 0;
    service.onRequest = async () => {
      if (++seen === 1) await decide('destination.revoke', secret);
    };
    const documents = Array.from({ length: 40 }, (_, number) => ({ name: `${number}.txt`, bytes: Buffer.from('one') }));
    const { status, failure } = await finishedRun(instance, await startTestRun(instance, organization, [componentId], documents));
    assert.deepEqual([status, (failure as { code: string } | null)?.code], ['failed', 'destination_refused']);
    assert.ok(seen < documents.length, `${seen} documents were sent after the revocation.`);
  });
});

describe('observe mode', { concurrency: false }, () => {
  it('lets a use go on that would be refused, says so on the record before anything is sent, and asks for an approval', async () => {
    const { secret, componentId } = await publisherWith();
    await setMode('observe');
    const seen: unknown[] = [];
    service.onRequest = async () => {
      seen.push(...(await auditOf(instance, organization)).filter(({ action }) => action === 'destination.observe'));
    };
    await published(componentId);
    const [observed] = seen as { target: { id: string }; detail: { destination: string }; context: { component: string } }[];
    assert.deepEqual([observed?.target.id, observed?.detail.destination], [secret.id, here()]);
    assert.deepEqual(
      (await rows()).map(({ state, destination }) => [state, destination]),
      [['requested', here()]],
    );
    await setMode('enforce');
    await refused(componentId);
    await setMode('observe');
    await published(componentId);
    await instance.plane.close();
    await instance.restart();
    await published(componentId);
  });

  it('is what the record says, not what a row says', async () => {
    const { componentId } = await publisherWith();
    await sql`insert into destination_setting (organization_id, mode, changed_by) values (${organization.id}, 'observe', '{}')`.execute(
      instance.owner,
    );
    await refused(componentId);
  });
});
