import assert from 'node:assert/strict';
import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { ENDPOINTS, type Endpoint, ERROR_CODES } from '@holdfast/api';
import { trustedProxies } from '@holdfast/endpoints';
import { uuidv7 } from '@holdfast/envelope';
import { z } from 'zod';
import { createFixtures, type Fixtures } from '../testing/fixtures.ts';
import { type Reply, type TestInstance, testInstance } from '../testing/instance.ts';

/**
 * Whatever is sent to any endpoint is answered with a success or with a problem that names its code and a
 * remedy: never with 5xx, a stack, or words of a library or the database.
 */

let instance: TestInstance;
let own: Fixtures;
before(async () => {
  instance = await testInstance({ trustedProxies: trustedProxies(['127.0.0.1']) });
  own = await createFixtures(instance, 'own');
});
after(() => instance[Symbol.asyncDispose]());

let callers = 0;
/** Another person at another address each time: no limit is reached. */
async function somebody(): Promise<{ token: string; address: Record<string, string> }> {
  const { token } = await instance.addMember(own.organization, 'owner');
  callers += 1;
  return { token, address: { 'x-forwarded-for': `203.0.113.${callers}` } };
}

const JSON_HEADERS = { 'content-type': 'application/json' };
const STRANGE: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1.5,
  1e308,
  '',
  ' ',
  'x',
  'x'.repeat(20_000),
  'ünïcödé 請求書 🗝',
  '\0',
  'a\ud800b',
  "'; drop table holdfast.secret; --",
  `\${secret.X}`,
  '../../etc/passwd',
  '2026-13-45T99:99:99Z',
  '00000000-0000-0000-0000-000000000000',
  [],
  [[]],
  [null],
  {},
  { toString: 1, constructor: 2, length: -1 },
];

function addressOf(endpoint: Endpoint, parameters: Record<string, string> = {}): string {
  const known: Record<string, string> = { organization: 'own', name: own.secret, ...own.ids };
  return endpoint.path.replace(/:([a-z]+)/g, (_, name: string) => parameters[name] ?? known[name] ?? uuidv7());
}

