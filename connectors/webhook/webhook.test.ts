import assert from 'node:assert/strict';
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { after, before, beforeEach, describe, it } from 'node:test';
import { ConnectorError, type ConnectorErrorCode, type Options } from '@holdfast/connector';
import { type TestContextOptions, testContext, testDocument } from '../../tests/harness/connector-context.ts';
import { startDroppingProxy } from '../../tests/harness/dropping-proxy.ts';
import { type Handler, type HttpService, httpService, SERVICE_CA } from '../../tests/harness/http-service.ts';
import { freePort } from '../../tests/harness/ports.ts';
import { webhookPublisher } from './connectors.ts';
import { signatureHeaders } from './signature.ts';

/** In the address, as a service puts it there. */
const TOKEN = 'xoxQ4canary9WebhookToken';
const SIGNING_SECRET = 'whsec_7canary2SigningSecret';

let service: HttpService;
before(async () => {
  service = await httpService();
});
after(() => service?.[Symbol.asyncDispose]());
beforeEach(() => {
  service.requests.length = 0;
  service.answer((_, response) => void response.writeHead(204).end());
});

const hook = (more: Options = {}): Options => ({ url: `${service.origin}/services/T00/${TOKEN}`, ...more });

function contextFor(options: Options, more: Partial<TestContextOptions> = {}) {
  return testContext({ destinations: webhookPublisher.destinations(options), values: [String(options.url)], ca: SERVICE_CA, ...more });
}

async function publish(document: ReturnType<typeof testDocument>, options: Options, more: Partial<TestContextOptions> = {}) {
  await using context = contextFor(options, more);
  return await webhookPublisher.publish(document, options, context);
}

async function check(options: Options, more: Partial<TestContextOptions> = {}) {
  await using context = contextFor(options, more);
  return await webhookPublisher.check(options, context);
}

function failsAs(code: ConnectorErrorCode, message: RegExp, more: Partial<ConnectorError> = {}) {
  return (error: unknown) => {
    assert.ok(error instanceof ConnectorError, String(error));
    assert.equal(error.code, code, error.message);
    assert.match(error.message, message);
    for (const [name, value] of Object.entries(more)) assert.equal(error[name as keyof ConnectorError], value, `${name}: ${error.message}`);
    for (const secret of [TOKEN, SIGNING_SECRET]) assert.ok(!`${error.message} ${error.remedy} ${error.stack}`.includes(secret));
    return true;
  };
}

const answers =
  (status: number, headers: Record<string, string> = {}, body = ''): Handler =>
  (_, response) =>
    void response.writeHead(status, headers).end(body);

const text = (content = 'one') => testDocument('a/März 1.txt', Buffer.from(content), 'text/plain');

