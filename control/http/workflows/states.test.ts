import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { uuidv7 } from '@holdfast/envelope';
import { sql } from 'kysely';
import { anEnvelope } from '../../testing/envelopes.ts';
import { createFixtures, type Fixtures } from '../../testing/fixtures.ts';
import { type Reply, type TestInstance, type TestMember, testInstance } from '../../testing/instance.ts';

const ELSEWHERE = 'https://acme.blob.core.windows.net:443';

describe('the state of a workflow, in lists and on its page', { concurrency: false }, () => {
  let instance: TestInstance;
  let own: Fixtures;
  let editor: TestMember;
  let names = 0;
  before(async () => {
    instance = await testInstance();
    own = await createFixtures(instance, 'own');
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

  /** A data plane that offers folders to the organization `own`, seen by now or long ago. */
  async function aDataPlane(folders: readonly string[], { away = false } = {}): Promise<void> {
    const id = uuidv7();
    await sql`
      insert into node (id, plane, incarnation, host, process_id, version, seen_at)
      values (${id}, 'data', ${id}, 'test', 1, '0', now() + ${away ? '-1 day' : '14 seconds'}::interval)`.execute(instance.db);
    for (const name of folders)
      await sql`insert into source_folder (organization_slug, name, node_id) values ('own', ${name}, ${id})`.execute(instance.db);
  }
  const reading = (...folders: string[]) => ({ sources: folders.map((folder) => ({ kind: 'folder', folder })), source: undefined });
  const inboxAway = { state: 'broken', code: 'data_plane_unavailable', steps: [['ok', false, undefined]] };

  it('is broken while no data plane that runs has its folders, each and all together', async () => {
    await aDataPlane(['inbox', 'scans'], { away: true });
    const inbox = await aWorkflow([own.ids.component], reading('inbox'));
    const both = await aWorkflow([own.ids.component], reading('inbox', 'scans'));
    assert.deepEqual(await stateOf(inbox), inboxAway);
    assert.match((await call('GET', `/workflows/${inbox}`)).broken.detail, /No data plane that runs now has the folder “inbox”/);
    await aDataPlane(['inbox']);
    assert.equal((await stateOf(inbox)).state, 'ready');
    assert.match((await call('GET', `/workflows/${both}`)).broken.detail, /has the folder “scans”/);
    await aDataPlane(['scans']);
    assert.match((await call('GET', `/workflows/${both}`)).broken.detail, /has the folders “inbox” and “scans” together/);
    await aDataPlane(['inbox', 'scans']);
    assert.equal((await stateOf(both)).state, 'ready');
  });

  it('names the triggers that start nothing, and not those that are paused', async () => {
    const { name: key } = await aSecret();
    const workflow = await aWorkflow([own.ids.component]);
    const failing = async () => (await call('GET', `/workflows/${workflow}`)).failingTriggers;
    const hook = await call('POST', `/workflows/${workflow}/triggers`, { name: 'Hook', settings: { kind: 'webhook', secretName: key } });
    const address = await call('POST', `/workflows/${workflow}/triggers`, { name: 'Address', settings: { kind: 'upload' } });
    const found = async () =>
      (await failing()).map(({ id, name, failure }: Reply['json']) => [id, name, failure.code]) as [string, string, string][];
    assert.deepEqual(await found(), []);
    await call('PATCH', `/secrets/${key}`, { expiresAt: '2020-01-01T00:00:00Z' });
    assert.deepEqual(await found(), [[hook.id, 'Hook', 'secret_expired']]);
    const overview = await call('GET', '/overview');
    assert.deepEqual(
      [overview.failingTriggers.total, overview.failingTriggers.items.map(({ name }: Reply['json']) => name)],
      [1, ['Hook']],
      'on the overview too',
    );
    await call('PATCH', `/workflows/${workflow}/triggers/${hook.id}`, { enabled: false });
    assert.deepEqual(await found(), []);
    await sql`update workflow_trigger set token_expires_at = now() - interval '1 day' where id = ${address.id}`.execute(instance.db);
    assert.deepEqual(await found(), [[address.id, 'Address', 'trigger_refused']]);
    await sql`update workflow_trigger set token_expires_at = null where id = ${address.id}`.execute(instance.db);

    const noted = async (failures: number) =>
      sql`
        insert into trigger_state (organization_id, trigger_id, revision, failures, last_at, outcome, failure)
        values (${own.organization.id}, ${address.id}, 1, ${failures}, now(), 'failed', ${{ code: 'upstream_unreachable', detail: 'Nobody answers.', remedy: 'Wait.' }})
        on conflict (organization_id, trigger_id) do update set failures = excluded.failures`.execute(instance.db);
    await noted(2);
    assert.deepEqual(await found(), [], 'a service may be away for a while');
    await noted(3);
    assert.deepEqual(await failing(), [
      {
        id: address.id,
        name: 'Address',
        failure: { code: 'upstream_unreachable', detail: 'It failed 3 times in a row. Nobody answers.', remedy: 'Wait.' },
      },
    ]);
    await aDataPlane(['inbox']);
    await call('PUT', `/workflows/${workflow}`, {
      name: `Workflow ${++names}`,
      ...reading('inbox'),
      steps: [{ componentId: own.ids.component }],
    });
    assert.deepEqual(await found(), [[address.id, 'Address', 'workflow_not_runnable']], 'nor one that brings what nothing takes');
  });

  describe('a preflight that asks no service', () => {
    const preflight = (path: string, body?: unknown) => call('POST', `${path}/preflight?services=leave`, body);
    const inWords = ({ passed, checks }: Reply['json']) => [
      passed,
      ...checks.map(({ component, folder, failure }: Reply['json']) => [component?.id ?? folder, failure?.code ?? 'ok']),
    ];
    let gone: string;
    before(async () => {
      const { name } = await aSecret();
      gone = await aComponent(whole(name));
      await call('DELETE', `/secrets/${name}?confirm=${name}`);
    });

    it('checks a workflow that is not saved by what it says', async () => {
      const checked = async (body: object) => inWords(await preflight(`/projects/${own.ids.project}`, body));
      const { component } = own.ids;
      await aDataPlane(['inbox']);
      assert.deepEqual(await checked({ source: { kind: 'upload' }, steps: [{ componentId: component }] }), [true, [component, 'ok']]);
      assert.deepEqual(await checked({ ...reading('inbox'), steps: [{ componentId: component }, { componentId: gone }] }), [
        false,
        ['inbox', 'ok'],
        [component, 'ok'],
        [gone, 'secret_missing'],
      ]);
      const waiting = await aComponent(toAcme((await aSecret()).name), editor);
      assert.deepEqual(await checked({ source: { kind: 'upload' }, steps: [{ componentId: waiting }] }), [
        false,
        [waiting, 'destination_refused'],
      ]);
      const before = (await call('GET', '/workflows?limit=200')).total;
      const refused = await instance.call('POST', `/api/organizations/own/projects/${own.ids.project}/preflight`, {
        token: own.organization.owner.token,
        body: { ...reading('nowhere'), steps: [{ componentId: component }] },
      });
      assert.deepEqual([refused.status, refused.json.errors[0].field], [400, 'sources.0.folder'], refused.text);
      assert.equal((await call('GET', '/workflows?limit=200')).total, before, 'nothing is saved');
    });

    it('checks a draft beside the version that runs use', async () => {
      const workflow = await aWorkflow([own.ids.component]);
      const sound = await preflight(`/workflows/${workflow}`);
      assert.deepEqual([inWords(sound), sound.draft, sound.revision], [[true, [own.ids.component, 'ok']], null, 1]);
      const draft = { name: `Workflow ${++names}`, source: { kind: 'upload' }, steps: [{ componentId: gone }], publish: false };
      await call('PUT', `/workflows/${workflow}`, draft);
      const both = await preflight(`/workflows/${workflow}`);
      assert.deepEqual([inWords(both), both.revision], [[true, [own.ids.component, 'ok']], 2]);
      assert.deepEqual(inWords(both.draft), [false, [gone, 'secret_missing']]);
      const alone = await preflight(`/workflows/${await aWorkflow([gone], { publish: false })}`);
      assert.deepEqual([inWords(alone), alone.draft], [[false, [gone, 'secret_missing']], null]);
    });
  });
});
