import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, beforeEach, describe, it } from 'node:test';
import { ConnectorError, type ConnectorErrorCode, type Options } from '@holdfast/connector';
import pg from 'pg';
import { AZURE_CERTIFICATE } from '../../tests/harness/azure-certificate.ts';
import { type TestContextOptions, testContext, testDocument } from '../../tests/harness/connector-context.ts';
import { eventually } from '../../tests/harness/eventually.ts';
import { freePort } from '../../tests/harness/ports.ts';
import { type PostgresServer, postgresServer } from '../../tests/harness/postgres-server.ts';
import { postgresPublisher } from './connectors.ts';
import { readPublisherOptions } from './options.ts';
import { publish as publishWithin } from './publish.ts';
import { LIMITS, type StatementLimits } from './session.ts';

let server: PostgresServer;
let writer: Awaited<ReturnType<PostgresServer['role']>>;
before(async () => {
  server = await postgresServer();
  await server.client.query(`
    create schema "Filing";
    create table "Filing"."Rechnungen ü" (number text primary key, total numeric check (total < 1000000000000000000000), paid boolean,
      lines jsonb, tags text[], raw json, bytes bytea, file text not null default 'none', born date);
  `);
  writer = await server.role(['usage on schema "Filing"', 'select, insert, update on "Filing"."Rechnungen ü"']);
});
after(() => server?.[Symbol.asyncDispose]());
beforeEach(async () => {
  server.behaviour = 'tls';
  await server.client.query('truncate "Filing"."Rechnungen ü"');
});

const COLUMNS = 'number = /number; total=/total; paid=/paid; lines=/lines; tags=/tags; raw=/raw; file=$name';
function options(more: Options = {}): Options {
  return {
    connectionString: `${writer.url}?sslmode=verify-full`,
    table: 'Filing.Rechnungen ü',
    columns: COLUMNS,
    keyColumns: 'number',
    certificateAuthority: AZURE_CERTIFICATE.replaceAll('\n', ' '),
    ...more,
  };
}

function contextOf(given: Options, more: Partial<TestContextOptions> = {}) {
  return testContext({ destinations: postgresPublisher.destinations(given), values: [String(given.connectionString)], ...more });
}

async function publish(name: string, content: string | Uint8Array, given = options(), contentType = 'application/json') {
  await using context = contextOf(given);
  return await postgresPublisher.publish(testDocument(name, Buffer.from(content), contentType), given, context);
}

async function check(given = options()) {
  await using context = contextOf(given);
  return await postgresPublisher.check(given, context);
}

/** The object is a level too. */
const deepJson = (levels: number) => `{"number": "1", "lines": ${'['.repeat(levels - 1)}${']'.repeat(levels - 1)}}`;

const table = async () => (await server.client.query('select * from "Filing"."Rechnungen ü" order by number')).rows;

/** No part of a connection string is in what people see. */
function failsAs(code: ConnectorErrorCode, message: RegExp, more: Partial<Pick<ConnectorError, 'retryable' | 'documentOnly'>> = {}) {
  return (error: unknown) => {
    assert.ok(error instanceof ConnectorError, String((error as Error).stack));
    const shown = `${error.message} ${error.remedy}`;
    assert.equal(error.code, code, shown);
    assert.match(error.message, message);
    assert.ok((error.remedy ?? '') !== '' || error.code === 'upstream_unreachable', shown);
    assert.equal(error.retryable, more.retryable ?? false, shown);
    assert.equal(error.documentOnly, more.documentOnly ?? false, shown);
    for (const part of [writer.password, writer.name, 'canary', 'postgres://', server.database]) assert.ok(!shown.includes(part), shown);
    return true;
  };
}

const INVOICE = {
  number: 'R-1',
  total: 12.5,
  paid: true,
  lines: [{ text: 'Tee ☕', price: 12.5 }],
  tags: ['a', 'b "c"', null],
  raw: { b: 1, a: 2 },
};