describe('a webhook publisher', { concurrency: false }, () => {
  for (const size of [0, 1, 5_000_000]) {
    it(`posts a document of ${size} bytes as it is, over TLS`, async () => {
      const bytes = randomBytes(size);
      const document = testDocument('in/Kontoauszug März – 請求.pdf', bytes, 'application/pdf');
      assert.deepEqual(await publish(document, hook()), { outcome: 'published', publishedAs: `localhost:${service.port}` });
      const [request] = service.requests;
      assert.equal(`${request?.method} ${request?.path}`, `POST /services/T00/${TOKEN}`);
      assert.ok(request);
      assert.ok(request.body.equals(bytes));
      assert.equal(request.headers['content-type'], 'application/pdf');
      assert.equal(request.headers['content-length'], String(size));
      assert.equal(request.headers['idempotency-key'], document.idempotencyKey);
      assert.equal(decodeURIComponent(String(request.headers['x-holdfast-name'])), document.name);
      assert.equal(request.headers['x-holdfast-sha256'], document.sha256);
      assert.equal(document.sent.at(-1), size);
    });
  }

  for (const format of ['document', 'json']) {
    it(`signs the body and the time of a ${format}, as a receiver can check`, async () => {
      const bytes = randomBytes(1_500_000);
      await publish(testDocument('a.bin', bytes), hook({ signingSecret: SIGNING_SECRET, format, content: 'base64' }));
      const [request] = service.requests;
      const [, seconds, given] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(request?.headers['x-holdfast-signature'])) ?? [];
      const made = createHmac('sha256', SIGNING_SECRET)
        .update(`${seconds}.`)
        .update(request?.body ?? '')
        .digest();
      assert.ok(timingSafeEqual(made, Buffer.from(given ?? '', 'hex')));
      assert.ok(Math.abs(Number(seconds) - Date.now() / 1000) < 300);
    });
  }

  it('signs as the documentation says', async () => {
    assert.deepEqual(
      await signatureHeaders('a signing secret', [Buffer.from('{"a":'), Buffer.from('1}')], { id: 'one', seconds: 1_800_000_000 }),
      {
        'x-holdfast-signature': `t=1800000000,v1=${createHmac('sha256', 'a signing secret').update('1800000000.{"a":1}').digest('hex')}`,
      },
    );
    // The example of the specification.
    const { 'x-holdfast-signature': own, ...standard } = await signatureHeaders(
      'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
      [Buffer.from('{"test": 2432232314}')],
      { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', seconds: 1_614_265_330 },
    );
    assert.match(String(own), /^t=1614265330,v1=[0-9a-f]{64}$/);
    assert.deepEqual(standard, {
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    });
  });

  it('gives each attempt the id of the document, in what it signs as Standard Webhooks do', async () => {
    const key = randomBytes(24);
    const document = testDocument('a.bin', randomBytes(1_500_000));
    const options = hook({ signingSecret: `whsec_${key.toString('base64')}` });
    for (let attempt = 0; attempt < 2; attempt++) await publish(document, options);
    assert.equal(service.requests.length, 2);
    for (const { headers, body } of service.requests) {
      assert.equal(headers['webhook-id'], document.idempotencyKey);
      const made = createHmac('sha256', key).update(`${document.idempotencyKey}.${headers['webhook-timestamp']}.`).update(body);
      assert.equal(headers['webhook-signature'], `v1,${made.digest('base64')}`);
      assert.match(String(headers['x-holdfast-signature']), /^t=\d+,v1=[0-9a-f]{64}$/);
    }
  });

  it('sends the user and password of the address by Basic, and never in the address', async () => {
    const options = { url: `https://user:p%40ss-${TOKEN}@localhost:${service.port}/hook` };
    await publish(text(), options);
    const [request] = service.requests;
    assert.equal(request?.headers.authorization, `Basic ${Buffer.from(`user:p@ss-${TOKEN}`).toString('base64')}`);
    assert.equal(request.path, '/hook');
    await using context = contextFor(options);
    await webhookPublisher.check(options, context);
    assert.ok(context.protected.includes(`p@ss-${TOKEN}`));
  });

  it('puts what is known of a document and its content into JSON', async () => {
    const document = text('Grüße\r\n{name}');
    const send = async (content: string, of = document) => {
      await publish(of, hook({ format: 'json', content }));
      return JSON.parse(String(service.requests.pop()?.body));
    };
    const { name, contentType, size, sha256, idempotencyKey } = document;
    const facts = { event: 'document', idempotencyKey, name, contentType, size, sha256 };
    assert.deepEqual(await send('none'), facts);
    assert.deepEqual(await send('text'), { ...facts, text: 'Grüße\n{name}' });
    assert.deepEqual(await send('base64'), { ...facts, base64: Buffer.from('Grüße\r\n{name}').toString('base64') });
    assert.equal((await send('text', testDocument('a.png', randomBytes(50), 'image/png'))).text, null);
    const large = { ...testDocument('a.bin', Buffer.alloc(1)), size: 17 * 1024 * 1024 };
    await assert.rejects(
      publish(large, hook({ format: 'json', content: 'base64' })),
      failsAs('document_unsupported', /more than 16 MiB/, { documentOnly: true }),
    );
  });

  it('fills a message once, and a document cannot call people or make links in it', async () => {
    const document = testDocument('<!channel> {sha256} [x](http://y) & co.txt', Buffer.from('a'.repeat(5_000)), 'text/plain');
    await publish(document, hook({ format: 'slack', message: 'New: {name}, {size} {unknown}' }));
    assert.deepEqual(JSON.parse(String(service.requests[0]?.body)), {
      text: 'New: &lt;!channel&gt; {sha256} [x](http://y) &amp; co.txt, 5000 {unknown}',
    });
    await publish(document, hook({ format: 'teams', message: '{name}: {text}' }));
    const { type, attachments } = JSON.parse(String(service.requests[1]?.body));
    assert.equal(type, 'message');
    assert.equal(attachments[0].contentType, 'application/vnd.microsoft.card.adaptive');
    assert.equal(attachments[0].content.body[0].text, `<!channel> {sha256} \\[x\\](http://y) & co.txt: ${'a'.repeat(2_000)}…`);
  });

  it('sends nothing complete of a document that changes meanwhile', async () => {
    const document = { ...testDocument('a.bin', randomBytes(2_000_000)), sha256: '0'.repeat(64) };
    await assert.rejects(publish(document, hook()), failsAs('upstream_refused', /“a\.bin” changed/, { documentOnly: true }));
    assert.deepEqual(service.requests, []);
  });
});

