import assert from 'node:assert/strict';
import type { RequestListener } from 'node:http';
import { describe, it } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import type { ConnectorError } from '@holdfast/connector';
import { testContext } from '../../tests/harness/connector-context.ts';
import { piecesOf, refusedAs, serve } from '../testing/served.ts';

describe('where fetch goes', () => {
  it('sends to a destination that the operator and the value allow', async () => {
    await using server = await serve((_request, response) => response.end('fine'));
    await using context = server.context({ allow: `127.0.0.1:${server.port}` });
    const answer = await context.fetch(`${server.origin}/a?b=c#d`);
    assert.equal(answer.status, 200);
    assert.equal(answer.ok, true);
    assert.equal(answer.url, `${server.origin}/a?b=c#d`);
    assert.equal(await answer.text(), 'fine');
    assert.deepEqual(
      server.requests.map(({ line }) => line),
      ['GET /a?b=c'],
    );
  });

  it('refuses every destination that is not named, by scheme, host and port', async () => {
    await using server = await serve((_request, response) => response.end());
    await using context = server.context();
    for (const url of [
      `https://127.0.0.1:${server.port}/`,
      `http://localhost:${server.port}/`,
      'http://127.0.0.1:1/',
      'file:///etc/passwd',
      new Request(`http://localhost:${server.port}/`),
    ]) {
      await assert.rejects(context.fetch(url), refusedAs('destination_refused'), String(url));
      await assert.rejects(context.fetchDocument(url), refusedAs('destination_refused'), String(url));
    }
    await assert.rejects(context.fetch('nonsense'), refusedAs('option_invalid'));
    assert.deepEqual(server.requests, []);
  });

  it('does not dial a private address that the operator does not allow, although it is the destination', async () => {
    await using server = await serve((_request, response) => response.end());
    for (const host of ['127.0.0.1', 'localhost', '[::ffff:127.0.0.1]', '2130706433', '0x7f000001', '0177.0.0.1']) {
      const url = new URL(`http://${host}:${server.port}/`);
      await using context = testContext({ destinations: [url.origin], allow: '' });
      await assert.rejects(context.fetch(url), refusedAs('address_refused'), host);
    }
    assert.deepEqual(server.requests, []);
  });

  it('looks at every address of a name, and refuses the name for a single private one', async () => {
    await using server = await serve((_request, response) => response.end());
    const origin = `http://two.example:${server.port}`;
    await using context = testContext({
      destinations: [origin],
      allow: '',
      egress: { resolve: async () => ['93.184.216.34', '127.0.0.1'] },
    });
    await assert.rejects(context.fetch(origin), refusedAs('address_refused'));
    assert.deepEqual(server.requests, []);
  });

  it('dials the address that it looked at, whatever the name leads to a moment later', async () => {
    await using server = await serve((_request, response) => response.end('vetted'));
    const origin = `http://re.example:${server.port}`;
    let asked = 0;
    const resolve = async () => (++asked === 1 ? ['127.0.0.1'] : ['169.254.169.254']);
    await using context = testContext({ destinations: [origin], allow: `re.example:${server.port}`, egress: { resolve } });
    assert.equal(await (await context.fetch(origin)).text(), 'vetted');
    assert.equal(asked, 1);
  });

  it('refuses the name that turned to a metadata address before the next connection', async () => {
    await using server = await serve((_request, response) => {
      response.setHeader('connection', 'close');
      response.end();
    });
    const origin = `http://re.example:${server.port}`;
    let asked = 0;
    const resolve = async () => (++asked === 1 ? ['127.0.0.1'] : ['169.254.169.254']);
    await using context = testContext({ destinations: [origin], egress: { resolve } });
    await context.fetch(origin);
    await assert.rejects(context.fetch(origin), refusedAs('address_refused'));
  });

  it('refuses an address with a user or password, and says neither', async () => {
    await using server = await serve((_request, response) => response.end());
    await using context = server.context();
    const url = `http://user:hunter22@127.0.0.1:${server.port}/`;
    await assert.rejects(context.fetch(url), (error: Error) => refusedAs('option_invalid')(error) && !error.message.includes('hunter22'));
  });
});