describe('the PostgreSQL publisher', { concurrency: false }, () => {
  it('writes a JSON object as a row, over TLS, and says unchanged when the same row is there', async () => {
    const first = await publish('a/ü.json', JSON.stringify(INVOICE));
    assert.deepEqual(first, { outcome: 'published', publishedAs: 'Filing.Rechnungen ü (1 row)' });
    assert.equal(server.connections.at(-1), true);
    const [row] = await table();
    assert.deepEqual(row, { ...INVOICE, total: '12.5', bytes: null, born: null, file: 'a/ü.json' });
    assert.equal((await publish('a/ü.json', JSON.stringify(INVOICE))).outcome, 'unchanged');
    assert.equal((await publish('a/ü.json', JSON.stringify({ ...INVOICE, paid: false }))).outcome, 'published');
    assert.equal((await table())[0].paid, false);
  });

  it('writes a row for each object of an array and each line of JSON lines, past the parameters of one statement', async () => {
    const many = Array.from({ length: 2_500 }, (_, index) => ({ number: `N${index}` }));
    assert.equal((await publish('many.json', JSON.stringify(many))).publishedAs, 'Filing.Rechnungen ü (2500 rows)');
    assert.equal((await table()).length, 2_500);
    await publish('lines.jsonl', '{"number":"L1"}\n{"number":"L2"}\n\n', options(), 'application/octet-stream');
    assert.equal((await table()).filter(({ number }) => number.startsWith('L')).length, 2);
    assert.equal((await publish('none.json', '[]')).outcome, 'unchanged');
  });

  it('keeps long numbers as they are written', async () => {
    await publish('n.json', '{"number": 9007199254740993, "total": 12345678901234567890.10, "lines": {"id": 9007199254740993}}');
    const { rows } = await server.client.query('select number, total::text, lines::text from "Filing"."Rechnungen ü"');
    assert.deepEqual(rows, [{ number: '9007199254740993', total: '12345678901234567890.10', lines: '{"id": 9007199254740993}' }]);
  });

  it('writes JSON of 1,000 levels', async () => {
    await publish('a.json', deepJson(1_000));
    const [row] = await table();
    assert.equal(JSON.stringify(row.lines), `${'['.repeat(999)}${']'.repeat(999)}`);
  });

  it('writes any document by its name, size, hash, type, text and bytes', async () => {
    const bytes = randomBytes(3 * 1024 * 1024);
    const ofBytes = options({ columns: '{"number": "$sha256", "bytes": "$bytes", "file": "$contentType", "total": "$size"}' });
    assert.equal((await publish('x.bin', bytes, ofBytes, 'image/png')).outcome, 'published');
    assert.equal((await publish('x.bin', bytes, ofBytes, 'image/png')).outcome, 'unchanged');
    const [row] = await table();
    assert.ok(bytes.equals(row.bytes));
    assert.deepEqual([row.file, row.total, row.number.length], ['image/png', String(bytes.length), 64]);
    await publish('t.txt', "it's \u{1f600}'; drop table x; --", options({ columns: 'number = $name; file = $text' }), 'text/plain');
    assert.equal((await table())[1].file, "it's \u{1f600}'; drop table x; --");
  });

  it('leaves a row that is there when the component only inserts', async () => {
    await publish('one.json', '{"number":"R"}');
    assert.equal((await publish('two.json', '{"number":"R"}', options({ mode: 'insert' }))).outcome, 'unchanged');
    assert.equal((await table())[0].file, 'one.json');
  });

  it('keeps one connection for the documents of a use, and makes it again when it was closed', async () => {
    const given = options();
    await using context = contextOf(given);
    const before = server.connections.length;
    const documents = Array.from({ length: 5 }, (_, index) => testDocument(`${index}.json`, Buffer.from(`{"number":"${index}"}`)));
    await Promise.all(documents.map((document) => postgresPublisher.publish(document, given, context)));
    assert.equal(server.connections.length, before + 1);
    await server.client.query(`select pg_terminate_backend(pid) from pg_stat_activity where usename = '${writer.name}'`);
    const next = testDocument('again.json', Buffer.from('{"number":"again"}'));
    const again = { retryable: true };
    const tried = await postgresPublisher.publish(next, given, context).catch((error: unknown) => {
      // The server says so, unless the connection is gone before that is read.
      const isSaid = error instanceof ConnectorError && error.code === 'upstream_refused';
      const ending = isSaid ? failsAs(error.code, /shutting down \(57P01\)/, again) : failsAs('upstream_unreachable', /closed|lost/, again);
      ending(error);
      return postgresPublisher.publish(next, given, context);
    });
    assert.equal(tried.outcome, 'published');
    assert.equal((await table()).length, 6);
  });

  it('keeps nothing of a document when one of its rows fails', async () => {
    await assert.rejects(
      publish('a.json', '[{"number":"1"},{"number":"2","total":"x"}]'),
      failsAs('upstream_refused', /cannot keep a value in its column \(22P02\)/, { documentOnly: true }),
    );
    assert.deepEqual(await table(), []);
  });

  const within = async (limits: Partial<StatementLimits>, content: string) => {
    const given = options();
    await using context = contextOf(given);
    return await publishWithin(testDocument('a.json', Buffer.from(content)), readPublisherOptions(given), context, {
      ...LIMITS,
      ...limits,
    });
  };

  it('says of a row that another transaction has locked, and of a slow trigger, that trying again helps', async () => {
    const again = { retryable: true };
    await publish('a.json', '{"number":"R-1"}');
    await server.client.query(`begin; update "Filing"."Rechnungen ü" set paid = true where number = 'R-1'`);
    try {
      const locked = failsAs('upstream_refused', /the rows or a table locked by another transaction \(55P03\)/, again);
      await assert.rejects(within({ lock: 300 }, '{"number":"R-1","paid":false}'), locked);
    } finally {
      await server.client.query('rollback');
    }
    assert.equal((await publish('a.json', '{"number":"R-1","paid":false}')).outcome, 'published');
    await server.client.query(`
      create function wait_long() returns trigger language plpgsql as 'begin perform pg_sleep(600); return new; end';
      create trigger waits before insert on "Filing"."Rechnungen ü" for each row execute function wait_long();
    `);
    try {
      await assert.rejects(within({ statement: 400 }, '{"number":"R-2"}'), failsAs('upstream_refused', /took too long \(57014\)/, again));
    } finally {
      await server.client.query('drop function wait_long cascade');
    }
  });

  it('says of a deadlock that trying again helps, and keeps nothing of the document', async () => {
    await publish('a.json', '[{"number":"1"},{"number":"2"},{"number":"3"}]');
    const lock = (number: string) => `update "Filing"."Rechnungen ü" set paid = true where number = '${number}'`;
    const between = new pg.Client({ connectionString: `${writer.url}?sslmode=disable` });
    await between.connect();
    try {
      // Only the connector's session looks for deadlocks, so that it is the one that ends.
      const { rows } = await server.client.query<{ pid: number }>('select pg_backend_pid() as pid');
      await server.client.query(`begin; set local deadlock_timeout = '10min'; ${lock('3')}`);
      await between.query(`begin; ${lock('2')}`);
      const ended = assert.rejects(
        publish('a.json', '[{"number":"1","total":1},{"number":"2"},{"number":"3"}]'),
        failsAs('upstream_refused', /ended the transaction because of another one \(40P01\)/, { retryable: true }),
      );
      const waits = (what: string, condition: string) =>
        eventually(what, async () => {
          const { rowCount } = await between.query(`select 1 from pg_locks where not granted and ${condition}`);
          return (rowCount ?? 0) > 0;
        });
      await waits('the first row to be the connector’s, which waits for the second', 'pg_backend_pid() = any (pg_blocking_pids(pid))');
      const other = server.client.query(lock('1'));
      await waits('the other session to wait for the first row', `pid = ${rows[0]?.pid}`);
      await between.query('rollback');
      await ended;
      await other;
    } finally {
      await between.end();
      await server.client.query('rollback');
    }
    assert.deepEqual(
      (await table()).map(({ number, total }) => [number, total]),
      [
        ['1', null],
        ['2', null],
        ['3', null],
      ],
    );
  });

  for (const [what, content, message] of [
    ['a missing value', '{"total": 1}', /leaves empty \(23502\)/],
    ['a value against a rule', '{"number": "1", "total": 1e30}', /does not meet \(23514\)/],
    ['a key twice', '[{"number": "1"}, {"number": "1"}]', /two rows with the same key \(21000\)/],
    ['a NUL', '{"number": "a\\u0000"}', /cannot keep a value/],
  ] as const) {
    it(`lets a document with ${what} fail alone`, async () => {
      await assert.rejects(publish('a.json', content), failsAs('upstream_refused', message, { documentOnly: true }));
    });
  }

  for (const [what, content, columns, message] of [
    ['is no JSON', 'x', COLUMNS, /is not JSON/],
    ['is no text', Buffer.of(0xff, 0xfe, 0x80), 'number = $name; file = $text', /not text in UTF-8/],
    ['has JSON of 5,000 levels', deepJson(5_000), COLUMNS, /^The JSON of “a” has more than 1,000 levels/],
    ['has JSON of 1,001 levels', deepJson(1_001), COLUMNS, /^The JSON of “a” has more than 1,000 levels/],
    ['is larger than 16 MiB', Buffer.alloc(16 * 1024 * 1024 + 1), 'number = $name; bytes = $bytes', /more than 16 MiB/],
  ] as const) {
    it(`lets a document that ${what} fail alone`, async () => {
      const given = options({ columns });
      await assert.rejects(publish('a', content, given), failsAs('document_unsupported', message, { documentOnly: true }));
    });
  }
});