function assertPlain(reply: Reply, what: string): void {
  const said = `${what} → ${reply.status} ${reply.text.slice(0, 300)}`;
  if (reply.status < 400) return;
  assert.match(String(reply.headers['content-type']), /^application\/problem\+json/, said);
  const { code, detail, remedy, requestId } = reply.json as Record<string, string>;
  assert.ok(code !== undefined && code in ERROR_CODES, said);
  assert.ok(reply.status < 500 || code === 'sealing_key_pending', said);
  assert.ok(detail && remedy && requestId, said);
  assert.doesNotMatch(reply.text, /\bat \S+ \(|node_modules|\bsyntax error\b|violates|relation "|Zod|TypeError/, said);
}

function fieldsOf(schema: unknown): string[] {
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
}

/** What a question cannot do without, beside what it is asked with. */
function restOf({ query }: Endpoint, asked: string): string {
  if (!(query instanceof z.ZodObject)) return '';
  const needed = query.safeParse({}).error?.issues.map(({ path }) => String(path[0])) ?? [];
  return needed.flatMap((field) => (field === asked ? [] : `&${field}=X`)).join('');
}

const changing = ENDPOINTS.filter(({ body, method }) => body !== undefined && body !== 'stream' && method !== 'DELETE');

for (const endpoint of changing) {
  test(`${endpoint.id} takes no body that is not what it declares`, async () => {
    const { token, address } = await somebody();
    const send = (payload: string, headers: Record<string, string> = JSON_HEADERS) =>
      instance.call(endpoint.method, addressOf(endpoint), { token, body: payload, headers: { ...headers, ...address } });
    for (const payload of [
      '',
      '{',
      '[]',
      'null',
      '"text"',
      '12',
      '{"a":1}{"b":2}',
      '{"__proto__":{"admin":true}}',
      '{"constructor":{"prototype":{"admin":true}}}',
      `${'['.repeat(5_000)}${']'.repeat(5_000)}`,
      `${'{"a":'.repeat(100)}1${'}'.repeat(100)}`,
      '\ufeff{}',
      '{"a":"\\ud800"}',
    ]) {
      const reply = await send(payload);
      assert.ok(reply.status >= 400 || payload === '' || payload === 'null' || payload === '\ufeff{}', `${payload.slice(0, 40)} was taken`);
      assertPlain(reply, payload.slice(0, 60));
    }
    for (const contentType of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'application/xml',
      'x',
    ]) {
      const reply = await send('{}', { 'content-type': contentType });
      assert.ok(reply.status === 415 || reply.status === 400, `${contentType}: ${reply.status}`);
      assertPlain(reply, contentType);
    }
    const large = await send(JSON.stringify({ a: 'x'.repeat(2_000_000) }));
    assert.equal(large.status, 413, large.text);
    assertPlain(large, 'a body of 2 MB');
  });

  test(`${endpoint.id} says which field is wrong`, async () => {
    const { token, address } = await somebody();
    for (const field of [...fieldsOf(endpoint.body), 'noSuchField']) {
      for (const strange of STRANGE) {
        const reply = await instance.call(endpoint.method, addressOf(endpoint), { token, body: { [field]: strange }, headers: address });
        assertPlain(reply, `${field} = ${JSON.stringify(strange)?.slice(0, 60)}`);
        if (reply.json?.code === 'invalid_request') {
          const named = [reply.json.field, ...(reply.json.errors ?? []).map((each: { field: string }) => each.field)];
          assert.ok(named.some(Boolean) || /body|at least one/i.test(reply.json.detail), `no field is named: ${reply.text}`);
        }
      }
    }
  });
}

for (const endpoint of ENDPOINTS.filter(({ method, query }) => method === 'GET' && query !== undefined)) {
  test(`${endpoint.id} takes any question, or says which part of it is wrong`, async () => {
    const { token } = own.organization.owner;
    for (const field of [...fieldsOf(endpoint.query), 'noSuchField']) {
      for (const strange of STRANGE) {
        const text = typeof strange === 'string' ? strange.toWellFormed() : JSON.stringify(strange);
        const reply = await instance.call('GET', `${addressOf(endpoint)}?${field}=${encodeURIComponent(text)}${restOf(endpoint, field)}`, {
          token,
        });
        assertPlain(reply, `${field}=${text.slice(0, 60)}`);
        if (field === 'noSuchField') assert.equal(reply.json?.field, field, reply.text);
      }
      assertPlain(await instance.call('GET', `${addressOf(endpoint)}?${field}=a&${field}=b`, { token }), `${field} twice`);
    }
    assertPlain(await instance.call('GET', `${addressOf(endpoint)}?%ff=%fe&=&&%`, { token }), 'a query that is no text');
  });
}

for (const endpoint of ENDPOINTS.filter(({ path }) => path.includes('/:'))) {
  test(`${endpoint.id} finds nothing at an address that is strange`, async () => {
    const { token } = own.organization.owner;
    const names = [...endpoint.path.matchAll(/:([a-z]+)/g)].map(([, name = '']) => name);
    for (const name of names) {
      for (const part of ['%00', '%2e%2e', '%2F', 'x'.repeat(3_000), '%F0%28%8C%28', '%', "'--", '%F0%9F%97%9D', uuidv7(), 'null']) {
        const reply = await instance.call(endpoint.method, addressOf(endpoint, { [name]: part }), {
          token,
          ...(endpoint.body === 'stream' ? { body: 'bytes', headers: { 'content-type': 'application/octet-stream' } } : {}),
        });
        assertPlain(reply, `${name} = ${part.slice(0, 20)}`);
        // Dots are folded away before we see them: it is another address, which may be one of ours.
        if (part !== '%2e%2e') assert.ok(reply.status >= 400, `${name} = ${part.slice(0, 20)} was found: ${reply.text.slice(0, 200)}`);
      }
    }
  });
}

/** Each way to write a path that a parser, a router or a file server may read as another one. */
const ODD_PATHS = [
  '//',
  '///',
  '/\\',
  '/\\\\',
  '//x',
  '/\\x',
  '//api/instance',
  '//[',
  '//:@',
  '//a:99999/',
  '/http://[',
  '/./',
  '/../',
  '/..%2f..%2fetc/passwd',
  '/%2e%2e/%2e%2e/etc/passwd',
  '/%5c..%5c',
  '/%00',
  '/a%00.html',
  '/%',
  '/%zz',
  '/%c0%ae%c0%ae/',
  '/%ed%a0%80',
  '/;a=b',
  '/a;b/c',
  '/?',
  '/??',
  '/#',
  '/?#',
  '/?a=%',
  '/?a=%00',
  '/?a[]=1&a[__proto__]=2',
  '/?__proto__=1',
  '/*',
  '/:organization',
  '/api//organizations',
  '/api/organizations//secrets',
  '/api/organizations/own//secrets',
  '/api/organizations/own/secrets/',
  '/api/organizations/own/secrets//',
  '/api/organizations/own/secrets/%2f',
  '/api/organizations/own/%2fsecrets',
  '/api%2forganizations',
  '/API/instance',
  '/assets/',
  '/assets//',
  '/assets/..',
  '/assets/..%2findex.html',
  '/assets/%00',
  '/assets/%5c',
  '/assets/%',
  '/assets/nothing.js',
  '/favicon.svg/',
  '/health/ready/',
  '/health//ready',
  `/${'a/'.repeat(2_000)}`,
  `/${'%2f'.repeat(1_000)}`,
];

test('no path is an error of the server, however it is written and asked for', async () => {
  for (const path of ODD_PATHS) {
    for (const method of ['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE']) {
      for (const accept of ['text/html', '*/*', 'application/json', 'x']) {
        const answer = await rawAnswer(method, path, accept);
        // 503: the console's pages are not built in this test.
        assert.ok(
          answer.status < 500 || (answer.status === 503 && answer.type.startsWith('text/html')),
          `${method} ${path}: ${answer.status}`,
        );
        if (answer.status >= 400 && answer.status < 500 && method !== 'HEAD') {
          assert.match(answer.type, /^application\/problem\+json/, `${method} ${path}: ${answer.status} ${answer.text}`);
        }
      }
    }
  }
});

/** Over a connection, with the path as it is written: clients and `inject` fold some of them. */
async function rawAnswer(method: string, path: string, accept: string): Promise<{ status: number; type: string; text: string }> {
  const { port } = await listening();
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, method, path, headers: { accept }, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (piece) => {
        text += piece;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, type: response.headers['content-type'] ?? '', text }));
    });
    sent.on('error', reject).end();
  });
}

