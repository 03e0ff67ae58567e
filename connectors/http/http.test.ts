import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, beforeEach, describe, it } from 'node:test';
import { type Connector, ConnectorError, type ConnectorErrorCode, type Options } from '@holdfast/connector';
import { type TestContextOptions, testContext, testDocument } from '../../tests/harness/connector-context.ts';
import { startDroppingProxy } from '../../tests/harness/dropping-proxy.ts';
import { type Handler, type HttpService, httpService, type ReceivedRequest, SERVICE_CA } from '../../tests/harness/http-service.ts';
import { freePort } from '../../tests/harness/ports.ts';
import { httpModel, httpPublisher, httpSource } from './connectors.ts';

const TOKEN = 'canary7-Token.of.a.service_9';
const BEARER = { authentication: 'bearer', credential: TOKEN };

let service: HttpService;
before(async () => {
  service = await httpService();
});
after(() => service?.[Symbol.asyncDispose]());
beforeEach(() => {
  service.requests.length = 0;
  service.answer((_, response) => void response.writeHead(204).end());
});

/** Lets nobody in without the token. */
const guarded =
  (handler: Handler): Handler =>
  (request, response) => {
    if (request.headers.authorization === `Bearer ${TOKEN}`) handler(request, response);
    else response.writeHead(401).end(`Not ${request.headers.authorization}`);
  };
const answers =
  (status: number, headers: Record<string, string> = {}, body: string | Buffer = ''): Handler =>
  (_, response) =>
    void response.writeHead(status, headers).end(body);
const json = (value: unknown): Handler => answers(200, { 'content-type': 'application/json' }, JSON.stringify(value));

function contextFor(connector: Connector, options: Options, more: Partial<TestContextOptions> = {}) {
  const values = [options.credential].filter((value) => typeof value === 'string');
  return testContext({ destinations: connector.destinations(options), values, ca: SERVICE_CA, ...more });
}

function failsAs(code: ConnectorErrorCode, message: RegExp, more: Partial<ConnectorError> = {}) {
  return (error: unknown) => {
    assert.ok(error instanceof ConnectorError, String(error));
    assert.equal(error.code, code, error.message);
    assert.match(error.message, message);
    for (const [name, value] of Object.entries(more)) assert.equal(error[name as keyof ConnectorError], value, `${name}: ${error.message}`);
    const shown = `${error.message} ${error.remedy} ${error.stack}`;
    for (const part of [TOKEN, Buffer.from(`me:${TOKEN}`).toString('base64')]) assert.ok(!shown.includes(part));
    return true;
  };
}

function onlyRequest(): ReceivedRequest {
  assert.equal(service.requests.length, 1);
  return service.requests[0] as ReceivedRequest;
}

async function gather(bytes: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of bytes) pieces.push(piece);
  return Buffer.concat(pieces);
}

const text = (content = 'one') => testDocument('in/a.txt', Buffer.from(content), 'text/plain');

async function publish(document: ReturnType<typeof testDocument>, more: Options = {}, context: Partial<TestContextOptions> = {}) {
  const options = { baseUrl: `${service.origin}/files/`, ...more };
  await using ways = contextFor(httpPublisher, options, context);
  return await httpPublisher.publish(document, options, ways);
}

async function transform(document: ReturnType<typeof testDocument>, more: Options = {}, context: Partial<TestContextOptions> = {}) {
  const options = { url: `${service.origin}/infer`, ...BEARER, ...more };
  await using ways = contextFor(httpModel, options, context);
  const made = [];
  for await (const { name, contentType, body } of await httpModel.transform(document, options, ways)) {
    const bytes = typeof body === 'string' || body instanceof Uint8Array ? Buffer.from(body) : await gather(body);
    made.push({ name, contentType, bytes });
  }
  return made;
}

async function listed(more: Options = {}) {
  const options = { url: `${service.origin}/documents?kind=invoice`, ...BEARER, ...more };
  await using context = contextFor(httpSource, options);
  const found = [];
  for await (const document of httpSource.list(options, context)) found.push(document);
  return found;
}