describe('the connection test of the PostgreSQL publisher', { concurrency: false }, () => {
  it('passes with the least rights that do the work, and changes nothing', async () => {
    assert.match(await check(), /accepts the credentials over TLS\. The table “Filing\.Rechnungen ü” is there/);
    const least = await server.role(['usage on schema "Filing"', 'select (number), insert (number, file) on "Filing"."Rechnungen ü"']);
    const given = options({ connectionString: least.url, columns: 'number = $name; file = $sha256', mode: 'insert' });
    assert.match(await check({ ...given, connectionString: `${least.url}?sslmode=require` }), /may be written/);
    assert.deepEqual(await table(), []);
    const published = await publish('x', '1', { ...given, connectionString: `${least.url}?sslmode=disable` });
    assert.equal(published.outcome, 'published');
    assert.equal(server.connections.at(-1), false);
    await assert.rejects(check({ ...given, mode: 'upsert' }), failsAs('upstream_credentials', /does not permit .*\(42501\)/));
  });

  const wrongs: readonly (readonly [string, () => Options, ConnectorErrorCode, RegExp])[] = [
    [
      'another password',
      () => ({
        connectionString: options()
          .connectionString?.toString()
          .replace(/canary/, 'canary2'),
      }),
      'upstream_credentials',
      /28P01/,
    ],
    [
      'an unknown user',
      () => ({ connectionString: `postgres://nobody:x@127.0.0.1:${server.port}/x?sslmode=require` }),
      'upstream_credentials',
      /28/,
    ],
    [
      'an unknown database',
      () => ({ connectionString: writer.url.replace(/[^/]*$/, 'elsewhere') }),
      'upstream_not_found',
      /no such database \(3D000\)/,
    ],
    ['an unknown table', () => ({ table: 'Filing.rechnungen' }), 'upstream_not_found', /no table “Filing\.rechnungen”/],
    ['an unknown column', () => ({ columns: 'number=/a; Total=/b' }), 'upstream_not_found', /no column “Total”/],
    [
      'key columns without a constraint',
      () => ({ keyColumns: 'file' }),
      'option_invalid',
      /no primary key or unique constraint .*\(42P10\)/,
    ],
  ];
  for (const [what, more, code, message] of wrongs) {
    it(`names ${what}`, async () => {
      await assert.rejects(check(options(more())), failsAs(code, message));
    });
  }

  it('names a user who may not write, a server that takes no writes, and one that lets nobody in', async () => {
    const reader = await server.role(['usage on schema "Filing"', 'select on "Filing"."Rechnungen ü"']);
    await assert.rejects(check(options({ connectionString: reader.url })), failsAs('upstream_credentials', /42501/));
    await server.client.query(
      `alter role ${reader.name} set default_transaction_read_only = on; grant all on all tables in schema "Filing" to ${reader.name}`,
    );
    await assert.rejects(check(options({ connectionString: reader.url })), failsAs('upstream_refused', /takes no writes/));
    await server.client.query(`alter role ${reader.name} connection limit 0`);
    await assert.rejects(check(options({ connectionString: reader.url })), failsAs('upstream_refused', /53300/, { retryable: true }));
  });

  it('names a certificate that is not trusted, a server without TLS, one that ends, and none', async () => {
    await assert.rejects(
      check(options({ certificateAuthority: '', connectionString: `${writer.url}?sslmode=require` })),
      failsAs('upstream_unreachable', /no certificate that this server trusts/),
    );
    server.behaviour = 'no-tls';
    const required = options({ connectionString: `${writer.url}?sslmode=require` });
    await assert.rejects(check(required), failsAs('upstream_refused', /offers no TLS/));
    server.behaviour = 'closes';
    await assert.rejects(check(required), failsAs('upstream_unreachable', /ended the connection|was lost/, { retryable: true }));
    await assert.rejects(
      check(options({ connectionString: `${writer.url}?sslmode=disable` })),
      failsAs('upstream_unreachable', /closed the connection|was lost/, { retryable: true }),
    );
    const nothing = writer.url.replace(`:${server.port}/`, `:${await freePort()}/`);
    await assert.rejects(
      check(options({ connectionString: nothing })),
      failsAs('upstream_unreachable', /Nothing answers/, { retryable: true }),
    );
  });

  it('ends with a server that never answers', async () => {
    server.behaviour = 'silent';
    const tries = ['?sslmode=require', '?sslmode=disable'].map((end) =>
      assert.rejects(
        check(options({ connectionString: writer.url + end })),
        failsAs('upstream_unreachable', /did not answer in time|ended the connection/, { retryable: true }),
      ),
    );
    await Promise.all(tries);
  });

  it('stops when the work is to stop', async () => {
    server.behaviour = 'silent';
    const stop = new AbortController();
    const given = options();
    await using context = contextOf(given, { signal: stop.signal });
    const work = postgresPublisher.check(given, context);
    stop.abort(new Error('stopped'));
    await assert.rejects(work, /stopped/);
  });
});