async function listening(): Promise<AddressInfo> {
  const { server } = instance.plane.server;
  if (!server.listening) await instance.plane.server.listen({ host: '127.0.0.1', port: 0 });
  return server.address() as AddressInfo;
}

for (const endpoint of ENDPOINTS.filter(({ query }) => fieldsOf(query).includes('cursor'))) {
  test(`${endpoint.id} refuses a cursor that it did not give out`, async () => {
    const { token } = own.organization.owner;
    const id = uuidv7();
    const keys: unknown[] = [
      [],
      null,
      1,
      'x',
      {},
      [null],
      [[]],
      [{}],
      [1.5],
      [-1],
      [2 ** 31],
      [2 ** 53],
      [1e308],
      ['\0'],
      ['a\0b'],
      ['\ud800'],
      ['x'.repeat(300)],
    ];
    const wide = keys.flatMap((key) =>
      Array.isArray(key)
        ? [
            [...key, id],
            [...key, ...key],
            [...key, '\0'],
          ]
        : [],
    );
    for (const key of [...keys, ...wide]) {
      const cursor = Buffer.from(JSON.stringify(key)).toString('base64url');
      const reply = await instance.call('GET', `${addressOf(endpoint)}?cursor=${cursor}${restOf(endpoint, 'cursor')}`, { token });
      assertPlain(reply, `cursor ${JSON.stringify(key).slice(0, 60)}`);
      if (JSON.stringify(key).includes('\\u0000')) assert.equal(reply.status, 400, JSON.stringify(key));
    }
    const orders = fieldsOf(endpoint.query).includes('sort') ? ['', '&sort=created', '&sort=due'] : [''];
    for (const time of [
      '0000-01-01T00:00:00Z',
      `2026-01-01T00:00:00.${'0'.repeat(200)}Z`,
      '0000-01-01 00:00:00+00',
      '2026-02-30 00:00:00+00',
      '2026-01-01 24:30:00+00',
      '2026-01-01 00:00:00.1234567+00',
      '2026-01-01 00:00:00+16',
      '294277-01-01 00:00:00+00',
      '2026-01-01 00:00:00.123456+00',
      'infinity',
    ]) {
      for (const key of [[time], [time, id], [time, 'x'], [time, id, 'x']]) {
        const cursor = Buffer.from(JSON.stringify(key)).toString('base64url');
        for (const order of orders) {
          assertPlain(
            await instance.call('GET', `${addressOf(endpoint)}?cursor=${cursor}${order}${restOf(endpoint, 'cursor')}`, { token }),
            `${time}${order}`,
          );
        }
      }
    }
    for (const cursor of ['%00', '%ff', '!', 'W10=', 'AA', '%F0%9F%97%9D', 'x'.repeat(600)]) {
      assertPlain(
        await instance.call('GET', `${addressOf(endpoint)}?cursor=${cursor}${restOf(endpoint, 'cursor')}`, { token }),
        `cursor ${cursor.slice(0, 20)}`,
      );
    }
  });
}