async function readOne(reference: string, more: Options = {}, context: Partial<TestContextOptions> = {}) {
  const options = { url: `${service.origin}/documents`, ...BEARER, ...more };
  await using ways = contextFor(httpSource, options, context);
  const { body, ...facts } = await httpSource.read(reference, options, ways);
  return { ...facts, bytes: await gather(body) };
}

async function check(connector: Connector, options: Options, context: Partial<TestContextOptions> = {}) {
  await using ways = contextFor(connector, options, context);
  return await connector.check(options, ways);
}

describe('how requests are let in', { concurrency: false }, () => {
  for (const [options, header, value] of [
    [{ authentication: 'none' }, 'authorization', undefined],
    [BEARER, 'authorization', `Bearer ${TOKEN}`],
    [
      { authentication: 'basic', userName: 'Ünal', credential: `${TOKEN}:é` },
      'authorization',
      `Basic ${Buffer.from(`Ünal:${TOKEN}:é`).toString('base64')}`,
    ],
    [{ authentication: 'header', credential: TOKEN }, 'x-api-key', TOKEN],
    [{ authentication: 'header', headerName: 'Ocp-Apim-Subscription-Key', credential: TOKEN }, 'ocp-apim-subscription-key', TOKEN],
  ] as const) {
    it(`is ${JSON.stringify(options)}`, async () => {
      await publish(text(), options);
      assert.equal(onlyRequest().headers[header], value);
      const whole = { baseUrl: service.origin, ...options };
      await using context = contextFor(httpPublisher, whole);
      await httpPublisher.check(whole, context);
      assert.deepEqual(context.protected, options.authentication === 'basic' ? [value?.slice('Basic '.length)] : []);
    });
  }

  for (const [what, options, message] of [
    ['a credential that nobody sends', { credential: TOKEN }, /“Authentication” says “none”/],
    ['no credential', { authentication: 'bearer' }, /“Credential” is not filled in/],
    ['a token with the word before it', { authentication: 'bearer', credential: `Bearer ${TOKEN}` }, /begins with “Bearer”/],
    ['a token with another header in it', { authentication: 'bearer', credential: `${TOKEN}\r\nX-Admin: 1` }, /cannot be sent as a header/],
    ['a line break at its end', { authentication: 'bearer', credential: `${TOKEN}\n` }, /cannot be sent as a header/],
    ['a key with letters beyond Latin-1', { authentication: 'header', credential: `${TOKEN}ł` }, /cannot be sent as a header/],
    ['a user with a colon', { authentication: 'basic', userName: 'a:b', credential: TOKEN }, /cannot be sent by HTTP Basic/],
    ['a header with another meaning', { authentication: 'header', headerName: 'Content-Length', credential: TOKEN }, /another meaning/],
    ['transfer-encoding', { authentication: 'header', headerName: 'transfer-encoding', credential: TOKEN }, /another meaning/],
    ['a header that is none', { authentication: 'header', headerName: 'X-Key: a\r\nX', credential: TOKEN }, /not the name of a header/],
    ['a password in the address', { baseUrl: `https://me:${TOKEN}@localhost/` }, /user or password in it/],
    ['an address that is none', { baseUrl: `localhost/${TOKEN}` }, /no address that begins with https/],
    ['a path with a control', { path: 'x%00{name}' }, /not made of the characters of a path/],
    ['a path with a line break', { path: 'x%0a{name}' }, /not made of the characters of a path/],
    ['a path that climbs', { path: 'a/../{name}' }, /not made of the characters of a path/],
  ] as const) {
    it(`refuses ${what}, without showing it`, () => {
      assert.throws(() => httpPublisher.destinations({ baseUrl: 'https://localhost/', ...options }), failsAs('option_invalid', message));
    });
  }

  for (const connector of [httpPublisher, httpSource, httpModel]) {
    it(`is said when it is not good enough, by the connection test of the ${connector.type.title}`, async () => {
      service.answer(guarded(json([])));
      const address = connector === httpPublisher ? { baseUrl: `${service.origin}/` } : { url: `${service.origin}/` };
      assert.match(await check(connector, { ...address, ...BEARER }), /answers/);
      for (const [options, said] of [
        [{}, /choose an authentication/],
        [{ authentication: 'basic', userName: 'me', credential: TOKEN }, /Check the secret/],
      ] as const) {
        await assert.rejects(check(connector, { ...address, ...options }), (error: unknown) => {
          failsAs('upstream_credentials', /did not accept the credentials \(HTTP 401\)/)(error);
          assert.match(String((error as ConnectorError).remedy), said);
          return true;
        });
      }
    });
  }
});

