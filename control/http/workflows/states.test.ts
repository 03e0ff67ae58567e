import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { anEnvelope } from '../../testing/envelopes.ts';
import { type Furnished, furnish } from '../../testing/furnished.ts';
import { type Reply, type TestInstance, type TestMember, testInstance } from '../../testing/instance.ts';

const ELSEWHERE = 'https://acme.blob.core.windows.net:443';

describe('the state of a workflow, in lists and on its page', { concurrency: false }, () => {
  let instance: TestInstance;
  let own: Furnished;
  let editor: TestMember;
  let names = 0;
  before(async () => {
    instance = await testInstance();
    own = await furnish(instance, 'own');
    editor = await instance.addMember(own.organization, 'editor');
  });
  after(() => instance[Symbol.asyncDispose]());

  async function call(
    method: string,
    path: string,
    body?: unknown,
    by: { token: string } = own.organization.owner,
  ): Promise<Reply['json']> {
    const reply = await instance.call(method, `/api/organizations/own${path}`, { token: by.token, body });
    assert.ok(reply.status < 300, reply.text);
    return reply.json;
  }

  async function aSecret(metadata: object = {}): Promise<{ name: string; id: string }> {
    const name = `STATE_${++names}`;
    const envelope = anEnvelope(own.organization.keyId);
    await call('PUT', `/secrets/${name}`, { envelope, ...metadata });
    return { name, id: envelope.secretId };
  }
  const whole = (name: string) => `\${secret.${name}}`;
  const toAcme = (name: string) => `AccountName=acme;AccountKey=\${secret.${name}};EndpointSuffix=core.windows.net`;

  async function aComponent(connectionString: string, by?: TestMember): Promise<string> {
    const body = { name: `Publisher ${++names}`, type: 'azure-blob-publisher', configuration: { connectionString, container: 'docs' } };
    return (await call('POST', `/projects/${own.ids.project}/components`, body, by)).id;
  }
  async function aWorkflow(componentIds: readonly string[], more: object = {}): Promise<string> {
    const steps = componentIds.map((componentId) => ({ componentId }));
    const body = { projectId: own.ids.project, name: `Workflow ${++names}`, source: { kind: 'upload' }, steps, ...more };
    return (await call('POST', '/workflows', body)).id;
  }
  /** The state, why, and that of each step; the same in the list and alone. */
  async function stateOf(id: string) {
    // The text of its file is shown on its own page alone.
    const { yaml, ...alone } = await call('GET', `/workflows/${id}`);
    assert.equal(yaml, null);
    const listed = (await call('GET', '/workflows?limit=200')).items.find((each: { id: string }) => each.id === id);
    assert.deepEqual(listed, alone);
    const steps = alone.steps.map(({ component }: Reply['json']) => [component.state, component.broken, component.failure?.code]);
    return { state: alone.state, code: alone.broken?.code, steps };
  }
  const decide = (decision: string, secretId: string) =>
    call('POST', '/destinations', { decision, items: [{ secretId, destination: ELSEWHERE }], reason: 'As we agreed.' });

  it('is ready, or unpublished while it is a draft alone', async () => {
    assert.deepEqual(await stateOf(await aWorkflow([own.ids.component])), {
      state: 'ready',
      code: undefined,
      steps: [['ok', false, undefined]],
    });
    const draft = await aWorkflow([own.ids.component], { publish: false });
    assert.equal((await stateOf(draft)).state, 'unpublished');
    await call('POST', `/workflows/${draft}/publish`, {});
    assert.equal((await stateOf(draft)).state, 'ready');
  });

  it('is awaiting approval as long as a destination waits; a refusal breaks it, an approval makes it ready', async () => {
    const { name, id } = await aSecret();
    const workflow = await aWorkflow([own.ids.component, await aComponent(toAcme(name), editor)]);
    const waits = ['awaiting-approval', true, 'destination_refused'];
    assert.deepEqual(await stateOf(workflow), {
      state: 'awaiting-approval',
      code: 'destination_refused',
      steps: [['ok', false, undefined], waits],
    });
    await decide('refuse', id);
    assert.equal((await stateOf(workflow)).state, 'broken');
    await decide('approve', id);
    assert.equal((await stateOf(workflow)).state, 'ready');
    await decide('revoke', id);
    assert.deepEqual((await stateOf(workflow)).steps[1], ['broken', true, 'destination_refused']);
  });

  it('says first what is broken, then what waits', async () => {
    const [waiting, gone] = [await aSecret(), await aSecret()];
    const workflow = await aWorkflow([await aComponent(toAcme(waiting.name), editor), await aComponent(whole(gone.name))]);
    await call('DELETE', `/secrets/${gone.name}?confirm=${gone.name}`);
    const { state, code, steps } = await stateOf(workflow);
    assert.deepEqual([state, code], ['broken', 'secret_missing']);
    assert.deepEqual(steps, [
      ['awaiting-approval', true, 'destination_refused'],
      ['broken', true, 'secret_missing'],
    ]);
  });

  it('is broken by a secret that is missing, has expired, or may not be used in the project', async () => {
    const elsewhere = (await call('POST', '/projects', { name: 'Elsewhere' })).id;
    const cases = {
      secret_expired: (name: string) => call('PATCH', `/secrets/${name}`, { expiresAt: '2020-01-01T00:00:00Z' }),
      secret_out_of_scope: (name: string) => call('PATCH', `/secrets/${name}`, { scope: { kind: 'projects', projectIds: [elsewhere] } }),
      secret_missing: (name: string) => call('DELETE', `/secrets/${name}?confirm=${name}`),
    };
    for (const [code, change] of Object.entries(cases)) {
      const { name } = await aSecret();
      const workflow = await aWorkflow([await aComponent(whole(name))]);
      assert.equal((await stateOf(workflow)).state, 'ready');
      await change(name);
      assert.deepEqual(await stateOf(workflow), { state: 'broken', code, steps: [['broken', true, code]] });
    }
  });
});