describe('a webhook that refuses', { concurrency: false }, () => {
  for (const [status, code, message, more] of [
    [301, 'upstream_refused', /redirect, which is not followed \(HTTP 301\)/, { documentOnly: false, retryable: false }],
    [400, 'upstream_refused', /did not take “a\/März 1\.txt” \(HTTP 400\)/, { documentOnly: true, retryable: false }],
    [401, 'upstream_credentials', /did not accept the credentials/, { documentOnly: false, retryable: false }],
    [403, 'upstream_credentials', /does not permit/, { documentOnly: false, retryable: false }],
    [404, 'upstream_not_found', /does not have what the address names/, { documentOnly: false, retryable: false }],
    [405, 'upstream_refused', /does not take requests of this method/, { documentOnly: false, retryable: false }],
    [408, 'upstream_refused', /is busy/, { retryable: true }],
    [410, 'upstream_not_found', /does not have/, { retryable: false }],
    [413, 'upstream_refused', /too large/, { documentOnly: true, retryable: false }],
    [415, 'upstream_refused', /content type/, { documentOnly: true, retryable: false }],
    [429, 'upstream_refused', /is busy/, { retryable: true, retryAfterMilliseconds: 7_000 }],
    [500, 'upstream_refused', /does not work/, { retryable: true }],
    [503, 'upstream_refused', /does not work/, { retryable: true, retryAfterMilliseconds: 7_000 }],
  ] as const) {
    it(`with ${status} is said to have done so, without a word of what it answered`, async () => {
      const retry: Record<string, string> = status === 429 || status === 503 ? { 'retry-after': '7' } : {};
      service.answer(answers(status, { location: `https://elsewhere.example/${TOKEN}`, ...retry }, `no, ${TOKEN} is wrong`));
      await assert.rejects(publish(text(), hook({ signingSecret: SIGNING_SECRET })), failsAs(code, message, more));
      assert.equal(service.requests.length, 1);
    });
  }

  it('names the codes of Slack, and no other text', async () => {
    service.answer(answers(404, {}, 'no_service'));
    await assert.rejects(publish(text(), hook({ format: 'slack' })), failsAs('upstream_not_found', /\(HTTP 404, no_service\)/));
    service.answer(answers(400, {}, 'please_call'));
    await assert.rejects(publish(text(), hook({ format: 'slack' })), failsAs('upstream_refused', /\(HTTP 400\)\.$/));
  });

  it('like Teams, with 200 and an error in the text', async () => {
    const said = 'Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 429 with ContextId x.';
    service.answer(answers(200, {}, said));
    await assert.rejects(publish(text(), hook({ format: 'teams' })), failsAs('upstream_refused', /HTTP 429/, { retryable: true }));
  });

  it('may name a date until which it is to be left alone', async () => {
    service.answer(answers(503, { 'retry-after': new Date(Date.now() + 3_600_000).toUTCString() }));
    await assert.rejects(publish(text(), hook()), (error: ConnectorError) => {
      const minutes = Math.ceil((error.retryAfterMilliseconds ?? 0) / 60_000);
      return failsAs('upstream_refused', /busy/, { retryable: true })(error) && minutes > 50 && minutes <= 60;
    });
  });

  it('is not there, has a certificate of nobody, closes in the middle, or is silent', async () => {
    const port = await freePort();
    const unreachable = (message: RegExp, retryable: boolean, mayHaveArrived = false) =>
      failsAs('upstream_unreachable', message, { retryable, mayHaveArrived });
    await assert.rejects(publish(text(), hook({ url: `http://127.0.0.1:${port}/${TOKEN}` })), unreachable(/Nothing answers/, true));
    await using context = testContext({ destinations: webhookPublisher.destinations(hook()) });
    await assert.rejects(webhookPublisher.publish(text(), hook(), context), unreachable(/no certificate that this server trusts/, false));
    service.answer((_, response) => void response.socket?.destroy());
    await assert.rejects(publish(text(), hook()), unreachable(/was lost/, true, true));
    service.answer(() => undefined);
    const egress = { limits: { requestMilliseconds: 500, bytesPerSecond: 1 } };
    await assert.rejects(publish(text(), hook(), { egress }), unreachable(/took more than 0\.5 seconds/, true, true));
  });
});

