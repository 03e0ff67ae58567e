import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { deleteRows, transaction } from '@holdfast/db';
import { uuidv7 } from '@holdfast/envelope';
import { sql } from 'kysely';
import { eventually } from '../../../tests/harness/eventually.ts';
import {
  recordDefinitions,
  type SecretChanges,
  stateDefinitions,
  type TestInstance,
  type TestOrganization,
  testComponent,
  testInstance,
  testOrganization,
  testSecret,
} from '../../testing/instance.ts';
import { type RecordingService, recordingService } from '../../testing/recording-service.ts';
import { auditOf, finishedRun, itemsOf, logOf, startTestRun } from '../../testing/runs.ts';

let instance: TestInstance;
let organization: TestOrganization;
let service: RecordingService;
let names = 0;
const DOCUMENT = [{ name: 'a.txt', bytes: Buffer.from('one') }];

before(async () => {
  instance = await testInstance();
  organization = await testOrganization(instance);
});
after(() => instance?.[Symbol.asyncDispose]());
beforeEach(async () => {
  await service?.[Symbol.asyncDispose]();
  service = await recordingService();
});
after(() => service?.[Symbol.asyncDispose]());

const nextName = () => `SECRET_${++names}`;

async function publisherWith(changes: SecretChanges = {}, value = service.connectionString) {
  const secret = await testSecret(instance, organization, nextName(), value, changes);
  const componentId = await testComponent(instance, organization, { container: 'docs' }, { connectionString: secret });
  return { secret, componentId };
}

async function run(componentId: string, startedIn: TestOrganization = organization) {
  const runId = await startTestRun(instance, startedIn, [componentId], DOCUMENT);
  const { status, failure } = await finishedRun(instance, runId);
  const events = (await auditOf(instance, startedIn)).filter((event) => event.context?.run === runId);
  const uses = events.filter((event) => event.action.startsWith('secret.')).map((event) => `${event.action} ${event.outcome}`);
  return { runId, status, failure: failure as { code: string; detail: string; remedy: string; secretName: string | null } | null, uses };
}

function refusedBeforeAnything(result: Awaited<ReturnType<typeof run>>, code: string): void {
  assert.equal(result.status, 'failed');
  assert.equal(result.failure?.code, code, JSON.stringify(result.failure));
  assert.deepEqual(service.requests, []);
  assert.ok(!result.uses.includes('secret.use-outcome success'));
}

