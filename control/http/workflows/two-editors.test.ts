import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createFixtures, type Fixtures } from '../../testing/fixtures.ts';
import { type Reply, type TestInstance, type TestMember, testInstance } from '../../testing/instance.ts';

const KEPT = { documentDays: 3, logDays: null, runDays: 20 };

describe('a workflow that two people change', { concurrency: false }, () => {
  let instance: TestInstance;
  let own: Fixtures;
  let editor: TestMember;
  before(async () => {
    instance = await testInstance();
    own = await createFixtures(instance, 'own');
    editor = await instance.addMember(own.organization, 'editor');
  });
  after(() => instance[Symbol.asyncDispose]());

  interface Request {
    readonly body?: object | undefined;
    readonly revision?: number | string | undefined;
    readonly by?: { readonly token: string };
    readonly status?: number;
  }
  async function call(method: string, path: string, { body, revision, by, status = 200 }: Request = {}): Promise<Reply['json']> {
    const { token } = by ?? own.organization.owner;
    const headers: Record<string, string> = revision === undefined ? {} : { 'if-match': String(revision) };
    const reply = await instance.call(method, `/api/organizations/own${path}`, { token, body, headers });
    assert.equal(reply.status, status, reply.text);
    return reply.json;
  }
  const bodyOf = (name: string, condition?: string, more: object = {}) => ({
    name,
    source: { kind: 'upload' },
    steps: [{ componentId: own.ids.component, name: 'archive', ...(condition !== undefined && { condition }) }],
    ...more,
  });
  const make = (name: string, more: object = {}, by?: { readonly token: string }, status = 201) =>
    call('POST', '/workflows', { body: { projectId: own.ids.project, ...bodyOf(name, undefined, more) }, ...(by && { by }), status });
  const read = (id: string) => call('GET', `/workflows/${id}`);
  const eventsOf = async (id: string, action: string) => {
    const { items } = await call('GET', `/audit?action=${action}`);
    return items.filter(({ target }: { target: { id: string } }) => target.id === id).map(({ detail }: { detail: object }) => detail);
  };

  it('counts each change; who begins from an older one is refused, with who saved when, and replaces nothing', async () => {
    const { id, revision, updatedBy } = await make('Count');
    assert.deepEqual([revision, updatedBy], [1, null]);
    const draft = { body: bodyOf('Count', 'document.size > 1', { publish: false }), revision };
    const saved = await call('PUT', `/workflows/${id}`, { ...draft, by: editor });
    assert.deepEqual([saved.revision, saved.updatedBy.name, saved.draft.savedBy.name], [2, 'editor', 'editor']);
    const late = { body: bodyOf('Count', 'document.size > 2', { publish: false }), revision: `"${revision}"`, status: 412 };
    const refused = await call('PUT', `/workflows/${id}`, late);
    assert.deepEqual([refused.code, refused.field], ['precondition_failed', 'if-match']);
    const said = `“Count” was changed by editor at ${saved.updatedAt}: it is at revision 2, and this change begins from 1.`;
    assert.equal(refused.detail, said);
    assert.equal((await read(id)).draft.steps[0].condition, 'document.size > 1');
    for (const [method, path] of [
      ['POST', 'publish'],
      ['DELETE', 'draft'],
      ['POST', 'versions/1/restore'],
    ] as const) {
      const body = path === 'publish' ? { body: {} } : {};
      assert.equal((await call(method, `/workflows/${id}/${path}`, { ...body, revision: 1, status: 412 })).code, 'precondition_failed');
    }
    assert.equal((await call('POST', `/workflows/${id}/publish`, { body: {}, revision: 2 })).revision, 3);
    assert.equal((await call('POST', `/workflows/${id}/versions/1/restore`, { revision: 3 })).revision, 4);
    assert.equal((await call('DELETE', `/workflows/${id}/draft`, { revision: 4 })).revision, 5);
    assert.equal((await call('PUT', `/workflows/${id}`, { body: bodyOf('Count, renamed'), revision: '*' })).revision, 6);
    assert.match(
      (await call('PUT', `/workflows/${id}`, { body: bodyOf('Count'), revision: 'new', status: 400 })).errors[0].detail,
      /revision/,
    );
  });

  it('takes a request that comes again for what it was, and a change without a revision as before', async () => {
    const { id } = await make('Again');
    const change = { body: bodyOf('Again', 'document.size > 1'), revision: 1 };
    assert.equal((await call('PUT', `/workflows/${id}`, change)).revision, 2);
    const again = await call('PUT', `/workflows/${id}`, change);
    assert.deepEqual([again.revision, again.version.number], [2, 2]);
    assert.equal((await call('PUT', `/workflows/${id}`, { body: bodyOf('Again', 'document.size > 3') })).revision, 3);
  });

  it('says of a draft what it changes', async () => {
    const { id } = await make('Differences', { publish: false });
    assert.deepEqual((await read(id)).draft.changes, []);
    await call('POST', `/workflows/${id}/publish`, { body: {} });
    const { draft } = await call('PUT', `/workflows/${id}`, { body: bodyOf('Differences', 'document.size > 1', { publish: false }) });
    assert.deepEqual(draft.changes, ['Step “archive” has a condition: document.size > 1']);
  });

  it('holds its settings at once, also with a draft, each on the record, and only where they are different', async () => {
    const { id, maximumRuns, kept } = await make('Settings', { maximumRuns: 3, kept: KEPT });
    assert.deepEqual([maximumRuns, kept], [3, KEPT]);
    assert.deepEqual(await eventsOf(id, 'workflow.limit'), [{ maximumRuns: 3 }]);
    assert.deepEqual(await eventsOf(id, 'workflow.set-retention'), [KEPT]);
    const drafted = await call('PUT', `/workflows/${id}`, {
      body: bodyOf('Settings', 'true', { publish: false, maximumRuns: 5, kept: KEPT }),
    });
    assert.deepEqual([drafted.maximumRuns, drafted.kept, drafted.version.number, drafted.draft === null], [5, KEPT, 1, false]);
    const untouched = await call('PUT', `/workflows/${id}`, { body: bodyOf('Settings') });
    assert.deepEqual([untouched.maximumRuns, untouched.kept], [5, KEPT]);
    assert.equal((await eventsOf(id, 'workflow.set-retention')).length, 1);
    const before = await read(id);
    assert.equal((await call('PUT', `/workflows/${id}/limits`, { body: { maximumRuns: 7 } })).revision, before.revision + 1);
    assert.equal((await call('PUT', `/workflows/${id}/limits`, { body: { maximumRuns: 7 } })).revision, before.revision + 1);
    assert.equal((await call('PUT', `/workflows/${id}/retention`, { body: { ...KEPT, logDays: 1 } })).revision, before.revision + 2);
  });

  it('keeps the text that it was written as, for its comments, counts a change of it, and refuses a credential in it', async () => {
    const yaml = 'name: Written # by hand\n';
    const { id } = await make('Written', { yaml });
    assert.deepEqual([(await read(id)).yaml, (await read(id)).revision], [yaml, 1]);
    // What does not speak of it leaves it alone.
    await call('PUT', `/workflows/${id}`, { body: bodyOf('Written', 'document.size > 1') });
    assert.equal((await read(id)).yaml, yaml);
    const other = { body: bodyOf('Written', 'document.size > 1', { yaml: 'name: Written # by machine\n' }) };
    assert.equal((await call('PUT', `/workflows/${id}`, { ...other, revision: 1, status: 412 })).code, 'precondition_failed');
    assert.deepEqual(
      [(await call('PUT', `/workflows/${id}`, other)).revision, (await call('PUT', `/workflows/${id}`, other)).revision],
      [3, 3],
    );
    assert.equal((await read(id)).yaml, 'name: Written # by machine\n');
    const clear = { yaml: '# https://ada:correct-horse-9@example.com\n' };
    const refused = await call('PUT', `/workflows/${id}`, { body: bodyOf('Written', undefined, clear), status: 400 });
    assert.deepEqual(refused.errors, [{ field: 'yaml', detail: 'It holds what looks like a password in a URL.' }]);
    assert.equal((await make('In clear', clear, undefined, 400)).errors[0].field, 'yaml');
    const { items } = await call('GET', '/workflows?limit=200');
    assert.ok(items.every((each: object) => !('yaml' in each)));
  });

  it('lets an editor say how long things are kept only as it is', async () => {
    const { id } = await make('Kept', { kept: KEPT });
    const same = await call('PUT', `/workflows/${id}`, { by: editor, body: bodyOf('Kept', 'true', { kept: KEPT, maximumRuns: 2 }) });
    assert.deepEqual([same.maximumRuns, same.kept], [2, KEPT]);
    const other = { by: editor, body: bodyOf('Kept', 'false', { kept: { ...KEPT, runDays: 1 } }), status: 403 };
    assert.deepEqual((await call('PUT', `/workflows/${id}`, other)).field, 'kept');
    assert.equal((await read(id)).steps[0].condition, 'true');
    assert.equal((await make('Kept too', { kept: KEPT }, editor, 403)).code, 'forbidden');
  });
});