describe('a webhook that is lost in the middle of an upload', { concurrency: false }, () => {
  for (const format of ['document', 'json']) {
    it(`has not got the ${format}, and gets all of it when it is tried again`, async () => {
      await using proxy = await startDroppingProxy(service);
      const bytes = randomBytes(5_000_000);
      const document = testDocument('a.bin', bytes);
      const url = `https://localhost:${proxy.port}/services/T00/${TOKEN}`;
      const options = hook({ url, format, content: 'base64', signingSecret: SIGNING_SECRET });
      proxy.cutNext(1, 64 * 1024);
      const lost = failsAs('upstream_unreachable', /was lost/, { retryable: true, documentOnly: false, mayHaveArrived: false });
      await assert.rejects(publish(document, options), lost);
      assert.equal(service.requests.length, 0);
      assert.equal((await publish(document, options)).outcome, 'published');
      const [request, ...more] = service.requests;
      assert.deepEqual(more, []);
      const body = request?.body ?? Buffer.alloc(0);
      const arrived = format === 'document' ? body : Buffer.from(JSON.parse(String(body)).base64, 'base64');
      assert.ok(arrived.equals(bytes));
    });
  }
});

describe('the options of a webhook publisher', { concurrency: false }, () => {
  for (const [what, options, message] of [
    ['a line break in the address', { url: `https://localhost/a\r\nx-more: ${TOKEN}` }, /line break/],
    ['another scheme', { url: `ftp://localhost/${TOKEN}` }, /no address that begins with https/],
    ['an address that is none', { url: TOKEN }, /no address that begins with https/],
    ['a password with a line break', { url: `https://u:${TOKEN}%0d%0aX@localhost/` }, /cannot be sent by HTTP Basic/],
    ['a short signing secret', { url: `https://localhost/${TOKEN}`, signingSecret: 'short' }, /shorter than 16/],
  ] as const) {
    it(`refuse ${what}, without showing it`, () => {
      assert.throws(() => webhookPublisher.destinations(options), failsAs('option_invalid', message));
    });
  }
});

describe('the connection test of a webhook', { concurrency: false }, () => {
  it('posts nothing unless it is to, and passes where HEAD is not known', async () => {
    for (const status of [204, 400, 401, 403, 404, 405, 501]) {
      service.answer(answers(status));
      assert.match(await check(hook({ signingSecret: SIGNING_SECRET })), /answers.*Nothing was posted/);
    }
    assert.deepEqual([...new Set(service.requests.map(({ method }) => method))], ['HEAD']);
    service.answer(answers(503));
    await assert.rejects(check(hook()), failsAs('upstream_refused', /does not work/, { retryable: true }));
    service.answer(answers(401));
    await assert.rejects(
      check({ url: `https://u:${TOKEN}@localhost:${service.port}/` }),
      failsAs('upstream_credentials', /did not accept/),
    );
  });

  it('posts a signed document when it is to', async () => {
    assert.match(await check(hook({ connectionTest: 'send', signingSecret: SIGNING_SECRET })), /took the test document/);
    assert.match(String(service.requests[0]?.body), /connection test of Holdfast/);
    assert.ok(service.requests[0]?.headers['x-holdfast-signature']);
    service.answer(answers(403));
    await assert.rejects(check(hook({ connectionTest: 'send' })), failsAs('upstream_credentials', /does not permit/));
  });

  it('asks Slack with a message without text, which posts nothing', async () => {
    service.answer(({ body }, response) => void response.writeHead(String(body) === '{}' ? 400 : 200).end('no_text'));
    assert.match(await check(hook({ format: 'slack' })), /is there\. Nothing was posted/);
    service.answer(answers(404, {}, 'no_service'));
    await assert.rejects(check(hook({ format: 'slack' })), failsAs('upstream_not_found', /does not have/));
  });
});