describe('a use', { concurrency: false }, () => {
  it('reaches the service when all is well', async () => {
    const { componentId } = await publisherWith();
    const result = await run(componentId);
    assert.equal(result.status, 'succeeded', JSON.stringify(result.failure));
    assert.deepEqual(result.uses, ['secret.use intent', 'secret.use-outcome success']);
    assert.deepEqual(service.requests, ['PUT /store1/docs/a.txt']);
  });

  it('of which the sealed bytes vanish beside the record is refused, and what was announced of it has an outcome', async () => {
    const { secret, componentId } = await publisherWith();
    assert.equal((await run(componentId)).status, 'succeeded');
    service.requests.length = 0;
    await instance.owner.deleteFrom('sealed_value').where('version_id', '=', secret.versionId).execute();
    // The second time the component is as it was read before, without the bytes: the intent comes first.
    for (const uses of [['secret.use refused'], ['secret.use intent', 'secret.use-outcome refused']]) {
      const result = await run(componentId);
      refusedBeforeAnything(result, 'envelope_refused');
      assert.match(result.failure?.detail ?? '', /The sealed value is gone from the database/);
      assert.deepEqual(result.uses, uses);
    }
  });

  it('works with the own value of a component', async () => {
    const id = uuidv7();
    await testComponent(instance, organization, { container: 'docs' }, {}, id);
    const own = await testSecret(instance, organization, 'own', service.connectionString, { componentId: id });
    await testComponent(instance, organization, {}, { connectionString: own }, id);
    assert.equal((await run(id)).status, 'succeeded');
  });

  it('of a deleted secret fails before anything is sent, and names the secret and the place to put it right', async () => {
    const { secret, componentId } = await publisherWith();
    await deleteRows(instance.control, 'secret', organization.id, [secret.id]);
    const result = await run(componentId);
    refusedBeforeAnything(result, 'secret_missing');
    assert.match(result.failure?.detail ?? '', new RegExp(`The secret “${secret.name}” does not exist`));
    assert.match(result.failure?.remedy ?? '', /open the component “Publisher/);
    assert.equal(result.failure?.secretName, secret.name);
    assert.deepEqual(result.uses, ['secret.use refused']);
  });

  it('does not take a new secret of the same name', async () => {
    const { secret, componentId } = await publisherWith();
    await deleteRows(instance.control, 'secret', organization.id, [secret.id]);
    await testSecret(instance, organization, secret.name ?? '', service.connectionString);
    refusedBeforeAnything(await run(componentId), 'secret_missing');
  });

  it('of an expired secret fails before anything is sent', async () => {
    const { componentId } = await publisherWith({ expiresAt: new Date(Date.now() - 1_000) });
    refusedBeforeAnything(await run(componentId), 'secret_expired');
  });

  it('by a project outside of the scope fails before anything is sent', async () => {
    const { secret, componentId } = await publisherWith({ allProjects: false });
    refusedBeforeAnything(await run(componentId), 'secret_out_of_scope');
    await instance.control
      .insertInto('secret_scope')
      .values({ organization_id: organization.id, secret_id: secret.id, project_id: organization.projectId })
      .execute();
    refusedBeforeAnything(await run(componentId), 'definition_refused');
    await recordDefinitions(instance, organization, { secretId: secret.id });
    assert.equal((await run(componentId)).status, 'succeeded');
  });

  it('of a secret that was narrowed since its last use is refused before an intent', async () => {
    const { secret, componentId } = await publisherWith();
    assert.equal((await run(componentId)).status, 'succeeded');
    service.requests.length = 0;
    await instance.control.updateTable('secret').set({ all_projects: false }).where('id', '=', secret.id).execute();
    await recordDefinitions(instance, organization, { secretId: secret.id });
    const result = await run(componentId);
    refusedBeforeAnything(result, 'secret_out_of_scope');
    assert.deepEqual(result.uses, ['secret.use refused']);
  });

  it('by a component that got another name since its last use is recorded under that name', async () => {
    const { componentId } = await publisherWith();
    assert.equal((await run(componentId)).status, 'succeeded');
    await instance.control.updateTable('component').set({ name: 'Renamed' }).where('id', '=', componentId).execute();
    const { runId } = await run(componentId);
    const events = (await auditOf(instance, organization)).filter(
      ({ context }) => context?.run === runId && context.component !== undefined,
    );
    assert.deepEqual(new Set(events.map(({ context }) => context?.component)), new Set(['Renamed']));
  });

  it('without a value for a required option fails before anything is sent', async () => {
    const componentId = await testComponent(instance, organization, { container: 'docs' }, {});
    const result = await run(componentId);
    refusedBeforeAnything(result, 'secret_missing');
    assert.match(result.failure?.detail ?? '', /“Connection String” of the component/);
  });

  it('of a component whose options do not fit its type fails before anything is opened, with the words of the form', async () => {
    const secret = await testSecret(instance, organization, nextName(), service.connectionString);
    const result = await run(await testComponent(instance, organization, { container: 'NO SUCH NAME' }, { connectionString: secret }));
    refusedBeforeAnything(result, 'option_invalid');
    assert.match(result.failure?.detail ?? '', /“Container” of the component .*: Use lower-case letters, digits and single hyphens/);
    assert.deepEqual(result.uses, ['secret.use refused']);
  });

  it('of a value that is sealed for another destination sends nothing', async () => {
    const { componentId } = await publisherWith({ destinations: ['https://acme.blob.core.windows.net:443'] });
    const result = await run(componentId);
    refusedBeforeAnything(result, 'destination_refused');
    assert.deepEqual(result.uses, ['secret.use intent', 'secret.use-outcome refused']);
  });

  it('of a component that is saved again and again meanwhile is made with what it then is, and refused by nobody', async () => {
    const { componentId } = await publisherWith();
    const stop = new AbortController();
    const saving = (async () => {
      for (let round = 0; !stop.signal.aborted; round++) {
        await transaction(instance.control, async (tx) => {
          await tx
            .updateTable('component')
            .set({ configuration: JSON.stringify({ container: `docs${round % 2}` }), revision: round + 2 })
            .where('id', '=', componentId)
            .execute();
          await stateDefinitions(tx, organization, { componentId });
        });
        await sleep(15);
      }
    })();
    try {
      for (let round = 0; round < 10; round++) {
        const { status, failure } = await run(componentId);
        assert.equal(status, 'succeeded', JSON.stringify(failure));
      }
    } finally {
      stop.abort();
      await saving;
    }
  });

  it('is narrowed by the database, and never widened', async () => {
    const narrowed = await publisherWith({ narrowedTo: ['https://elsewhere.example:443'] });
    refusedBeforeAnything(await run(narrowed.componentId), 'destination_refused');
    const here = `http://127.0.0.1:${service.port}`;
    const widened = await publisherWith({ destinations: ['https://acme.blob.core.windows.net:443'], narrowedTo: [here] });
    refusedBeforeAnything(await run(widened.componentId), 'destination_refused');
  });

  it('of a ciphertext that was moved to another secret is refused', async () => {
    const first = await publisherWith();
    const second = await publisherWith();
    await sql`update sealed_value set sealed = (select sealed from sealed_value where version_id = ${first.secret.versionId}) where version_id = ${second.secret.versionId}`.execute(
      instance.owner,
    );
    const result = await run(second.componentId);
    refusedBeforeAnything(result, 'envelope_refused');
    assert.deepEqual(result.uses, ['secret.use intent', 'secret.use-outcome refused']);
  });

  it('of a ciphertext that the record does not know is refused, although it would open', async () => {
    const { componentId } = await publisherWith({ uncommitted: true });
    refusedBeforeAnything(await run(componentId), 'envelope_refused');
  });

  it('of a flipped bit is refused', async () => {
    const { secret, componentId } = await publisherWith();
    await sql`update sealed_value set sealed = set_byte(sealed, 1200, get_byte(sealed, 1200) # 1) where version_id = ${secret.versionId}`.execute(
      instance.owner,
    );
    refusedBeforeAnything(await run(componentId), 'envelope_refused');
  });

  it("of another organization's secret is impossible, also for somebody who writes the database", async () => {
    const other = await testOrganization(instance);
    const { secret } = await publisherWith();
    const foreign = await testComponent(instance, other, { container: 'docs' }, {});
    await assert.rejects(
      instance.control
        .insertInto('binding')
        .values({
          organization_id: other.id,
          id: uuidv7(),
          consumer_id: foreign,
          option: 'connectionString',
          secret_id: secret.id,
          secret_name: secret.name,
        })
        .execute(),
      /foreign key/,
    );
  });

  it('of the own value of another component is refused', async () => {
    const id = await testComponent(instance, organization, { container: 'docs' }, {});
    const own = await testSecret(instance, organization, 'own', service.connectionString, { componentId: id });
    const thief = await testComponent(instance, organization, { container: 'docs' }, { connectionString: own });
    refusedBeforeAnything(await run(thief), 'secret_missing');
  });

  it('is on the record before the first request leaves', async () => {
    const { componentId } = await publisherWith();
    const seen: string[] = [];
    service.onRequest = async () => {
      seen.push((await auditOf(instance, organization)).at(-1)?.action);
    };
    await run(componentId);
    assert.equal(seen[0], 'secret.use');
  });

  it('does not happen when it cannot be recorded, and happens when the record is back', async () => {
    const { componentId } = await publisherWith();
    await sql`revoke execute on function append_audit from holdfast_data`.execute(instance.owner);
    let runId: string;
    try {
      runId = await startTestRun(instance, organization, [componentId], DOCUMENT);
      await eventually('the run to be taken', async () => (await logOf(instance, runId)).length > 0);
      await new Promise((resolve) => setTimeout(resolve, 500));
      assert.deepEqual(service.requests, []);
      assert.deepEqual(
        (await itemsOf(instance, runId)).map((item) => [item.status, item.attempts]),
        [['waiting', 0]],
      );
    } finally {
      await sql`grant execute on function append_audit to holdfast_data`.execute(instance.owner);
    }
    assert.equal((await finishedRun(instance, runId)).status, 'succeeded');
  });
});