describe('redirects', () => {
  const leadingTo = (location: string, status = 302): RequestListener => {
    return (request, response) => {
      if (request.url === '/start') response.writeHead(status, { location }).end('moved');
      else response.end(request.url);
    };
  };

  it('to another origin are handed back, whatever the method, and nothing goes there', async () => {
    await using elsewhere = await serve((_request, response) => response.end());
    await using server = await serve(leadingTo(`${elsewhere.origin}/x`, 307));
    // Even one that the use may send to.
    await using context = testContext({ destinations: [server.origin, elsewhere.origin] });
    for (const init of [{}, { method: 'PUT', headers: { authorization: 'Bearer x' }, body: 'document' }]) {
      const answer = await context.fetch(`${server.origin}/start`, init);
      assert.equal(answer.status, 307);
      assert.equal(answer.headers.get('location'), `${elsewhere.origin}/x`);
    }
    assert.deepEqual(elsewhere.requests, []);
  });

  it('within the origin are followed for GET and HEAD', async () => {
    await using server = await serve(leadingTo('/end'));
    await using context = server.context();
    const answer = await context.fetch(`${server.origin}/start`, { headers: { 'x-kept': 'yes' } });
    assert.deepEqual([answer.status, answer.redirected, answer.url], [200, true, `${server.origin}/end`]);
    assert.equal(await answer.text(), '/end');
    assert.equal(server.requests.at(-1)?.headers['x-kept'], 'yes');
    assert.equal((await context.fetch(`${server.origin}/start`, { method: 'POST', body: 'x' })).status, 302);
  });

  it('are handed back or refused when the caller says so, and end after five', async () => {
    await using server = await serve((_request, response) => response.writeHead(302, { location: '/again' }).end());
    await using context = server.context();
    assert.equal((await context.fetch(server.origin, { redirect: 'manual' })).status, 302);
    await assert.rejects(context.fetch(server.origin, { redirect: 'error' }), refusedAs('upstream_refused', /redirect \(302\)/));
    server.requests.length = 0;
    assert.equal((await context.fetch(server.origin)).status, 302);
    assert.equal(server.requests.length, 6);
  });
});

describe('the network', () => {
  it('that nothing answers is said, and that trying again may help', async () => {
    const origin = 'http://127.0.0.1:9';
    await using context = testContext({ destinations: [origin] });
    await assert.rejects(context.fetch(`${origin}/?sig=abcdefgh`), (error: ConnectorError) => {
      assert.equal(error.message, 'Nothing answers at 127.0.0.1:9 (ECONNREFUSED).');
      assert.equal(error.retryable, true);
      assert.ok(!error.message.includes('abcdefgh'));
      return true;
    });
  });

  it('is not tried again for a host that does not exist', async () => {
    const resolve = async () => {
      throw Object.assign(new Error('getaddrinfo ENOTFOUND nowhere.example'), { code: 'ENOTFOUND' });
    };
    await using context = testContext({ destinations: ['https://nowhere.example:443'], allow: '', egress: { resolve } });
    await assert.rejects(context.fetch('https://nowhere.example/'), (error: ConnectorError) => {
      assert.equal(error.retryable, false);
      assert.match(error.message, /nowhere\.example does not exist/);
      return true;
    });
  });

  it('is left when the work is to stop, or the caller stops waiting, with their reasons', async () => {
    await using server = await serve(() => {});
    const work = new AbortController();
    await using context = server.context({ signal: work.signal });
    const own = new AbortController();
    const [ownReason, workReason] = [new Error('own'), new Error('work')];
    setTimeout(() => own.abort(ownReason), 50);
    await assert.rejects(context.fetch(server.origin, { signal: own.signal }), (error) => error === ownReason);
    setTimeout(() => work.abort(workReason), 50);
    await assert.rejects(context.fetch(server.origin), (error) => error === workReason);
  });

  it('waits as long for an answer to begin as the caller says', async () => {
    await using server = await serve((_request, response) => setTimeout(() => response.end('late'), 3_000));
    await using context = server.context();
    await assert.rejects(context.fetch(server.origin, { answerMilliseconds: 500 }), refusedAs('upstream_unreachable', /fell silent/));
    assert.equal(await (await context.fetch(server.origin, { answerMilliseconds: 90_000 })).text(), 'late');
  });
});

describe('a use that is over', () => {
  it('refuses a request, whose deadline then ends nothing', async () => {
    const limits = { requestMilliseconds: 50, bytesPerSecond: 0 };
    await using server = await serve(() => {});
    const over = server.context({ egress: { limits } });
    const { fetch } = over;
    const unmet: unknown[] = [];
    const note = (error: unknown) => void unmet.push(error);
    await over[Symbol.asyncDispose]();
    process.on('unhandledRejection', note);
    try {
      await assert.rejects(fetch(server.origin, { method: 'POST', body: piecesOf(Buffer.from('abc'), 1) }));
      // One that begins later takes its time in full: by then the deadline of the first has passed.
      await using context = server.context({ egress: { limits } });
      await assert.rejects(context.fetch(server.origin), refusedAs('upstream_unreachable', /took more than/));
      await setImmediate();
    } finally {
      process.off('unhandledRejection', note);
    }
    assert.deepEqual(unmet, []);
  });
});
