import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { ConnectorError, type SourceConnector } from '@holdfast/connector';
import { lockNamed, type Tx, transaction } from '@holdfast/db';
import { sql } from 'kysely';
import { eventually } from '../../tests/harness/eventually.ts';
import { sweepDocuments } from '../documents/sweep.ts';
import { type TestInstance, type TestOrganization, testComponent } from '../testing/instance.ts';
import { finishedRun, itemsOf, logOf, startTestRun } from '../testing/runs.ts';
import { fresh, pieces, type StandInInstance, source, standInInstance, state, upload } from '../testing/stand-in-connectors.ts';
import { insertItems } from './list-source.ts';
import type { Run } from './run.ts';

describe('documents of sources', { concurrency: false }, () => {
  let standIns: StandInInstance;
  let instance: TestInstance;
  let place: TestOrganization;
  let [reader, store] = ['', ''];
  before(async () => {
    standIns = await standInInstance();
    ({ instance, place, reader, store } = standIns);
  });
  after(() => standIns?.[Symbol.asyncDispose]());

  /** A run that has ended without a document, as the process sees it that works on it. */
  async function runOf(id: string): Promise<Run> {
    assert.equal((await finishedRun(instance, id)).status, 'succeeded');
    const { workflow_id, definition } = await instance.control.selectFrom('run').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
    return { organizationId: place.id, id, workflowId: workflow_id, sources: definition.sources } as unknown as Run;
  }
  const listing = {
    source: 'source',
    documents: [{ name: 'in/a.txt', content_type: 'text/plain', size: 1, reference: 'a.txt', version: '1' }],
    skipped: [],
    skippedBeyond: 0,
  };

  it('takes documents of several sources, uploaded ones too, tells names that they share apart, and remembers each', async () => {
    fresh({ 'a.txt': 'of the first', 'b.txt': 'b' });
    const second = await testComponent(instance, place, {}, {}, undefined, 'test-source');
    const connector = (componentId: string | undefined, name: string) =>
      ({ kind: 'component', componentId: componentId ?? '', documents: 'new', name }) as const;
    const sources = [{ kind: 'upload', name: 'upload' } as const, connector(reader, 'left'), connector(second, 'right')];
    const step = { componentId: store, name: 'keep', mapping: { name: 'document.source + "/" + document.name' } };
    const runId = await startTestRun(instance, place, [step], upload({ 'in/b.txt': 'uploaded' }), sources);
    assert.equal((await finishedRun(instance, runId)).status, 'succeeded', (await logOf(instance, runId)).join('\n'));
    const items = await itemsOf(instance, runId);
    assert.deepEqual(
      items.map(({ name, source }) => [source, name]),
      [
        [null, 'in/b.txt'],
        ['left', 'in/a.txt'],
        ['left', 'in/b.txt'],
        ['right', 'in/a.txt'],
        ['right', 'in/b.txt'],
      ],
    );
    const published = [...state.published.keys()].toSorted();
    assert.equal(published.length, 5);
    for (const [index, pattern] of [
      /^left\/in\/a \([0-9a-f]{8}\)\.txt$/,
      /^left\/in\/b \([0-9a-f]{8}\)\.txt$/,
      /^right\/in\/a \([0-9a-f]{8}\)\.txt$/,
      /^right\/in\/b \([0-9a-f]{8}\)\.txt$/,
      /^upload\/in\/b\.txt$/,
    ].entries()) {
      assert.match(published[index] ?? '', pattern);
    }
    // Nothing is new for the two; a third source has taken none.
    const again = await startTestRun(
      instance,
      place,
      [step],
      [],
      [sources[1], connector(second, 'third')].flatMap((each) => each ?? []),
      runId,
    );
    await finishedRun(instance, again);
    assert.deepEqual(
      (await itemsOf(instance, again)).map(({ source }) => source),
      ['third', 'third'],
    );
  });

  it('knows of two sources apart what each has given, also when the run that took it is gone', async () => {
    fresh({ 'a.txt': 'of one place', 'b.txt': 'of one place' });
    const second = await testComponent(instance, place, {}, {}, undefined, 'test-source');
    const connector = (componentId: string | undefined, name: string) =>
      ({ kind: 'component', componentId: componentId ?? '', documents: 'new', name }) as const;
    const step = { componentId: store, name: 'keep', mapping: { name: 'document.source + "/" + document.name' } };
    const [left, right] = [connector(reader, 'left'), connector(second, 'right')];
    const takenBy = async (sources: readonly (typeof left)[], earlier?: string) => {
      const id = await startTestRun(instance, place, [step], [], sources, earlier);
      await finishedRun(instance, id);
      return { id, items: (await itemsOf(instance, id)).map(({ name, source: of }) => `${of}: ${name}`) };
    };
    const first = await takenBy([left]);
    assert.deepEqual(first.items, ['left: in/a.txt', 'left: in/b.txt']);
    // A run of the same workflow stays, and the one that took them is removed by the policy.
    const later = await takenBy([left], first.id);
    assert.deepEqual(later.items, []);
    const finished_at = new Date(Date.now() - 10 * 86_400_000);
    await instance.owner.updateTable('run').set({ finished_at }).where('id', '=', first.id).execute();
    await instance.owner
      .updateTable('workflow')
      .set({ run_days: 9 })
      .where('id', '=', (eb) => eb.selectFrom('run').select('workflow_id').where('id', '=', first.id))
      .execute();
    await using data = instance.connectAs('data');
    await sweepDocuments(data, new Date(), { keptDays: 30 });
    assert.deepEqual(await instance.owner.selectFrom('run').select('id').where('id', '=', first.id).execute(), []);
    state.published.clear();
    const both = await takenBy([left, right], later.id);
    assert.deepEqual(both.items, ['right: in/a.txt', 'right: in/b.txt']);
    assert.deepEqual([...state.published.keys()].toSorted(), ['right/in/a.txt', 'right/in/b.txt']);
    // Its version counts: another is new for the one that has taken it, too.
    state.documents.set('a.txt', { bytes: Buffer.from('again'), version: '2' });
    assert.deepEqual((await takenBy([left, right], later.id)).items, ['left: in/a.txt', 'right: in/a.txt']);
  });

  it('reads documents from a connector, small and large, and takes only new ones when it is to', async () => {
    const large = Buffer.alloc(3 * 1024 * 1024, 'x');
    fresh({ 'small.txt': 'small', 'large.txt': large, 'nothing.txt': '' });
    const from = { kind: 'component', componentId: reader, documents: 'new' } as const;
    const steps = [store];
    const first = await startTestRun(instance, place, steps, [], from);
    assert.equal((await finishedRun(instance, first)).status, 'succeeded', (await logOf(instance, first)).join('\n'));
    assert.deepEqual([...state.published.keys()].toSorted(), ['in/large.txt', 'in/nothing.txt', 'in/small.txt']);
    assert.equal(state.published.get('in/large.txt')?.length, large.length);
    const items = await itemsOf(instance, first);
    assert.deepEqual(items.map(({ reference, version }) => [reference, version]).toSorted(), [
      ['large.txt', '1'],
      ['nothing.txt', '1'],
      ['small.txt', '1'],
    ]);
    // The copy of a large one is gone when it is published.
    const copies = await instance.control.selectFrom('document').select('id').where('run_id', '=', first).execute();
    assert.deepEqual(copies, []);

    state.documents.set('small.txt', { bytes: Buffer.from('changed'), version: '2' });
    state.documents.set('added.txt', { bytes: Buffer.from('added'), version: '1' });
    const second = await startTestRun(instance, place, steps, [], from, first);
    assert.equal((await finishedRun(instance, second)).status, 'succeeded');
    assert.deepEqual((await itemsOf(instance, second)).map(({ reference }) => reference).toSorted(), ['added.txt', 'small.txt']);
    const all = await startTestRun(instance, place, steps, [], { ...from, documents: 'all' }, first);
    await finishedRun(instance, all);
    assert.equal((await itemsOf(instance, all)).length, 4);
    const nothing = await startTestRun(instance, place, steps, [], from, first);
    assert.equal((await finishedRun(instance, nothing)).status, 'succeeded');
    assert.deepEqual(await itemsOf(instance, nothing), []);
  });

  it('gives two runs of one workflow that list at the same time each new document once', async () => {
    fresh({ 'a.txt': 'a', 'b.txt': 'b' });
    const { list } = source;
    const [sent, both] = [[] as string[], Promise.withResolvers<void>()];
    state.before = async (_step, name) => void sent.push(name);
    let listings = 0;
    Object.assign(source, {
      // A run has found what is new in its first source when it lists the second, in which nothing is.
      async *list(...call: Parameters<SourceConnector['list']>) {
        listings += 1;
        if (listings % 2 === 1) yield* list(...call);
        else if (listings === 4) both.resolve();
        else await both.promise;
      },
    });
    const second = await testComponent(instance, place, {}, {}, undefined, 'test-source');
    const sources = [reader, second].map((componentId) => ({ kind: 'component', componentId, documents: 'new' }) as const);
    const runs = [await startTestRun(instance, place, [store], [], sources)];
    try {
      await eventually('the first of them to list', async () => listings === 2);
      runs.push(await startTestRun(instance, place, [store], [], sources, runs[0]));
      for (const id of runs) assert.equal((await finishedRun(instance, id)).status, 'succeeded', (await logOf(instance, id)).join('\n'));
    } finally {
      both.resolve();
      Object.assign(source, { list });
    }
    assert.equal(listings, 4);
    assert.deepEqual(sent.toSorted(), ['in/a.txt', 'in/b.txt']);
    const items = await Promise.all(runs.map(async (id) => (await itemsOf(instance, id)).map(({ name }) => name)));
    assert.deepEqual(items.flat().toSorted(), ['in/a.txt', 'in/b.txt']);
  });

  it('makes the items of a run once, when two processes that both take it for theirs make them at the same time', async () => {
    fresh();
    const from = { kind: 'component', componentId: reader, documents: 'all' } as const;
    const run = await runOf(await startTestRun(instance, place, [store], [], from));
    await using one = instance.connectAs('data');
    await using other = instance.connectAs('data');
    // Nobody inserts before both have come as far as they come.
    const made = await transaction(instance.owner, async (tx) => {
      await sql`lock table run_item in share mode`.execute(tx);
      const inserted = [one, other].map((db) => insertItems(db as never, run, [listing]));
      await eventually('both to wait for a lock', async () => {
        const { rows } = await sql`select from pg_locks l join pg_database d on d.oid = l.database
          where d.datname = current_database() and not l.granted`.execute(tx);
        return rows.length === 2;
      });
      return { inserted };
    });
    assert.deepEqual((await Promise.all(made.inserted)).toSorted(), [false, true]);
    assert.deepEqual(
      (await itemsOf(instance, run.id)).map(({ name }) => name),
      ['in/a.txt'],
    );
  });

  it('waits longer than a statement does for another run to make its items', async () => {
    fresh();
    const from = { kind: 'component', componentId: reader, documents: 'new' } as const;
    const run = await runOf(await startTestRun(instance, place, [store], [], from));
    await using db = instance.connectAs('data');
    const waiter = async (tx: Tx) => {
      const { rows } = await sql<{ name: string }>`select l.virtualtransaction as name from pg_locks l
        join pg_database d on d.oid = l.database
        where d.datname = current_database() and l.locktype = 'advisory' and not l.granted`.execute(tx);
      return rows[0]?.name;
    };
    const made = await transaction(instance.owner, async (tx) => {
      await lockNamed(tx, 'listed documents', run.workflowId);
      const inserting = insertItems(db as never, run, [listing]);
      inserting.catch(() => undefined);
      const first = await eventually('a transaction to wait', () => waiter(tx));
      await eventually('the next one to wait', async () => ![undefined, first].includes(await waiter(tx)));
      return { inserting };
    });
    assert.equal(await made.inserting, true);
    assert.deepEqual(
      (await itemsOf(instance, run.id)).map(({ name }) => name),
      ['in/a.txt'],
    );
  });

  it('leaves out what has no name to publish under, and fails one document that is gone, by name', async () => {
    fresh({ 'good.txt': 'good', '..': 'climbs', 'gone.txt': 'gone' });
    state.before = async (_step, name) => {
      if (name === 'in/good.txt') await eventually('the other document to be read', async () => !state.documents.has('gone.txt'));
    };
    state.documents.delete('gone.txt');
    state.documents.set('gone.txt', { bytes: Buffer.from('gone'), version: '1' });
    const read = source.read;
    const vanishing: SourceConnector['read'] = async (reference, options, context) => {
      if (reference === 'gone.txt') state.documents.delete(reference);
      return read(reference, options, context);
    };
    Object.assign(source, { read: vanishing });
    const runId = await startTestRun(instance, place, [store], [], {
      kind: 'component',
      componentId: reader,
      documents: 'all',
    });
    const run = await finishedRun(instance, runId);
    Object.assign(source, { read });
    assert.equal(run.status, 'failed');
    assert.deepEqual((await itemsOf(instance, runId)).map(({ name, status }) => [name, status]).toSorted(), [
      ['in/..', 'skipped'],
      ['in/gone.txt', 'failed'],
      ['in/good.txt', 'published'],
    ]);
  });

  it('takes a document once that is listed twice, and reads again what was cut off on its way', async () => {
    fresh({ 'g.txt': 'whole' });
    const { list, read } = source;
    let reads = 0;
    Object.assign(source, {
      async *list(...call: Parameters<SourceConnector['list']>) {
        yield* list(...call);
        yield* list(...call);
      },
      async read(...call: Parameters<SourceConnector['read']>) {
        reads += 1;
        const body = await read(...call);
        return reads > 1 ? body : { ...body, body: pieces(Buffer.from('who')) };
      },
    });
    const runId = await startTestRun(instance, place, [store], [], {
      kind: 'component',
      componentId: reader,
      documents: 'all',
    });
    assert.equal((await finishedRun(instance, runId)).status, 'succeeded', (await logOf(instance, runId)).join('\n'));
    Object.assign(source, { list, read });
    assert.deepEqual([...state.published], [['in/g.txt', 'whole']]);
    const items = await itemsOf(instance, runId);
    assert.deepEqual(
      items.map(({ attempts }) => attempts),
      [2],
    );
  });

  it('takes what is no content type, or has a line break in it, for bytes of any kind', async () => {
    const types = {
      'a.txt': 'text/plain\r\nx-evil: 1',
      'b.txt': 'text/plain;\r\nx-evil: 1',
      'c.txt': 'text/plain\n; a=b',
      'd.txt': 'nonsense',
      'e.txt': 'text/csv;\theader=present',
    };
    fresh(Object.fromEntries(Object.keys(types).map((name) => [name, 'x'])));
    const list = source.list;
    Object.assign(source, {
      async *list(...call: Parameters<SourceConnector['list']>) {
        for await (const document of list(...call)) yield { ...document, contentType: types[document.reference as keyof typeof types] };
      },
    });
    const runId = await startTestRun(instance, place, [store], [], { kind: 'component', componentId: reader, documents: 'all' });
    await finishedRun(instance, runId);
    Object.assign(source, { list });
    const items = await instance.owner.selectFrom('run_item').select('content_type').where('run_id', '=', runId).orderBy('name').execute();
    const unknown = 'application/octet-stream';
    assert.deepEqual(
      items.map(({ content_type }) => content_type),
      [unknown, unknown, unknown, unknown, 'text/csv;\theader=present'],
    );
  });

  it('tries a source again that cannot be reached, and fails with its component when it stays away', async () => {
    fresh({ 'a.txt': 'a' });
    const list = source.list;
    let attempts = 0;
    const unreachable = (times: number): SourceConnector['list'] =>
      async function* (options, context) {
        attempts += 1;
        if (attempts <= times) throw new ConnectorError('upstream_unreachable', 'The line is cut.', { retryable: true });
        yield* list(options, context);
      };
    Object.assign(source, { list: unreachable(2) });
    const from = { kind: 'component', componentId: reader, documents: 'all' } as const;
    const runId = await startTestRun(instance, place, [store], [], from);
    assert.equal((await finishedRun(instance, runId)).status, 'succeeded');
    assert.equal(attempts, 3);
    Object.assign(source, { list: unreachable(100) });
    const failing = await startTestRun(instance, place, [store], [], from);
    const run = await finishedRun(instance, failing);
    Object.assign(source, { list });
    assert.equal(run.status, 'failed');
    const failure = run.failure as unknown as { code: string; component: { id: string } };
    assert.deepEqual([failure.code, failure.component.id], ['upstream_unreachable', reader]);
  });
});