describe('an HTTP publisher', { concurrency: false }, () => {
  it('shows controls of an address as they are in it', async () => {
    const { publishedAs } = await publish(testDocument('a.txt', Buffer.from('a')), {
      baseUrl: `${service.origin}/%00%0A%C3%BC`,
      ...BEARER,
    });
    assert.equal(publishedAs, `localhost:${service.port}/%00%0Aü/a.txt`);
  });

  for (const size of [0, 1, 5_000_000]) {
    for (const form of [false, true]) {
      it(`sends a document of ${size} bytes ${form ? 'in a form' : 'as it is'}, over TLS`, async () => {
        const bytes = randomBytes(size);
        const document = testDocument('in/Rechnung "März".pdf', bytes, 'application/pdf');
        const result = await publish(document, { form, method: form ? 'POST' : 'PUT', ...BEARER });
        assert.deepEqual(result, { outcome: 'published', publishedAs: `localhost:${service.port}/files/in/Rechnung "März".pdf` });
        const request = onlyRequest();
        assert.equal(`${request.method} ${request.path}`, `${form ? 'POST' : 'PUT'} /files/in/Rechnung%20%22M%C3%A4rz%22.pdf`);
        assert.equal(request.headers['content-length'], String(request.body.length));
        assert.equal(request.headers['idempotency-key'], document.idempotencyKey);
        if (form) {
          const parsed = await new Response(new Uint8Array(request.body), {
            headers: { 'content-type': String(request.headers['content-type']) },
          }).formData();
          const file = parsed.get('file') as File;
          assert.equal(file.type, 'application/pdf');
          assert.ok(bytes.equals(Buffer.from(await file.arrayBuffer())));
          assert.match(request.body.toString('latin1'), /filename="Rechnung %22M/);
        } else {
          assert.equal(request.headers['content-type'], 'application/pdf');
          assert.ok(bytes.equals(request.body));
        }
        assert.equal(document.sent.at(-1), size);
      });
    }
  }

  for (const [name, path, sent] of [
    ['a/b c.txt', '{name}', '/files/a/b%20c.txt'],
    ['../a.txt', '{name}', undefined],
    ['a/./b.txt', '{name}', undefined],
    ['%2e%2e/a', '{name}', '/files/%252e%252e/a'],
    ['a\\..\\b?x=1#y;z&', '{name}', '/files/a%5C..%5Cb%3Fx%3D1%23y%3Bz%26'],
    ["it's (1)!*.txt", '/v1/{name}', '/files/v1/it%27s%20%281%29%21%2A.txt'],
    ['März.txt'.normalize('NFD'), '{name}', '/files/M%C3%A4rz.txt'],
    ['{sha256}', 'x/{name}', '/files/x/%7Bsha256%7D'],
    ['a/b&c=$&.txt', 'upload?name={name}&v=1', '/files/upload?name=a%2Fb%26c%3D%24%26.txt&v=1'],
    ['a.txt', '', '/files/'],
  ] as const) {
    it(`puts ${JSON.stringify(name)} by ${JSON.stringify(path)} ${sent === undefined ? 'nowhere' : `at ${sent}`}`, async () => {
      const sending = publish(testDocument(name, Buffer.from('x')), { path });
      if (sent === undefined) {
        await assert.rejects(sending, failsAs('document_unsupported', /cannot be a part of an address/, { documentOnly: true }));
        assert.deepEqual(service.requests, []);
      } else {
        await sending;
        assert.equal(onlyRequest().path, sent);
      }
    });
  }

  it('leaves what is there when it is to, and says that nothing was changed', async () => {
    const there = new Set<string>();
    service.answer(({ path, headers }, response) => {
      const taken = there.has(path) && headers['if-none-match'] === '*';
      there.add(path);
      response.writeHead(taken ? 412 : 201).end();
    });
    assert.equal((await publish(text(), { existing: 'keep' })).outcome, 'published');
    assert.equal((await publish(text('two'), { existing: 'keep' })).outcome, 'unchanged');
    assert.equal((await publish(text('two'))).outcome, 'published');
  });

  it('takes the statuses for success that people say are', async () => {
    service.answer(answers(409));
    assert.equal((await publish(text(), { success: '2xx, 409' })).outcome, 'published');
    await assert.rejects(publish(text()), failsAs('upstream_refused', /did not take “in\/a\.txt” \(HTTP 409\)/, { documentOnly: true }));
    service.answer(answers(202));
    await assert.rejects(publish(text(), { success: '200,201' }), failsAs('upstream_refused', /HTTP 202/));
  });

  for (const [status, code, more] of [
    [302, 'upstream_refused', { documentOnly: false, retryable: false }],
    [403, 'upstream_credentials', { documentOnly: false, retryable: false }],
    [404, 'upstream_not_found', { documentOnly: false, retryable: false }],
    [413, 'upstream_refused', { documentOnly: true, retryable: false }],
    [429, 'upstream_refused', { retryable: true, retryAfterMilliseconds: 3_000 }],
    [500, 'upstream_refused', { retryable: true }],
  ] as const) {
    it(`says what ${status} is, and shows nothing of the answer`, async () => {
      const headers: Record<string, string> = { location: 'http://169.254.169.254/', ...(status === 429 && { 'retry-after': '3' }) };
      service.answer(answers(status, headers, `wrong: ${TOKEN}`));
      await assert.rejects(publish(text(), BEARER), failsAs(code, new RegExp(`HTTP ${status}`), more));
      assert.equal(service.requests.length, 1);
    });
  }

  it('says what the network did', async () => {
    const unreachable = (message: RegExp, retryable: boolean) => failsAs('upstream_unreachable', message, { retryable });
    const nobody = { baseUrl: `http://127.0.0.1:${await freePort()}/`, ...BEARER };
    await assert.rejects(publish(text(), nobody), unreachable(/Nothing answers/, true));
    const options = { baseUrl: service.origin, ...BEARER };
    await using context = testContext({ destinations: httpPublisher.destinations(options) });
    await assert.rejects(httpPublisher.publish(text(), options, context), unreachable(/no certificate that this server trusts/, false));
    service.answer((_, response) => void response.socket?.destroy());
    await assert.rejects(publish(text(), BEARER), unreachable(/was lost/, true));
    service.answer(() => undefined);
    const egress = { limits: { requestMilliseconds: 500, bytesPerSecond: 1 } };
    await assert.rejects(publish(text(), BEARER, { egress }), unreachable(/took more than/, true));
  });

  it('says that the connection was lost in the middle of an upload, and sends all of it when it is tried again', async () => {
    await using proxy = await startDroppingProxy(service);
    const bytes = randomBytes(5_000_000);
    for (const form of [false, true]) {
      const options = { baseUrl: `https://localhost:${proxy.port}/files/`, form, ...BEARER };
      const document = testDocument('a.bin', bytes);
      proxy.cutNext(1, 64 * 1024);
      const lost = failsAs('upstream_unreachable', /was lost/, { retryable: true, documentOnly: false, mayHaveArrived: false });
      await assert.rejects(publish(document, options), lost);
      assert.deepEqual([service.requests.length, document.sent], [0, []]);
      assert.equal((await publish(document, options)).outcome, 'published');
      assert.ok(onlyRequest().body.includes(bytes));
      service.requests.length = 0;
    }
  });

  it('is tested with credentials that may only write, and wholly when people want that', async () => {
    const options = { baseUrl: `${service.origin}/files`, ...BEARER };
    service.answer(({ method }, response) => void response.writeHead(method === 'PUT' ? 201 : 403).end());
    assert.match(await check(httpPublisher, options), /answers \(HTTP 403 to HEAD\)\. Nothing was sent/);
    assert.match(await check(httpPublisher, { ...options, connectionTest: 'send' }), /took the test document/);
    assert.equal(service.requests.at(-1)?.path, '/files/holdfast-connection-test.txt');
  });
});

describe('an HTTP source', { concurrency: false }, () => {
  it('lists what pages of JSON name, page by page, as somebody asks', async () => {
    const first = {
      data: {
        items: [
          { url: '/d/1', name: 'März/1.pdf', version: 7 },
          { url: 'd/2?x=1', version: 'b' },
        ],
      },
      next: '?page=2',
    };
    service.answer(
      guarded((request, response) => json(request.path.includes('page=2') ? { data: { items: [] } } : first)(request, response)),
    );
    const found = await listed({ items: '/data/items' });
    assert.deepEqual(found, [
      { reference: '/d/1', name: 'März/1.pdf', contentType: 'application/octet-stream', version: '7' },
      { reference: '/d/2?x=1', name: 'd/2', contentType: 'application/octet-stream', version: 'b' },
    ]);
    assert.deepEqual(
      service.requests.map(({ path }) => path),
      ['/documents?kind=invoice', '/documents?page=2'],
    );
    const options = { url: `${service.origin}/documents`, ...BEARER, items: '/data/items' };
    assert.match(await check(httpSource, options), /has documents, and the first can be read: “März\/1\.pdf”/);
    assert.deepEqual(
      service.requests.slice(2).map(({ path }) => path),
      ['/documents', '/d/1'],
    );
  });

  it('follows a Link header, and takes a list of addresses', async () => {
    service.answer((request, response) => {
      if (request.path.includes('after')) return json(['/c'])(request, response);
      response.setHeader('link', '</documents?before=0>; rel="prev", </documents?after=b>; rel="next"');
      json(['/a', '/b'])(request, response);
    });
    const found = await listed({ itemUrl: '' });
    assert.deepEqual(
      found.map(({ reference, name }) => [reference, name]),
      [
        ['/a', 'a'],
        ['/b', 'b'],
        ['/c', 'c'],
      ],
    );
  });

  for (const [what, answer, message] of [
    ['is no JSON', '<html>', /is no JSON/],
    ['has no list', '{"items": 1}', /has no list/],
    [
      'names a document elsewhere',
      '[{"url": "https://elsewhere.example/a"}]',
      /a document at elsewhere\.example, where the credentials do not go/,
    ],
    ['has an item without an address', '[{"name": "a"}]', /an item without an address at “\/url”/],
  ] as const) {
    it(`says so when the list ${what}`, async () => {
      service.answer(answers(200, {}, answer));
      await assert.rejects(listed(), failsAs('answer_invalid', message));
    });
  }

  it('goes neither to a next page elsewhere nor round in circles', async () => {
    service.answer(json({ items: [], next: 'https://elsewhere.example/?page=2' }));
    await assert.rejects(listed({ items: '/items' }), failsAs('answer_invalid', /a next page at elsewhere\.example/));
    service.answer(json({ items: [], next: '/documents?kind=invoice' }));
    await assert.rejects(listed({ items: '/items' }), failsAs('answer_invalid', /that came before/));
    let asked = 0;
    service.answer((request, response) => {
      asked += 1;
      json({ items: [], ...(asked === 1 && { next: `/documents?${'x'.repeat(9_000)}` }) })(request, response);
    });
    await assert.rejects(listed({ items: '/items' }), failsAs('answer_invalid', /next page in more than 8,192 characters/));
  });

  it('lists paths with the versions that the service tells', async () => {
    service.answer(({ path }, response) => {
      if (path === '/documents/a/M%C3%A4rz%201.pdf') response.writeHead(200, { etag: '"v1"', 'content-type': 'application/pdf' }).end();
      else response.writeHead(404).end();
    });
    assert.deepEqual(await listed({ paths: 'a/März 1.pdf,\n b.txt' }), [
      { reference: '/documents/a/M%C3%A4rz%201.pdf', name: 'a/März 1.pdf', contentType: 'application/pdf', version: '"v1"' },
      { reference: '/documents/b.txt', name: 'b.txt', contentType: 'application/octet-stream' },
    ]);
  });

  it('names a document by its address with everything decoded that people can see', async () => {
    service.answer(json([{ url: '/d/M%C3%A4rz%0A%1B%C2%851.pdf' }, { url: '/d/100%.pdf' }]));
    assert.deepEqual(
      (await listed()).map(({ reference, name }) => [reference, name]),
      [
        ['/d/M%C3%A4rz%0A%1B%C2%851.pdf', 'd/März%0A%1B%C2%851.pdf'],
        ['/d/100%.pdf', 'd/100%.pdf'],
      ],
    );
    service.answer(answers(413));
    await assert.rejects(readOne('/d/a%0Ab.pdf'), failsAs('upstream_refused', /says that “\/d\/a%0Ab\.pdf” is too large/));
  });

  for (const size of [0, 1, 20_000_000]) {
    it(`reads a document of ${size} bytes as it is`, async () => {
      const bytes = randomBytes(size);
      service.answer(guarded(answers(200, { 'content-type': 'application/pdf', 'content-length': String(size) }, bytes)));
      const found = await readOne('/d/1?x=1');
      assert.equal(found.contentType, 'application/pdf');
      assert.equal(found.size, size);
      assert.ok(bytes.equals(found.bytes));
      assert.equal(service.requests[0]?.path, '/d/1?x=1');
    });
  }

  it('is tested by reading the first document', async () => {
    const options = { url: `${service.origin}/documents`, paths: 'gone.txt', ...BEARER };
    service.answer(answers(404));
    await assert.rejects(check(httpSource, options), failsAs('upstream_not_found', /does not have “\/documents\/gone\.txt”/));
    service.answer(({ method }, response) => void response.writeHead(method === 'HEAD' ? 405 : 403).end());
    await assert.rejects(check(httpSource, options), failsAs('upstream_credentials', /does not permit/));
    service.answer(
      ({ method }, response) => void response.writeHead(method === 'HEAD' ? 405 : 200).end(Buffer.alloc(method === 'HEAD' ? 0 : 5_000_000)),
    );
    assert.match(await check(httpSource, options), /can be read: “gone\.txt”/);
  });

  it('fails a document that is gone alone, and one that holds the credential', async () => {
    service.answer(answers(404));
    await assert.rejects(readOne('/d/1'), failsAs('upstream_not_found', /does not have “\/d\/1”/, { documentOnly: true }));
    service.answer(answers(200, {}, `${'x'.repeat(100_000)}${TOKEN}`));
    await assert.rejects(readOne('/d/1'), failsAs('document_holds_value', /./, { documentOnly: true }));
    service.answer(answers(503, { 'retry-after': '2' }));
    await assert.rejects(readOne('/d/1'), failsAs('upstream_refused', /./, { retryable: true, retryAfterMilliseconds: 2_000 }));
    service.answer((_, response) => {
      response.writeHead(200, { 'content-length': '1000' }).write('half');
      setTimeout(() => response.socket?.destroy(), 50);
    });
    await assert.rejects(readOne('/d/1'), failsAs('upstream_unreachable', /was lost/, { retryable: true }));
  });

  for (const [status, more] of [
    [413, { documentOnly: true, retryable: false }],
    [400, { documentOnly: true, retryable: false }],
    [403, { documentOnly: false, retryable: false }],
    [500, { documentOnly: false, retryable: true }],
  ] as const) {
    it(`says what ${status} is of one document, and shows nothing of the answer`, async () => {
      service.answer(answers(status, {}, `wrong: ${TOKEN}`));
      const code = status === 403 ? 'upstream_credentials' : 'upstream_refused';
      await assert.rejects(readOne('/d/1'), failsAs(code, new RegExp(`HTTP ${status}`), more));
      assert.equal(service.requests.length, 1);
    });
  }

  it('says that a document is too large, by its name', async () => {
    service.answer(answers(413));
    await assert.rejects(readOne('/d/M%C3%A4rz'), failsAs('upstream_refused', /says that “\/d\/März” is too large \(HTTP 413\)/));
    await assert.rejects(listed(), failsAs('upstream_refused', /says that the request is too large/, { documentOnly: false }));
  });

  it('takes no list of more than 16 MiB, and says what to do', async () => {
    service.answer(answers(200, { 'content-type': 'application/json' }, Buffer.alloc(16 * 1024 * 1024 + 1, ' ')));
    await assert.rejects(listed(), (error: ConnectorError) => {
      assert.match(error.remedy ?? '', /shorter pages of a list/);
      return failsAs('upstream_refused', /answered with more than 16 MiB/, { documentOnly: false, retryable: false })(error);
    });
  });

  it('never leaves the origin, whatever a reference says', async () => {
    service.answer(answers(200, {}, 'x'));
    for (const reference of ['//elsewhere.example/a', '/\\elsewhere.example/a', '@elsewhere.example/']) await readOne(reference);
    assert.equal(service.requests.length, 3);
  });
});

describe('an HTTP model', { concurrency: false }, () => {
  const invoice = (content: string | Buffer = 'Total: 12', type = 'text/plain') =>
    testDocument('in/invoice.pdf', Buffer.from(content), type);

  it('posts the bytes and keeps the answer, byte for byte', async () => {
    const bytes = randomBytes(3_000_000);
    service.answer(guarded(answers(200, { 'content-type': 'application/json; charset=utf-8' }, '{ "total":12 }')));
    const [made, ...more] = await transform(testDocument('in/invoice.pdf', bytes, 'application/pdf'));
    assert.deepEqual(more, []);
    assert.equal(made?.name, 'in/invoice.json');
    assert.equal(made?.contentType, 'application/json; charset=utf-8');
    assert.equal(String(made?.bytes), '{ "total":12 }');
    assert.ok(bytes.equals(onlyRequest().body));
    assert.equal(onlyRequest().headers['content-type'], 'application/pdf');
  });

  it('names the result by what it is', async () => {
    for (const [type, name] of [
      ['text/markdown', 'in/invoice.txt'],
      ['application/problem+json', 'in/invoice.json'],
      ['image/png', 'in/invoice.bin'],
    ] as const) {
      service.answer(answers(200, { 'content-type': type }, 'x'));
      assert.equal((await transform(invoice()))[0]?.name, name);
    }
  });

  it('posts text or base64 in JSON', async () => {
    service.answer(json({}));
    await transform(invoice('Grüße'), { send: 'text' });
    await transform(invoice('Grüße'), { send: 'base64' });
    const facts = { name: 'in/invoice.pdf', contentType: 'text/plain' };
    assert.deepEqual(
      service.requests.map(({ body }) => JSON.parse(String(body))),
      [
        { ...facts, text: 'Grüße' },
        { ...facts, base64: Buffer.from('Grüße').toString('base64') },
      ],
    );
    await assert.rejects(
      transform(invoice(randomBytes(20), 'image/png'), { send: 'text' }),
      failsAs('document_unsupported', /has no text that can be read/, { documentOnly: true }),
    );
  });

  const schema = JSON.stringify({ type: 'object', required: ['total'], properties: { total: { type: 'number' } } });

  it('asks once more when the answer does not fit the schema, then fails by name', async () => {
    let asked = 0;
    service.answer((request, response) => json(++asked === 1 ? { total: 'twelve' } : { total: 12 })(request, response));
    const [made] = await transform(invoice(), { answerSchema: schema });
    assert.equal(String(made?.bytes), '{"total":12}');
    assert.equal(asked, 2);
    for (const [answer, said] of [
      ['{"total":"twelve"}', /“in\/invoice\.pdf” does not fit the JSON Schema, twice: total: /],
      ['Sure! Here is', /twice: It is not valid JSON/],
    ] as const) {
      asked = 0;
      service.answer((request, response) => {
        asked += 1;
        answers(200, {}, answer)(request, response);
      });
      await assert.rejects(transform(invoice(), { answerSchema: schema }), failsAs('answer_invalid', said, { documentOnly: true }));
      assert.equal(asked, 2);
    }
  });

  it('fails where the answer holds the credential, refuses, is busy or breaks', async () => {
    service.answer(json({ echo: TOKEN }));
    await assert.rejects(transform(invoice()), failsAs('document_holds_value', /./, { documentOnly: true }));
    service.answer(answers(401, {}, TOKEN));
    await assert.rejects(transform(invoice()), failsAs('upstream_credentials', /did not accept/, { documentOnly: false }));
    service.answer(answers(403, {}, TOKEN));
    const notPermitted = failsAs('upstream_credentials', /does not permit it with these credentials \(HTTP 403\)/, {
      documentOnly: false,
      retryable: false,
    });
    await assert.rejects(transform(invoice()), notPermitted);
    service.answer(answers(429, { 'retry-after': '4' }));
    await assert.rejects(transform(invoice()), failsAs('upstream_refused', /busy/, { retryable: true, retryAfterMilliseconds: 4_000 }));
    service.answer(answers(422));
    await assert.rejects(transform(invoice()), failsAs('upstream_refused', /did not take/, { documentOnly: true }));
    service.answer((_, response) => void response.socket?.destroy());
    await assert.rejects(transform(invoice()), failsAs('upstream_unreachable', /was lost/, { retryable: true }));
  });

  it('says that the address is not there, which ends the run, or that the document is too large, which does not', async () => {
    service.answer(answers(404, {}, TOKEN));
    const gone = failsAs('upstream_not_found', /does not have what the address names \(HTTP 404\)/, {
      documentOnly: false,
      retryable: false,
    });
    await assert.rejects(transform(invoice()), gone);
    service.answer(answers(413, {}, TOKEN));
    const tooLarge = /says that “in\/invoice\.pdf” is too large \(HTTP 413\)/;
    for (const more of [{}, { send: 'text' }, { answerSchema: schema }]) {
      await assert.rejects(transform(invoice(), more), failsAs('upstream_refused', tooLarge, { documentOnly: true, retryable: false }));
    }
    // None of them is asked for again here: attempts are the run's.
    assert.equal(service.requests.length, 4);
  });

  it('ends an answer of more than 16 MiB that is to fit a schema, and asks for it once; without a schema it has any size', async () => {
    const large = Buffer.alloc(16 * 1024 * 1024 + 1, ' ');
    service.answer(answers(200, { 'content-type': 'application/json' }, large));
    const tooLarge = failsAs('answer_invalid', /made of “in\/invoice\.pdf” has more than 16 MiB/, { documentOnly: true, retryable: false });
    await assert.rejects(transform(invoice(), { answerSchema: schema }), tooLarge);
    assert.equal(service.requests.length, 1);
    const [made] = await transform(invoice());
    assert.ok(made?.bytes.equals(large));
  });

  it('says that the connection was lost in the middle of an answer, whether it is short, long or checked', async () => {
    for (const length of [1_000, 5_000_000]) {
      service.answer((_, response) => {
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': String(length) });
        response.write(Buffer.alloc(length / 2, ' '), () => response.destroy());
      });
      for (const more of [{}, { answerSchema: schema }]) {
        const lost = failsAs('upstream_unreachable', /was lost/, { retryable: true, documentOnly: false });
        await assert.rejects(transform(invoice(), more), lost, `${length} ${Object.keys(more)}`);
      }
    }
  });

  it('is tested with a key that may only POST, and wholly when people want that', async () => {
    const options = { url: `${service.origin}/infer`, ...BEARER };
    for (const status of [403, 405]) {
      service.answer(
        ({ method }, response) => void response.writeHead(method === 'POST' ? 200 : status, { 'content-type': 'text/plain' }).end(),
      );
      assert.match(await check(httpModel, options), new RegExp(`answers \\(HTTP ${status} to HEAD\\)\\. Nothing was sent`));
      assert.deepEqual(
        service.requests.map(({ method }) => method),
        ['HEAD'],
      );
      assert.match(await check(httpModel, { ...options, connectionTest: 'send' }), /made text\/plain of a test document/);
      service.requests.length = 0;
    }
  });

  it('ends a check against the schema that one of its patterns makes endless, and the run with it', { timeout: 20_000 }, async () => {
    const endless = JSON.stringify({ type: 'object', properties: { total: { type: 'string', pattern: '^(a+)+$' } } });
    service.answer(json({ total: `${'a'.repeat(40)}!` }));
    await assert.rejects(
      transform(invoice(), { answerSchema: endless }),
      failsAs('option_invalid', /takes more than a second/, { documentOnly: false, retryable: false }),
    );
  });

  it('refuses a schema that is none', () => {
    for (const answerSchema of ['{', '[]', '3']) {
      assert.throws(
        () => httpModel.destinations({ url: 'https://localhost/', answerSchema }),
        failsAs('option_invalid', /is no JSON object/),
      );
    }
  });
});
