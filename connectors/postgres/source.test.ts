import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { ConnectorError, type ConnectorErrorCode, type Options } from '@holdfast/connector';
import { AZURE_CERTIFICATE } from '../../tests/harness/azure-certificate.ts';
import { testContext } from '../../tests/harness/connector-context.ts';
import { eventually } from '../../tests/harness/eventually.ts';
import { type PostgresServer, postgresServer } from '../../tests/harness/postgres-server.ts';
import { postgresSource } from './connectors.ts';
import { readSourceOptions } from './options.ts';
import { LIMITS } from './session.ts';
import { list, read } from './source.ts';

let server: PostgresServer;
let reader: Awaited<ReturnType<PostgresServer['role']>>;
before(async () => {
  server = await postgresServer();
  await server.client.query(`
    create table invoice (number text, total numeric, note text, changed timestamptz, kept text);
    insert into invoice select 'R' || n, n * 1.10, case when n = 2 then 'a "b", c' when n = 3 then '' end, '2026-01-01', 'x' from generate_series(1, 450) n;
    create table plain (a int);
  `);
  reader = await server.role(['usage on schema public', 'select (number, total, note, changed) on invoice']);
});
after(() => server?.[Symbol.asyncDispose]());

const QUERY = 'select number, total, note from invoice order by total; ';
const options = (more: Options = {}): Options => ({ connectionString: reader.url, query: QUERY, keyColumn: 'number', ...more });

async function using<T>(
  given: Options,
  work: (context: ReturnType<typeof testContext>) => Promise<T>,
  values?: readonly string[],
): Promise<T> {
  await using context = testContext({
    destinations: postgresSource.destinations(given),
    values: values ?? [String(given.connectionString)],
  });
  return await work(context);
}

async function collected<T>(given: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const each of given) all.push(each);
  return all;
}

const listed = (given: Options) => using(given, (context) => collected(postgresSource.list(given, context)));
const bytesOf = (given: Options, reference: string, values?: readonly string[]) =>
  using(
    given,
    async (context) => {
      const { body } = await postgresSource.read(reference, given, context);
      return Buffer.concat(await collected(body)).toString('utf8');
    },
    values,
  );
const checked = (given: Options) => using(given, (context) => postgresSource.check(given, context));

function failsAs(code: ConnectorErrorCode, message: RegExp, documentOnly = false, retryable?: boolean) {
  return (error: unknown) => {
    assert.ok(error instanceof ConnectorError, String((error as Error).stack));
    const shown = `${error.message} ${error.remedy}`;
    assert.equal(error.code, code, shown);
    assert.match(error.message, message);
    assert.equal(error.documentOnly, documentOnly, shown);
    if (retryable !== undefined) assert.equal(error.retryable, retryable, shown);
    for (const part of [reader.password, reader.name, 'canary', 'postgres://', server.database]) assert.ok(!shown.includes(part), shown);
    return true;
  };
}

