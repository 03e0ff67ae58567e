import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Connector, ConnectorError, type ModelConnector, type PublisherConnector, type SourceConnector } from '@holdfast/connector';
import { uuidv7 } from '@holdfast/envelope';
import { eventually } from '../../tests/harness/eventually.ts';
import { sweepDocuments } from '../documents/sweep.ts';
import {
  type TestInstance,
  type TestOrganization,
  testComponent,
  testInstance,
  testOrganization,
  testSecret,
} from '../testing/instance.ts';
import { finishedRun, itemsOf, logOf, retryTestRun, startTestRun } from '../testing/runs.ts';
import { createFinishStep } from './item-steps.ts';

/** What the stand-ins have, make and got; each test begins with nothing. */
const state = {
  documents: new Map<string, { bytes: Buffer; version: string }>(),
  transformed: [] as string[],
  published: new Map<string, string>(),
  listed: 0,
  /** Called before a model or publisher does its work. */
  before: async (_step: string, _name: string, _signal: AbortSignal): Promise<void> => undefined,
};

const schema = { type: 'object', additionalProperties: false, required: [], properties: {} } as const;
const base = { destinations: () => [], check: async () => 'It is there.' };

const source: SourceConnector = {
  ...base,
  role: 'connector',
  type: { type: 'test-source', role: 'connector', title: 'Source', description: '', schema },
  async *list() {
    state.listed += 1;
    for (const [reference, { version }] of state.documents) {
      yield { reference, name: `in/${reference}`, contentType: 'text/plain', version };
    }
  },
  async read(reference) {
    const document = state.documents.get(reference);
    if (document === undefined) throw new ConnectorError('upstream_not_found', `“${reference}” is gone.`, { documentOnly: true });
    return { size: document.bytes.length, body: pieces(document.bytes) };
  },
};

async function* pieces(bytes: Buffer) {
  for (let start = 0; start < bytes.length; start += 60_000) yield bytes.subarray(start, start + 60_000);
}

/** Makes a document of each line, in capitals; of the line `key` one of the key that it was given. */
const model: ModelConnector = {
  ...base,
  role: 'model',
  type: {
    type: 'test-model',
    role: 'model',
    title: 'Model',
    description: '',
    schema: { ...schema, properties: { key: { type: 'string', title: 'Key', 'x-secret': true } } },
  },
  async *transform(document, { key }, { signal }) {
    await state.before('model', document.name, signal);
    state.transformed.push(document.name);
    const text = await textOf(document.read());
    const stem = document.name.replace(/\.[^.]+$/, '');
    for (const [index, line] of text.split('\n').entries()) {
      if (line === '') continue;
      const said = line === 'key' ? `the key is ${key}` : line.toUpperCase();
      yield {
        name: index === 0 ? `${stem}.json` : `line-${index}.json`,
        contentType: 'application/json',
        body: JSON.stringify(said),
      };
    }
  },
};

const publisher: PublisherConnector = {
  ...base,
  role: 'publisher',
  type: { type: 'test-publisher', role: 'publisher', title: 'Publisher', description: '', schema },
  async publish(document, _options, { signal }) {
    await state.before('publisher', document.name, signal);
    const text = await textOf(document.read());
    const unchanged = state.published.get(document.name) === text;
    state.published.set(document.name, text);
    return { outcome: unchanged ? 'unchanged' : 'published', publishedAs: `test/${document.name}` };
  },
};

async function textOf(bytes: AsyncIterable<Uint8Array>): Promise<string> {
  const all: Uint8Array[] = [];
  for await (const piece of bytes) all.push(piece);
  return Buffer.concat(all).toString();
}