describe('testing a component', { concurrency: false }, () => {
  async function tryOut(componentId: string) {
    const id = uuidv7();
    const { transaction } = await import('@holdfast/db');
    const { ACTOR } = await import('../../testing/instance.ts');
    await transaction(instance.control, async (tx) => {
      await tx
        .insertInto('component_test')
        .values({ organization_id: organization.id, id, component_id: componentId, requested_by: ACTOR })
        .execute();
      await instance.queue.send(tx, 'component-test', { organizationId: organization.id, testId: id });
    });
    return eventually(
      'the answer',
      async () =>
        (await instance.control.selectFrom('component_test').select('answer').where('id', '=', id).executeTakeFirstOrThrow()).answer ??
        false,
    );
  }

  it('answers with what is wrong, without the value, and records the use', async () => {
    service.onRequest = () => {};
    const { componentId } = await publisherWith();
    service.hasContainer = false;
    const answer = await tryOut(componentId).finally(() => {
      service.hasContainer = true;
    });
    assert.equal(answer.passed, false);
    assert.equal(answer.failure?.code, 'upstream_not_found');
    assert.ok(!JSON.stringify(answer).includes('AccountKey'));
    const last = (await auditOf(instance, organization)).at(-1);
    assert.equal(last?.action, 'secret.use-outcome');
    assert.equal(last?.context.test, 'true');
  });

  it('says that the secret is missing without asking anybody', async () => {
    const { secret, componentId } = await publisherWith();
    await deleteRows(instance.control, 'secret', organization.id, [secret.id]);
    const answer = await tryOut(componentId);
    assert.equal(answer.failure?.code, 'secret_missing');
    assert.deepEqual(service.requests, []);
  });

  it('says that nothing answers within a second, because it tries once', async () => {
    const { componentId } = await publisherWith({}, service.connectionString.replace(`:${service.port}/`, ':9/'));
    const answer = await tryOut(componentId);
    assert.match(answer.detail, /Nothing answers at 127\.0\.0\.1:9/);
    assert.ok(answer.milliseconds < 1_000);
  });

  it('says that a value is no connection string, and what is missing in it', async () => {
    const { componentId } = await publisherWith({}, 'AccountName=acme;DefaultEndpointsProtocol=https');
    const answer = await tryOut(componentId);
    assert.equal(answer.failure?.code, 'option_invalid');
    assert.match(answer.detail, /has no AccountKey/);
  });
});
