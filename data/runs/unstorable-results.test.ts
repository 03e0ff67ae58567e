import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { ConnectorError, type PublisherConnector, type SourceConnector } from '@holdfast/connector';
import { sql } from 'kysely';
import {
  QUICK_RETRY,
  type TestInstance,
  type TestOrganization,
  testComponent,
  testInstance,
  testOrganization,
} from '../testing/instance.ts';
import { finishedRun, itemsOf, logOf, startTestRun } from '../testing/runs.ts';

const schema = { type: 'object', additionalProperties: false, required: [], properties: {} } as const;
const base = { destinations: () => [], check: async () => 'It is there.' };
const service = {
  publications: 0,
  /** Where it says that a document is. */
  publish: async (name: string): Promise<string> => name,
  listed: [] as { reference: string; name: string; contentType: string; version?: string }[],
};

const publisher: PublisherConnector = {
  ...base,
  role: 'publisher',
  type: { type: 'test-publisher', role: 'publisher', title: 'Publisher', description: '', schema },
  async publish(document) {
    service.publications += 1;
    return { outcome: 'published', publishedAs: await service.publish(document.name) };
  },
};
const source: SourceConnector = {
  ...base,
  role: 'connector',
  type: { type: 'test-source', role: 'connector', title: 'Source', description: '', schema },
  async *list() {
    yield* service.listed;
  },
  async read() {
    const bytes = Buffer.alloc(300_000, 'x');
    const body = (async function* () {
      yield bytes;
    })();
    return { size: bytes.length, contentType: 'text/pl\0ain', body };
  },
};

describe('what the database cannot store', { concurrency: false }, () => {
  let instance: TestInstance;
  let organization: TestOrganization;
  let to: string;
  let from: string;
  before(async () => {
    instance = await testInstance({}, { connectors: [publisher, source] });
    organization = await testOrganization(instance);
    to = await testComponent(instance, organization, {}, {}, undefined, 'test-publisher');
    from = await testComponent(instance, organization, {}, {}, undefined, 'test-source');
  });
  after(() => instance?.[Symbol.asyncDispose]());
  beforeEach(() => {
    Object.assign(service, { publications: 0, publish: async (name: string) => name, listed: [] });
  });

  const documents = ['a.txt', 'b.txt', 'c.txt'].map((name) => ({ name, bytes: Buffer.from(name) }));
  /** As if a rule of the table refused such a row. */
  async function refuse(condition: string, errorCode: string): Promise<AsyncDisposable> {
    await sql`create function refuse_row() returns trigger language plpgsql as ${sql.raw(`'
      begin if ${condition.replaceAll("'", "''")} then raise exception using errcode = ''${errorCode}'', message = ''no such row''; end if; return new; end'`)}`.execute(
      instance.owner,
    );
    await sql`create trigger refuse_row before update on run_item for each row execute function refuse_row()`.execute(instance.owner);
    return {
      [Symbol.asyncDispose]: async () => {
        await sql`drop trigger refuse_row on run_item`.execute(instance.owner);
        await sql`drop function refuse_row`.execute(instance.owner);
      },
    };
  }

  it('is written as escapes: where a document is, and why it failed', async () => {
    service.publish = async (name) => {
      if (name === 'b.txt') throw new ConnectorError('upstream_refused', 'No\0 \ud800.', { remedy: 'None\u0001.', documentOnly: true });
      return `x\0${name}`;
    };
    const runId = await startTestRun(instance, organization, [to, to], documents);
    const run = await finishedRun(instance, runId);
    assert.match((run.failure as { detail: string }).detail, /No\\u\{0000\} \\u\{D800\}\./);
    const items = await itemsOf(instance, runId);
    assert.deepEqual(
      items.map(({ status, published_as }) => [status, published_as]),
      [
        ['published', 'x\\u{0000}a.txt, x\\u{0000}a.txt'],
        ['failed', null],
        ['published', 'x\\u{0000}c.txt, x\\u{0000}c.txt'],
      ],
    );
    assert.match((await logOf(instance, runId)).join('\n'), /error: “b\.txt”: No\\u\{0000\}/);
    assert.equal(service.publications, 5);
  });

  it('is left out where it is the key of a document, and no content type where it is in one', async () => {
    service.listed = [
      { reference: 'a\0', name: 'a.txt', contentType: 'text/plain' },
      { reference: 'b', name: 'b.txt', contentType: 'text/plain', version: '\udc00' },
      { reference: 'c', name: 'c.txt', contentType: 'text/\0' },
    ];
    const runId = await startTestRun(instance, organization, [to], [], { kind: 'component', componentId: from, documents: 'new' });
    assert.equal((await finishedRun(instance, runId)).status, 'succeeded');
    const items = await itemsOf(instance, runId);
    assert.deepEqual(
      items.map(({ name, status, content_type }) => [name, status, content_type]),
      [
        ['c.txt', 'published', 'application/octet-stream'],
        ['a.txt', 'skipped', 'text/plain'],
        ['b.txt', 'skipped', 'text/plain'],
      ],
    );
  });

  for (const errorCode of ['22021', '23514']) {
    it(`fails its own document by name, and no other: ${errorCode}`, async () => {
      await using _ = await refuse("new.published_as = 'b.txt'", errorCode);
      const runId = await startTestRun(instance, organization, [to], documents);
      assert.equal((await finishedRun(instance, runId)).status, 'failed');
      assert.deepEqual(
        (await itemsOf(instance, runId)).map(({ name, status }) => [name, status]),
        [
          ['a.txt', 'published'],
          ['b.txt', 'failed'],
          ['c.txt', 'published'],
        ],
      );
      assert.match((await logOf(instance, runId)).join('\n'), /error: “b\.txt”: What became of the document could not be stored/);
      assert.equal(service.publications, 3);
    });
  }

  it('ends its run as failed when it is taken up again and again without progress, with a reason and a remedy', async () => {
    await using _ = await refuse("new.status = 'published'", 'XX000');
    const runId = await startTestRun(instance, organization, [to], documents.slice(0, 1));
    const run = await finishedRun(instance, runId);
    assert.equal(run.status, 'failed');
    const failure = run.failure as { code: string; detail: string; remedy: string };
    assert.equal(failure.code, 'run_interrupted');
    assert.match(failure.detail, /interrupted 5 times/);
    assert.match(failure.remedy, /Try the run again/);
    assert.equal(service.publications, QUICK_RETRY.attempts);
    assert.deepEqual(
      (await itemsOf(instance, runId)).map(({ status }) => status),
      ['waiting'],
    );
  });

  it('does not end a run that makes progress between its interruptions', async () => {
    await using _ = await refuse("new.status = 'published' and new.attempts < 4", 'XX000');
    const runId = await startTestRun(instance, organization, [to, to], documents.slice(0, 1));
    assert.equal((await finishedRun(instance, runId)).status, 'succeeded');
  });
});