describe('the PostgreSQL source', { concurrency: false }, () => {
  it('lists a document for each row, past one page, and reads each again, also while it lists', async () => {
    const given = options({ query: 'select number, total, note, changed::date from invoice -- all', versionColumn: 'changed' });
    const all = await listed(given);
    assert.equal(all.length, 450);
    assert.deepEqual(all[1], { reference: 'R2', name: 'R2.json', contentType: 'application/json', version: '2026-01-01' });
    assert.equal(new Set(all.map(({ name }) => name)).size, 450);
    await using(given, async (context) => {
      for await (const { reference } of postgresSource.list(given, context)) {
        const { body } = await postgresSource.read(reference, given, context);
        const text = Buffer.concat(await collected(body)).toString('utf8');
        assert.deepEqual(text, '{"number":"R1","total":1.10,"note":null,"changed":"2026-01-01"}');
        break;
      }
    });
    await eventually('the list that was left to end', async () => {
      const idle = `select 1 from pg_stat_activity where usename = '${reader.name}' and state like 'idle in%'`;
      return (await server.client.query(idle)).rows.length === 0;
    });
  });

  it('lists and reads over TLS to a server whose certificate an authority of its own signed, and not without it', async () => {
    const secured = { connectionString: `${reader.url}?sslmode=verify-full`, certificateAuthority: AZURE_CERTIFICATE };
    const before = server.connections.length;
    assert.match(await checked(options(secured)), /accepts the credentials over TLS, and the query can be run/);
    assert.equal((await listed(options(secured))).length, 450);
    assert.equal(await bytesOf(options(secured), 'R2'), '{"number":"R2","total":2.20,"note":"a \\"b\\", c"}');
    const whole = await bytesOf(options({ ...secured, documents: 'set' }), 'result');
    assert.equal(whole.trimEnd().split('\n').length, 450);
    assert.deepEqual(new Set(server.connections.slice(before)), new Set([true]));
    const untrusted = failsAs('upstream_unreachable', /certificate/);
    await assert.rejects(listed(options({ ...secured, certificateAuthority: '' })), untrusted);
    // By a name that is not in the certificate.
    const elsewhere = options({ ...secured, connectionString: secured.connectionString.replace('127.0.0.1', 'db.example.com') });
    await using context = testContext({ destinations: postgresSource.destinations(elsewhere), port: server.port });
    await assert.rejects(collected(postgresSource.list(elsewhere, context)), untrusted);
  });

  it('makes one document of the whole result, as JSON lines or CSV', async () => {
    const lines = options({ documents: 'set', fileName: 'Rechnungen ü' });
    const [document] = await listed(lines);
    assert.equal(document?.name, 'Rechnungen ü.jsonl');
    const text = await bytesOf(lines, document?.reference ?? '');
    assert.equal(text.trimEnd().split('\n').length, 450);
    assert.match(text, /^\{"number":"R1","total":1\.10,"note":null\}\n/);
    const csv = await bytesOf(
      options({ documents: 'set', format: 'csv', query: 'select * from (select number, total, note from invoice) i' }),
      'result',
    );
    assert.ok(csv.startsWith('number,total,note\r\nR1,1.10,\r\nR2,2.20,"a ""b"", c"\r\nR3,3.30,""\r\nR4,'), csv.slice(0, 90));
    assert.equal(csv.split('\r\n').length, 452);
    const none = await bytesOf(options({ documents: 'set', format: 'csv', query: 'select number from invoice where false' }), 'result');
    assert.equal(none, 'number\r\n');
  });

  it('holds no more of a result than a few MiB, however long its rows are, and no row above 16 MiB', async () => {
    for (const [long, mebibytesAtOnce] of [
      [`select n, repeat('x', 1024 * 1024) as text from generate_series(1, 40) n`, 10],
      // Behind short ones.
      [`select n, repeat('x', case when n > 8 then 1024 * 1024 else 1 end) as text from generate_series(1, 60) n`, 34],
    ] as const) {
      await using(options({ documents: 'set', query: long }), async (context) => {
        const { body } = await postgresSource.read('result', options({ documents: 'set', query: long }), context);
        let most = 0;
        let all = 0;
        for await (const piece of body) {
          most = Math.max(most, piece.length);
          all += piece.length;
        }
        assert.ok(all >= 40 * 1024 * 1024);
        assert.ok(most < mebibytesAtOnce * 1024 * 1024, `${most} bytes at once`);
      });
    }
    const one = options({ query: `select n, repeat('x', 16 * 1024 * 1024) as text from generate_series(1, 2) n`, keyColumn: 'n' });
    await assert.rejects(bytesOf(one, '1'), failsAs('document_unsupported', /The row “1” has 16,777,\d{3} bytes.* up to 16 MiB/, true));
  });

  it('names documents by keys of any kind, and climbs nowhere', async () => {
    const query = "select * from (values ('a/b'), ('../x'), ('x'), ('a\\b'), ('a_b'), ('/'), ('ü ü')) v(key)";
    const all = await listed(options({ query, keyColumn: 'key' }));
    assert.deepEqual([all[0]?.name, all[2]?.name, all[6]?.name], ['a/b.json', 'x.json', 'ü ü.json']);
    assert.equal(new Set(all.map(({ name }) => name)).size, 7);
    for (const { name } of all) assert.doesNotMatch(name, /^\/|\/\/|(?:^|\/)\.\.?(?:\/|$)/);
  });

  it('does not let a value of the use into a document', async () => {
    const query = "select number, 'the canary-value-7261' as leak from invoice";
    await assert.rejects(
      bytesOf(options({ query }), 'R1', [reader.url, 'canary-value-7261']),
      (error) => error instanceof ConnectorError && error.code === 'document_holds_value',
    );
  });

  it('passes its connection test with rights on the columns alone, and runs nothing', async () => {
    assert.match(await checked(options()), /accepts the credentials without TLS, and the query can be run/);
    assert.match(await checked(options({ query: 'select pg_sleep(600) as s, number from invoice' })), /can be run/);
    await assert.rejects(
      checked(options({ query: 'select kept as number from invoice' })),
      failsAs('upstream_credentials', /may not read .*42501/),
    );
  });

  const wrongs: readonly (readonly [string, Options, ConnectorErrorCode, RegExp])[] = [
    ['a table that is not there', { query: 'select * from nowhere' }, 'upstream_not_found', /42P01/],
    ['a key column that is not there', { keyColumn: 'Number' }, 'upstream_not_found', /42703/],
    ['no SQL', { query: 'hello' }, 'option_invalid', /42601/],
    ['a second statement', { query: 'select 1 as number) as q; drop table plain; select (1' }, 'option_invalid', /42601/],
    [
      'a statement that writes',
      { query: 'with w as (delete from plain returning a) select a as number from w' },
      'option_invalid',
      /more than read/,
    ],
  ];
  for (const [what, more, code, message] of wrongs) {
    it(`names ${what}`, async () => {
      await assert.rejects(checked(options(more)), failsAs(code, message));
      await assert.rejects(listed(options(more)), failsAs(code, message));
    });
  }

  it('writes nothing through a function either', async () => {
    const query = "select setval('s', 5) as number";
    await server.client.query(`create sequence s; grant all on sequence s to ${reader.name}`);
    await assert.rejects(listed(options({ query })), failsAs('option_invalid', /more than read \(25006\)/));
  });

  it('names a row that is gone, a key twice, and an empty one', async () => {
    await assert.rejects(bytesOf(options(), 'nobody'), failsAs('upstream_not_found', /not give this row/, true));
    const twice = options({ query: "select 'k' as number from invoice" });
    await assert.rejects(bytesOf(twice, 'k'), failsAs('answer_invalid', /several rows/, true));
    await assert.rejects(listed(options({ keyColumn: 'note' })), failsAs('answer_invalid', /is empty/));
  });

  it('leaves a key and a version that are too long with the server', async () => {
    const long = `repeat('x', ${70 * 1024 * 1024})`;
    await assert.rejects(listed(options({ query: `select ${long} as number` })), failsAs('answer_invalid', /longer than 1,024/));
    const versions = ['v', 'é'.repeat(256), 'é'.repeat(257), 'é'.repeat(600)];
    const values = versions.map((version, index) => `('R${index}', '${version}')`).join(', ');
    const all = await listed(options({ query: `select * from (values ${values}) as v (number, at)`, versionColumn: 'at' }));
    const hash = (text: string) => createHash('sha256').update(text).digest('hex');
    assert.deepEqual(
      all.map(({ version }) => version),
      versions.map((version) => (version.length > 256 ? hash(version) : version)),
    );
    const [only] = await listed(options({ query: `select 'R' as number, ${long} as at`, versionColumn: 'at' }));
    assert.equal(only?.version, hash('x'.repeat(70 * 1024 * 1024)));
  });

  it('reads long rows one at a time, and refuses one that is too long', async () => {
    const bytes = 17 * 1024 * 1024;
    const given = options({ query: `select repeat('x', ${bytes}) as note from generate_series(1, 8)`, documents: 'set', format: 'csv' });
    await using(given, async (context) => {
      let length = 0;
      for await (const piece of (await postgresSource.read('result', given, context)).body) length += piece.length;
      assert.equal(length, 'note\r\n'.length + 8 * (bytes + 2));
    });
    const tooLong = options({ query: `select repeat('x', ${64 * 1024 * 1024}) as note`, documents: 'set' });
    await assert.rejects(bytesOf(tooLong, 'result'), failsAs('upstream_refused', /a message of more than 64 MiB/));
  });

  it('does not try a query again that takes too long', async () => {
    const query = 'select number from invoice where pg_sleep(600)::text is not null';
    const slow = failsAs('upstream_refused', /takes more than 0\.4 seconds, or somebody there cancelled it \(57014\)/, false, false);
    const rows = options({ query });
    await using(rows, async (context) => {
      await assert.rejects(collected(list(readSourceOptions(rows), context, { ...LIMITS, statement: 400 })), slow);
      await assert.rejects(read('R1', readSourceOptions(rows), context, { ...LIMITS, statement: 400 }), slow);
    });
    const whole = options({ query, documents: 'set' });
    await using(whole, async (context) => {
      const { body } = await read('result', readSourceOptions(whole), context, { ...LIMITS, statement: 400 });
      await assert.rejects(collected(body), slow);
    });
  });

  it('says of a table that is locked, and of a server without a free connection, that trying again helps', async () => {
    const busy = (message: RegExp) => failsAs('upstream_refused', message, false, true);
    const given = readSourceOptions(options());
    await server.client.query('begin; lock table invoice in access exclusive mode');
    try {
      await using(options(), async (context) => {
        await assert.rejects(
          collected(list(given, context, { ...LIMITS, lock: 300 })),
          busy(/a table locked by another transaction \(55P03\)/),
        );
        await assert.rejects(read('R1', given, context, { ...LIMITS, lock: 300 }), busy(/a table locked by another transaction \(55P03\)/));
      });
    } finally {
      await server.client.query('rollback');
    }
    await server.client.query(`alter role ${reader.name} connection limit 0`);
    try {
      for (const work of [() => listed(options()), () => bytesOf(options(), 'R1'), () => checked(options())]) {
        await assert.rejects(work(), busy(/no connection free \(53300\)/));
      }
    } finally {
      await server.client.query(`alter role ${reader.name} connection limit -1`);
    }
    assert.equal((await listed(options())).length, 450);
  });

  it('names a wrong password, and a connection that ends in the middle', async () => {
    await assert.rejects(
      listed(options({ connectionString: reader.url.replace('canary', 'canary2') })),
      failsAs('upstream_credentials', /28P01/),
    );
    const given = options({ documents: 'set' });
    await using(given, async (context) => {
      const { body } = await postgresSource.read('result', given, context);
      await assert.rejects(
        async () => {
          for await (const _ of body) server.cut();
        },
        failsAs('upstream_unreachable', /closed the connection|was lost/),
      );
    });
  });
});