describe('a run of several steps', { concurrency: false }, () => {
  let instance: TestInstance;
  let place: TestOrganization;
  let [reader, extract, translate, store]: string[] = [];
  before(async () => {
    const connectors: Connector[] = [source, model, publisher];
    instance = await testInstance({}, { connectors });
    place = await testOrganization(instance);
    const component = (type: string) => testComponent(instance, place, {}, {}, undefined, type);
    [reader, extract, translate, store] = [
      await component('test-source'),
      await component('test-model'),
      await component('test-model'),
      await component('test-publisher'),
    ];
  });
  after(() => instance?.[Symbol.asyncDispose]());

  function fresh(documents: Readonly<Record<string, string | Buffer>> = {}) {
    state.documents = new Map(Object.entries(documents).map(([name, bytes]) => [name, { bytes: Buffer.from(bytes), version: '1' }]));
    state.transformed = [];
    state.published = new Map();
    state.listed = 0;
    state.before = async () => undefined;
  }

  const upload = (documents: Readonly<Record<string, string>>) =>
    Object.entries(documents).map(([name, text]) => ({ name, bytes: Buffer.from(text), contentType: 'text/plain' }));
  const stepsOf = () => [
    { componentId: extract ?? '', name: 'extract' },
    { componentId: store ?? '', name: 'keep', input: 'extract' },
    { componentId: store ?? '', name: 'archive' },
  ];

  it('skips a step whose condition is false, and what takes from it; skips a document that no publisher takes', async () => {
    fresh();
    const steps = [
      { componentId: extract ?? '', name: 'extract', condition: 'document.size > 3' },
      {
        componentId: store ?? '',
        name: 'keep',
        input: 'extract',
        condition: 'result == "LONG"',
        mapping: { name: '"kept/" + document.name' },
      },
      {
        componentId: store ?? '',
        name: 'note',
        input: 'extract',
        mapping: { fields: { said: 'result', bytes: 'document.size', from: 'document.source' } },
      },
    ];
    const documents = upload({ 'a.txt': 'long', 'b.txt': 'other', 'c.txt': 'no' });
    const runId = await startTestRun(instance, place, steps, documents);
    assert.equal((await finishedRun(instance, runId)).status, 'succeeded', (await logOf(instance, runId)).join('\n'));
    const items = await itemsOf(instance, runId);
    assert.deepEqual(
      items.map(({ name, status, failure }) => [name, status, failure?.code]),
      [
        ['a.txt', 'published', undefined],
        ['b.txt', 'published', undefined],
        ['c.txt', 'skipped', 'condition_false'],
      ],
    );
    assert.match(items[2]?.failure?.detail ?? '', /^The condition of the step “extract” is false\.$/);
    assert.deepEqual(state.transformed.toSorted(), ['a.txt', 'b.txt']);
    assert.equal(state.published.get('kept/a.json'), '"LONG"');
    assert.ok(!state.published.has('kept/b.json'));
    assert.deepEqual(JSON.parse(state.published.get('b.json') ?? ''), { said: 'OTHER', bytes: 7, from: 'source' });
    const outcomes = await instance.control.selectFrom('item_step').select(['item_id', 'outcome']).where('run_id', '=', runId).execute();
    const of = (index: number) => outcomes.filter(({ item_id }) => item_id === items[index]?.id).map(({ outcome }) => outcome);
    assert.deepEqual(
      [of(1).toSorted(), of(2)],
      [
        ['made', 'published', 'skipped'],
        ['skipped', 'skipped', 'skipped'],
      ],
    );
  });

  it('fails a document by name when an expression has not what it looks for, or makes no name; others go on', async () => {
    fresh();
    const step = { componentId: store ?? '', name: 'keep' };
    const documents = [
      { name: 'a.json', bytes: Buffer.from('{"total": 3}'), contentType: 'application/json' },
      { name: 'b.json', bytes: Buffer.from('{}'), contentType: 'application/json' },
      ...upload({ 'c.txt': 'no JSON' }),
    ];
    const runId = await startTestRun(instance, place, [{ ...step, condition: 'result.total > 2' }], documents);
    assert.equal((await finishedRun(instance, runId)).status, 'failed');
    assert.deepEqual(
      (await itemsOf(instance, runId)).map(({ status, failure }) => [status, failure?.code, failure?.detail]),
      [
        ['published', undefined, undefined],
        ['failed', 'expression_failed', 'The condition of the step “keep” cannot be evaluated. No such key: total.'],
        [
          'failed',
          'expression_failed',
          'The condition of the step “keep” cannot be evaluated. There is no “result”: the document is no JSON of at most 256 KiB and 64 levels.',
        ],
      ],
    );
    const slashes = 'It is empty, begins or ends with /, or has // in it.';
    for (const [name, fault] of [
      ['"../" + document.name', 'It has . or .. as a folder.'],
      ['""', slashes],
      ['"a//b"', slashes],
    ] as const) {
      const refused = await startTestRun(instance, place, [{ ...step, mapping: { name } }], upload({ 'd.txt': 'd' }));
      await finishedRun(instance, refused);
      const [item] = await itemsOf(instance, refused);
      assert.equal(item?.failure?.detail, `The mapping of the name of the step “keep” gives what cannot be a document’s name. ${fault}`);
    }
    assert.deepEqual([...state.published.keys()], ['a.json']);
  });

  it('ends a run whose expressions take too long for its documents', { timeout: 60_000 }, async () => {
    fresh();
    const step = { componentId: store ?? '', name: 'keep' };
    const slow = upload(Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`${'a'.repeat(40)}${index}!.txt`, 'x'])));
    const runId = await startTestRun(instance, place, [{ ...step, condition: 'document.name.matches("^(a+)+$")' }], slow);
    const { status, failure } = await finishedRun(instance, runId);
    assert.deepEqual([status, failure?.code], ['failed', 'expression_failed']);
    assert.match(failure?.detail ?? '', /take too long for many documents/);
    const items = await itemsOf(instance, runId);
    const evaluated = items.filter(({ failure }) => /takes too long for this document/.test(failure?.detail ?? '')).length;
    assert.ok(evaluated >= 5 && evaluated <= 12, `${evaluated} documents were tried`);
    assert.ok(items.filter(({ status }) => status === 'waiting').length >= 20, 'the others wait for a better expression');
  });

  it('takes documents of several sources, uploaded ones too, tells names that they share apart, and remembers each', async () => {
    fresh({ 'a.txt': 'of the first', 'b.txt': 'b' });
    const second = await testComponent(instance, place, {}, {}, undefined, 'test-source');
    const connector = (componentId: string | undefined, name: string) =>
      ({ kind: 'component', componentId: componentId ?? '', documents: 'new', name }) as const;
    const sources = [{ kind: 'upload', name: 'upload' } as const, connector(reader, 'left'), connector(second, 'right')];
    const step = { componentId: store ?? '', name: 'keep', mapping: { name: 'document.source + "/" + document.name' } };
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
    const step = { componentId: store ?? '', name: 'keep', mapping: { name: 'document.source + "/" + document.name' } };
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

  it('gives a step the original or what an earlier one made, and stores that with the run', async () => {
    fresh();
    const runId = await startTestRun(instance, place, stepsOf(), upload({ 'a/invoice.txt': 'one\ntwo' }));
    assert.equal((await finishedRun(instance, runId)).status, 'succeeded', (await logOf(instance, runId)).join('\n'));
    assert.deepEqual(Object.fromEntries(state.published), {
      'a/invoice.json': '"ONE"',
      'a/invoice/line-1.json': '"TWO"',
      'a/invoice.txt': 'one\ntwo',
    });
    const steps = await instance.control.selectFrom('item_step').select(['outcome', 'results']).where('run_id', '=', runId).execute();
    assert.deepEqual(steps, [
      { outcome: 'made', results: 2 },
      { outcome: 'published', results: null },
      { outcome: 'published', results: null },
    ]);
    const results = await instance.control
      .selectFrom('item_result as r')
      .innerJoin('document as d', 'd.id', 'r.document_id')
      .select(['d.name', 'd.run_id', 'd.content_type'])
      .where('r.run_id', '=', runId)
      .orderBy('r.position')
      .execute();
    assert.deepEqual(
      results.map(({ name, run_id, content_type }) => [name, run_id, content_type]),
      [
        ['a/invoice.json', runId, 'application/json'],
        ['a/invoice/line-1.json', runId, 'application/json'],
      ],
    );
    const [item] = await itemsOf(instance, runId);
    assert.equal(item?.published_as, 'test/a/invoice.json, test/a/invoice/line-1.json, test/a/invoice.txt');
  });

  it('keeps results of documents that differ in their extension apart, whichever comes first', async () => {
    fresh();
    const runId = await startTestRun(
      instance,
      place,
      stepsOf().slice(0, 2),
      upload({ 'b.txt': 'text', 'b.md': 'markdown', 'c.txt': 'alone' }),
    );
    assert.equal((await finishedRun(instance, runId)).status, 'succeeded');
    assert.deepEqual([...state.published].toSorted(), [
      ['b.md.json', '"MARKDOWN"'],
      ['b.txt.json', '"TEXT"'],
      ['c.json', '"ALONE"'],
    ]);
  });

  it('passes what one model made to the next, and publishes nothing of a document of which nothing was made', async () => {
    fresh();
    const steps = [
      { componentId: extract ?? '', name: 'extract' },
      { componentId: translate ?? '', name: 'translate', input: 'extract' },
      { componentId: store ?? '', name: 'keep', input: 'translate' },
    ];
    const runId = await startTestRun(instance, place, steps, upload({ 'd.txt': 'one\ntwo', 'empty.txt': '' }));
    assert.equal((await finishedRun(instance, runId)).status, 'succeeded');
    assert.deepEqual([...state.published.values()].toSorted(), ['"\\"ONE\\""', '"\\"TWO\\""']);
  });

  it('repeats no step that is done: not after a failure, and not after the process ended in the middle', async () => {
    fresh();
    let attempts = 0;
    state.before = async (step) => {
      if (step !== 'publisher') return;
      attempts += 1;
      if (attempts === 1) throw new ConnectorError('upstream_unreachable', 'The line is cut.', { retryable: true });
    };
    const steps = stepsOf().slice(0, 2);
    const runId = await startTestRun(instance, place, steps, upload({ 'e.txt': 'one' }));
    assert.equal((await finishedRun(instance, runId)).status, 'succeeded');
    assert.deepEqual(state.transformed, ['e.txt']);

    fresh();
    const { promise: stuck, resolve: isStuck } = Promise.withResolvers<void>();
    state.before = async (step, _name, signal) => {
      if (step !== 'publisher') return;
      isStuck();
      await new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }));
    };
    const second = await startTestRun(instance, place, steps, upload({ 'f.txt': 'one' }));
    await stuck;
    await instance.plane.close();
    state.before = async () => undefined;
    await instance.restart();
    assert.equal((await finishedRun(instance, second)).status, 'succeeded');
    assert.deepEqual(state.transformed, ['f.txt']);
    assert.deepEqual([...state.published], [['f.json', '"ONE"']]);
  });

  it('tries what failed again after its end, alone or all of it, and repeats nothing that is done', async () => {
    fresh();
    const refused = new Set(['g.json', 'h.json']);
    const sent: string[] = [];
    state.before = async (step, name) => {
      if (step !== 'publisher') return;
      if (refused.has(name)) throw new ConnectorError('upstream_refused', `“${name}” is too odd.`, { documentOnly: true });
      sent.push(name);
    };
    const documents = upload({ 'g.txt': 'one', 'h.txt': 'two', 'i.txt': 'three' });
    const runId = await startTestRun(instance, place, stepsOf().slice(0, 2), documents);
    assert.equal(await retryTestRun(instance, runId), null, 'A run that goes on is not taken up again.');
    const failed = await finishedRun(instance, runId);
    assert.deepEqual([failed.status, failed.counts?.failed, failed.counts?.published], ['failed', 2, 1]);
    const statuses = async () => (await itemsOf(instance, runId)).map(({ status }) => status);
    assert.deepEqual(await statuses(), ['failed', 'failed', 'published']);

    refused.clear();
    const [first] = await itemsOf(instance, runId);
    assert.equal(await retryTestRun(instance, runId, { chosen: [first?.id ?? ''] }), 1);
    assert.equal((await finishedRun(instance, runId)).status, 'failed');
    assert.deepEqual(await statuses(), ['published', 'failed', 'published']);
    assert.equal(await retryTestRun(instance, runId, { onlyFailed: true }), 1);
    const ended = await finishedRun(instance, runId);
    assert.deepEqual([ended.status, ended.retries, ended.counts?.published], ['succeeded', 2, 3]);
    assert.deepEqual(sent.toSorted(), ['g.json', 'h.json', 'i.json']);
    assert.deepEqual(state.transformed.toSorted(), ['g.txt', 'h.txt', 'i.txt']);
    assert.equal(await retryTestRun(instance, runId), 0);
    assert.equal((await finishedRun(instance, runId)).status, 'succeeded');
  });

  it('goes on after it was cancelled, with the chosen documents alone, and then with the rest', async () => {
    fresh();
    const { promise: stuck, resolve: isStuck } = Promise.withResolvers<void>();
    state.before = async (step, name, signal) => {
      if (step !== 'publisher' || name === 'k.json') return;
      isStuck();
      await new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }));
    };
    const runId = await startTestRun(instance, place, stepsOf().slice(0, 2), upload({ 'j.txt': 'one', 'k.txt': 'two', 'l.txt': 'three' }));
    await stuck;
    await instance.control.updateTable('run').set({ cancel_requested: true }).where('id', '=', runId).execute();
    assert.equal((await finishedRun(instance, runId)).status, 'cancelled');
    state.before = async () => undefined;
    const items = await itemsOf(instance, runId);
    const waiting = items.filter(({ status }) => status === 'waiting').map(({ id }) => id);
    assert.ok(waiting.length >= 2);
    assert.equal(await retryTestRun(instance, runId, { chosen: waiting.slice(0, 1) }), 1);
    const partly = await finishedRun(instance, runId);
    assert.deepEqual([partly.status, partly.failure?.code], ['failed', 'documents_not_sent']);
    assert.equal(partly.counts?.waiting, waiting.length - 1);
    assert.equal(await retryTestRun(instance, runId), waiting.length - 1);
    assert.equal((await finishedRun(instance, runId)).status, 'succeeded');
    assert.equal(state.published.size, 3);
  });

  it('does a step again when what it made is not kept any more', async () => {
    fresh();
    state.before = async (step) => {
      if (step === 'publisher') throw new ConnectorError('upstream_refused', 'Too odd.', { documentOnly: true });
    };
    const runId = await startTestRun(instance, place, stepsOf().slice(0, 2), upload({ 'm.txt': 'one' }));
    assert.equal((await finishedRun(instance, runId)).status, 'failed');
    await instance.owner.deleteFrom('document').where('run_id', '=', runId).where('name', '=', 'm.json').execute();
    state.before = async () => undefined;
    await retryTestRun(instance, runId);
    assert.equal((await finishedRun(instance, runId)).status, 'succeeded');
    assert.deepEqual(state.transformed, ['m.txt', 'm.txt']);
    assert.deepEqual([...state.published], [['m.json', '"ONE"']]);
  });

  it('reads documents from a connector, small and large, and takes only new ones when it is to', async () => {
    const large = Buffer.alloc(3 * 1024 * 1024, 'x');
    fresh({ 'small.txt': 'small', 'large.txt': large, 'nothing.txt': '' });
    const from = { kind: 'component', componentId: reader ?? '', documents: 'new' } as const;
    const steps = [store ?? ''];
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
    const runId = await startTestRun(instance, place, [store ?? ''], [], {
      kind: 'component',
      componentId: reader ?? '',
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

  it('stores nothing that a model made with the value that it was given, and fails that document by name', async () => {
    fresh();
    const secret = await testSecret(instance, place, 'KEY', 'a-key-that-nobody-else-has', { destinations: ['https://model.example:443'] });
    const withKey = await testComponent(instance, place, {}, { key: secret }, undefined, 'test-model');
    const steps = [
      { componentId: withKey, name: 'extract' },
      { componentId: store ?? '', name: 'keep', input: 'extract' },
    ];
    const runId = await startTestRun(instance, place, steps, upload({ 'leaks.txt': 'key', 'fine.txt': 'text' }));
    assert.equal((await finishedRun(instance, runId)).status, 'failed');
    assert.deepEqual([...state.published], [['fine.json', '"TEXT"']]);
    const failed = (await itemsOf(instance, runId)).find(({ status }) => status === 'failed');
    assert.deepEqual([failed?.name, failed?.failure?.code], ['leaks.txt', 'document_holds_value']);
    assert.ok(!JSON.stringify([failed, await logOf(instance, runId)]).includes('nobody-else-has'));
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
    const runId = await startTestRun(instance, place, [store ?? ''], [], {
      kind: 'component',
      componentId: reader ?? '',
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

  it('notes no step of an item that is not under way any more', async () => {
    fresh();
    const runId = await startTestRun(instance, place, [store ?? ''], upload({ 'h.txt': 'text' }));
    await finishedRun(instance, runId);
    const [item] = await itemsOf(instance, runId);
    const itemPlace = { organizationId: place.id, runId, itemId: item?.id ?? '' };
    const db = instance.connectAs('data');
    const finish = createFinishStep(db as unknown as Parameters<typeof createFinishStep>[0]);
    const step = { stepId: uuidv7(), outcome: 'published', publishedAs: 'x', results: [], milliseconds: 1, place: itemPlace } as const;
    await assert.rejects(finish(step), { name: 'ItemTakenAway' });
    await db.destroy();
    assert.deepEqual(await instance.control.selectFrom('item_step').select('item_id').where('run_id', '=', runId).execute(), []);
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
    const from = { kind: 'component', componentId: reader ?? '', documents: 'all' } as const;
    const runId = await startTestRun(instance, place, [store ?? ''], [], from);
    assert.equal((await finishedRun(instance, runId)).status, 'succeeded');
    assert.equal(attempts, 3);
    Object.assign(source, { list: unreachable(100) });
    const failing = await startTestRun(instance, place, [store ?? ''], [], from);
    const run = await finishedRun(instance, failing);
    Object.assign(source, { list });
    assert.equal(run.status, 'failed');
    const failure = run.failure as unknown as { code: string; component: { id: string } };
    assert.deepEqual([failure.code, failure.component.id], ['upstream_unreachable', reader]);
  });
});
