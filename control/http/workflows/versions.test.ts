import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { anEnvelope } from '../../testing/envelopes.ts';
import { createFixtures, type Fixtures } from '../../testing/fixtures.ts';
import { type Reply, type TestInstance, testInstance } from '../../testing/instance.ts';

const ROOT = '/api/organizations/own';

describe('versions of a workflow', { concurrency: false }, () => {
  let instance: TestInstance;
  let own: Fixtures;
  let second: string;
  before(async () => {
    instance = await testInstance();
    own = await createFixtures(instance, 'own');
    second = await component('Second archive');
  });
  after(() => instance[Symbol.asyncDispose]());

  async function call(method: string, path: string, body?: unknown, status = 200): Promise<Reply['json']> {
    const reply = await instance.call(method, `${ROOT}${path}`, { token: own.organization.owner.token, body });
    assert.equal(reply.status, status, reply.text);
    return reply.json;
  }

  async function component(name: string): Promise<string> {
    const configuration = { connectionString: `\${secret.${own.secret}}`, container: 'archive' };
    const type = 'azure-blob-publisher';
    return (await call('POST', `/projects/${own.ids.project}/components`, { name, type, configuration }, 201)).id;
  }

  const bodyOf = (name: string, componentIds: readonly string[], more: object = {}) => ({
    name,
    source: { kind: 'upload' },
    steps: componentIds.map((componentId) => ({ componentId })),
    ...more,
  });
  const make = (name: string, more: object = {}) =>
    call('POST', '/workflows', { projectId: own.ids.project, ...bodyOf(name, [own.ids.component], more) }, 201);
  const versionsOf = async (id: string) => (await call('GET', `/workflows/${id}/versions`)).items;

  async function run(workflowId: string, status = 201) {
    const path = `${ROOT}/projects/${own.ids.project}/documents?name=a.txt&contentType=text/plain`;
    const { token } = own.organization.owner;
    const uploaded = await instance.call('POST', path, { token, body: 'x', headers: { 'content-type': 'text/plain' } });
    return call('POST', `/workflows/${workflowId}/runs`, { documentIds: [uploaded.json.id] }, status);
  }

  const eventsOf = async (workflowId: string): Promise<{ action: string; detail?: Record<string, unknown> }[]> => {
    const { items } = await call(
      'GET',
      '/audit?action=workflow.create,workflow.update,workflow.publish,workflow.restore-version,workflow.discard-draft',
    );
    return items.filter((event: { target?: { id: string } }) => event.target?.id === workflowId).reverse();
  };

  it('begin with the first, which making the workflow publishes', async () => {
    const workflow = await make('Begin', { note: 'The beginning.' });
    assert.equal(workflow.draft, null);
    assert.deepEqual([workflow.version.number, workflow.version.note], [1, 'The beginning.']);
    assert.equal((await run(workflow.id)).version, 1);
  });

  it('count up when a change is saved, not when nothing is different, and runs keep what they started with', async () => {
    const { id } = await make('Count');
    const first = await run(id);
    const changed = await call('PUT', `/workflows/${id}`, bodyOf('Count', [own.ids.component, second], { note: 'Two archives.' }));
    assert.equal(changed.version.number, 2);
    const same = await call('PUT', `/workflows/${id}`, bodyOf('Count, renamed', [own.ids.component, second]));
    assert.deepEqual([same.version.number, same.name], [2, 'Count, renamed']);
    assert.equal((await run(id)).version, 2);
    const kept = await instance.db.selectFrom('run').select(['definition', 'version']).where('id', '=', first.id).executeTakeFirstOrThrow();
    assert.deepEqual([kept.version, kept.definition.steps.length], [1, 1]);
    const [latest, earliest] = await versionsOf(id);
    assert.deepEqual(latest.changes, ['Step “second-archive” is new: Second archive, with the original document.']);
    assert.deepEqual([latest.number, latest.note, earliest.number, earliest.changes], [2, 'Two archives.', 1, []]);
  });

  it('are not made by saving a draft: runs go on with what is published until the draft is', async () => {
    const { id } = await make('Draft');
    const saved = await call('PUT', `/workflows/${id}`, bodyOf('Draft', [second], { publish: false }));
    assert.deepEqual([saved.version.number, saved.steps[0].component.id], [1, own.ids.component]);
    assert.equal(saved.draft.steps[0].component.id, second);
    assert.equal((await run(id)).version, 1);
    const published = await call('POST', `/workflows/${id}/publish`, { note: 'Now.' });
    assert.deepEqual([published.version.number, published.draft, published.steps[0].component.id], [2, null, second]);
    assert.equal((await run(id)).version, 2);
    const nothing = await call('POST', `/workflows/${id}/publish`, {}, 409);
    assert.equal(nothing.code, 'nothing_to_publish');
  });

  it('keep a workflow from running while there is none, by name', async () => {
    const { id, version, draft } = await make('Unborn', { publish: false });
    assert.deepEqual([version, draft.steps.length], [null, 1]);
    const refused = await run(id, 409);
    assert.equal(refused.code, 'workflow_not_published');
    assert.match(refused.detail, /“Unborn” was saved as a draft only/);
    assert.equal((await call('DELETE', `/workflows/${id}/draft`, undefined, 409)).code, 'workflow_not_published');
    await call('POST', `/workflows/${id}/publish`, {});
    assert.equal((await run(id)).version, 1);
  });

  it('are restored as a draft, which can be discarded', async () => {
    const { id } = await make('Restore');
    await call('PUT', `/workflows/${id}`, bodyOf('Restore', [second]));
    const restored = await call('POST', `/workflows/${id}/versions/1/restore`);
    assert.deepEqual([restored.version.number, restored.draft.steps[0].component.id], [2, own.ids.component]);
    const discarded = await call('DELETE', `/workflows/${id}/draft`);
    assert.deepEqual([discarded.version.number, discarded.draft], [2, null]);
    for (const number of ['3', '0', '99999999999']) await call('POST', `/workflows/${id}/versions/${number}/restore`, undefined, 404);
    const events = await eventsOf(id);
    assert.deepEqual(
      events.map(({ action, detail }) => [action, detail?.version]),
      [
        ['workflow.create', undefined],
        ['workflow.publish', 1],
        ['workflow.update', undefined],
        ['workflow.publish', 2],
        ['workflow.restore-version', 1],
        ['workflow.discard-draft', undefined],
      ],
    );
    assert.match(String(events[1]?.detail?.definition), /^[\w-]{43}$/);
    assert.notEqual(events[1]?.detail?.definition, events[3]?.detail?.definition);
  });

  it('hold components as long as the newest or the draft uses them; an older one tells what they were called', async () => {
    const third = await component('Third archive');
    const { id } = await make('Hold');
    await call('PUT', `/workflows/${id}`, bodyOf('Hold', [third]));
    const remove = (status: number) => call('DELETE', `/projects/${own.ids.project}/components/${third}`, undefined, status);
    assert.equal((await remove(409)).code, 'component_in_use');
    await call('PUT', `/workflows/${id}`, bodyOf('Hold', [own.ids.component], { publish: false }));
    assert.equal((await remove(409)).code, 'component_in_use');
    await call('POST', `/workflows/${id}/publish`, {});
    await remove(204);
    const [, gone] = await versionsOf(id);
    assert.deepEqual([gone.number, gone.steps[0].component.name], [2, 'Third archive']);
    const refused = await call('POST', `/workflows/${id}/versions/2/restore`, undefined, 400);
    assert.deepEqual(
      refused.errors.map(({ field, detail }: { field: string; detail: string }) => [field, detail]),
      [['steps.0.componentId', 'The project has no such component.']],
    );
  });

  it('are refused with an expression that is wrong, by field and place; a right one is kept', async () => {
    const step = { componentId: own.ids.component, name: 'keep' };
    const save = (more: object, status: number) =>
      call(
        'POST',
        '/workflows',
        { projectId: own.ids.project, name: 'Expressions', source: { kind: 'upload' }, steps: [{ ...step, ...more }] },
        status,
      );
    const refused = await save({ condition: 'document.sise > 1', mapping: { name: 'document.size', fields: { total: 'result.' } } }, 400);
    const errors = refused.errors.map(({ field, detail }: { field: string; detail: string }) => `${field}: ${detail}`);
    assert.equal(errors.length, 3);
    assert.match(errors[0], /^steps\.0\.condition: No such key: sise \(at character 10\)/);
    assert.match(errors[1], /^steps\.0\.mapping\.name: It must give a text, and gives int/);
    assert.match(errors[2], /^steps\.0\.mapping\.fields\.total: .*\(at character 8\)/);
    const kept = { condition: 'document.size > 1', mapping: { name: 'document.stem', fields: { total: 'result.total' } } };
    const { id, steps } = await save(kept, 201);
    assert.deepEqual([steps[0].condition, steps[0].mapping], [kept.condition, kept.mapping]);
    const body = { name: 'Expressions', source: { kind: 'upload' }, steps: [{ ...step, condition: 'document.size > 2' }] };
    await call('PUT', `/workflows/${id}`, body);
    assert.deepEqual((await versionsOf(id))[0].changes, [
      'Step “keep” has another condition: document.size > 2 (was: document.size > 1)',
      'Step “keep” has no mapping of the name any more.',
      'Step “keep” has no mapping of “total” any more.',
    ]);
  });

  it('say of draft and newest what would fail', async () => {
    const { id } = await make('Broken');
    await call('PUT', `/secrets/GOING`, { envelope: anEnvelope(own.organization.keyId) }, 201);
    const configuration = { connectionString: `\${secret.GOING}`, container: 'archive' };
    const type = 'azure-blob-publisher';
    const going = (await call('POST', `/projects/${own.ids.project}/components`, { name: 'Going', type, configuration }, 201)).id;
    await call('PUT', `/workflows/${id}`, bodyOf('Broken', [going], { publish: false }));
    await call('DELETE', '/secrets/GOING?confirm=GOING', undefined, 204);
    const workflow = await call('GET', `/workflows/${id}`);
    assert.deepEqual([workflow.broken, workflow.draft.broken.code], [null, 'secret_missing']);
    await call('POST', `/workflows/${id}/publish`, {});
    assert.equal((await call('GET', `/workflows/${id}`)).broken.code, 'secret_missing');
  });

  it('take several sources, each with a name; one alone may still be written as before', async () => {
    const body = { projectId: own.ids.project, name: 'Sources', steps: [{ componentId: own.ids.component }] };
    const errorsOf = async (sources: unknown, more: object = {}) =>
      (await call('POST', '/workflows', { ...body, sources, ...more }, 400)).errors.map(
        ({ field, detail }: { field: string; detail: string }) => `${field}: ${detail}`,
      );
    assert.deepEqual(await errorsOf([{ kind: 'upload' }, { kind: 'upload', name: 'upload' }]), [
      'sources.1.kind: Another source of the workflow is the same.',
    ]);
    assert.deepEqual(await errorsOf([{ kind: 'component', componentId: own.ids.component }]), [
      'sources.0.componentId: Only a connector can be a source.',
    ]);
    assert.deepEqual(await errorsOf(undefined), ['sources: Say where the documents come from: add a source.']);
    assert.deepEqual(await errorsOf([{ kind: 'upload' }], { source: { kind: 'upload' } }), [
      'source: “sources” has them all: leave “source” out.',
    ]);
    const inbox = await call(
      'POST',
      `/projects/${own.ids.project}/components`,
      { name: 'Inbox (EU)', type: 'http-source', configuration: { url: 'https://example.com/list' } },
      201,
    );
    const sources = [{ kind: 'upload' }, { kind: 'component', componentId: inbox.id, documents: 'new' }];
    const { id } = await call('POST', '/workflows', { ...body, sources }, 201);
    const named = await call('GET', `/workflows/${id}`);
    assert.deepEqual(
      named.sources.map((source: { name: string; kind: string }) => [source.name, source.kind]),
      [
        ['upload', 'upload'],
        ['inbox-eu', 'component'],
      ],
    );
    assert.equal(named.source.name, 'upload');
    assert.equal((await call('POST', `/workflows/${id}/runs`, { documentIds: [] }, 201)).version, 1);
  });
});