for (const endpoint of ENDPOINTS.filter(({ headers }) => headers !== undefined)) {
  test(`${endpoint.id} takes any header, or says which is wrong`, async () => {
    const { token } = own.organization.owner;
    // Who watches a run is answered until it has ended.
    await instance.db.updateTable('run').set({ status: 'succeeded', finished_at: new Date() }).where('id', '=', own.ids.run).execute();
    for (const header of fieldsOf(endpoint.headers)) {
      for (const text of ['', ' ', '*', '"', '""', 'x'.repeat(9_000), '\u00ff', '"\u00e9"', "'; --", uuidv7(), '00000000']) {
        const sent = { token, body: {}, headers: { [header]: text } };
        assertPlain(await instance.call(endpoint.method, addressOf(endpoint), sent), `${header}: ${text.slice(0, 20)}`);
      }
    }
  });
}

test('an address or a method that there is not is a problem, too', async () => {
  const { token } = own.organization.owner;
  for (const url of ['/api', '/api/', '/api/nothing', '/api/organizations', '/api/auth/nothing', '/api/../api/nothing']) {
    const reply = await instance.call('GET', url, { token });
    assertPlain(reply, url);
    assert.ok(reply.status === 404 || reply.status === 405, `${url}: ${reply.status}`);
  }
  for (const method of ['POST', 'DELETE', 'PATCH', 'PUT']) assertPlain(await instance.call(method, '/api/openapi.json', { token }), method);
});

test('headers that are strange are refused or passed over', async () => {
  const { token } = own.organization.owner;
  const url = '/api/organizations/own/secrets';
  for (const headers of [
    { authorization: 'Bearer' },
    { authorization: 'Basic dXNlcjpwYXNz' },
    { authorization: `Bearer ${'x'.repeat(9_000)}` },
    { authorization: `Bearer ${token}`, 'x-api-key': token },
    { 'x-api-key': '\u00ff' },
    { cookie: ';;;=;%%%' },
    { cookie: `holdfast.session_token=${'A'.repeat(7_000)}` },
    { authorization: `Bearer ${token}`, 'x-request-id': '"><script>' },
    { authorization: `Bearer ${token}`, accept: 'image/png' },
    { authorization: `Bearer ${token}`, 'x-forwarded-for': "1.2.3.4, '; --" },
  ] as Record<string, string>[]) {
    assertPlain(await instance.call('GET', url, { headers }), JSON.stringify(headers).slice(0, 80));
  }
});
