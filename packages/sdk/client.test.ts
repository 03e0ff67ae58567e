import assert from 'node:assert/strict';
import { test } from 'node:test';
import { downloadRunDocument, getSecret, listSecrets, putSecret } from '@holdfast/api';
import { createClient, ProblemError, TokenError } from './index.ts';

function recording(answer: () => Response) {
  const sent: { url: string; init: RequestInit }[] = [];
  const fetch = (async (url: string, init: RequestInit) => {
    sent.push({ url, init });
    return answer();
  }) as unknown as typeof globalThis.fetch;
  return { sent, client: createClient({ url: 'http://holdfast.test/', token: 'holdfast_test', fetch }) };
}

test('parameters are escaped into the path, the query leaves out what is undefined, the token is a bearer token', async () => {
  const { sent, client } = recording(() => Response.json({ items: [] }));
  await client.call(listSecrets, { params: { organization: 'a/b' }, query: { search: 'x&y', limit: 10 } });
  assert.equal(sent[0]?.url, 'http://holdfast.test/api/organizations/a%2Fb/secrets?search=x%26y&limit=10');
  assert.equal(new Headers(sent[0]?.init.headers).get('authorization'), 'Bearer holdfast_test');
  assert.equal(sent[0]?.init.redirect, 'error');
});

test('a part of the path that would lead to another endpoint is refused before anything is sent', async () => {
  const { sent, client } = recording(() => Response.json({}));
  for (const name of ['', '.', '..']) {
    await assert.rejects(client.call(getSecret, { params: { organization: 'acme', name } }), TypeError);
  }
  assert.equal(sent.length, 0);
});

test('a document elsewhere is fetched without token or cookie, and its refusal is a problem', async () => {
  const params = { organization: 'acme', run: 'r', document: 'd' };
  const elsewhere = 'https://data.test/documents/acme/holdfast_document_x';
  const answers = [new Response(null, { status: 303, headers: { location: elsewhere } }), new Response('bytes')];
  const { sent, client } = recording(() => answers.shift() ?? Response.json({}, { status: 404 }));
  assert.equal(await new Response(await client.stream(downloadRunDocument, { params })).text(), 'bytes');
  assert.deepEqual([sent[1]?.url, sent[1]?.init.headers, sent[1]?.init.credentials], [elsewhere, undefined, 'omit']);
  assert.deepEqual(
    sent.map(({ init }) => init.redirect),
    ['manual', 'error'],
  );
  answers.push(new Response(null, { status: 303, headers: { location: elsewhere } }));
  await assert.rejects(client.stream(downloadRunDocument, { params }), ProblemError);
});

test('a token that no header can carry is refused before anything is sent, and no error repeats it', () => {
  for (const token of ['holdfast_access_X\n# march', 'holdfast_access_X y', 'holdfast_access_X\r', 'holdfast_access_\u00e9', '']) {
    assert.throws(
      () => createClient({ url: 'http://holdfast.test', token }),
      (error) => error instanceof TokenError && !/holdfast_access|march/.test(`${error.message}${error.remedy}${error.stack}`),
    );
  }
});

test('an empty answer is undefined', async () => {
  const { client } = recording(() => new Response(null, { status: 204 }));
  const envelope = { secretId: 'x', versionId: 'x', keyId: 'x', sealed: 'x' };
  assert.equal(await client.call(putSecret, { params: { organization: 'acme', name: 'A' }, body: { envelope } }), undefined);
});

test('a problem of the server keeps its code, remedy and request id', async () => {
  const problem = { type: 'about:blank', title: 'T', status: 409, code: 'name_taken', detail: 'D', remedy: 'R', requestId: 'r1' };
  const { client } = recording(() => Response.json(problem, { status: 409 }));
  await assert.rejects(client.call(getSecret, { params: { organization: 'acme', name: 'A' } }), (error: unknown) => {
    assert.ok(error instanceof ProblemError);
    assert.deepEqual(error.problem, problem);
    return true;
  });
});

test('an answer that is no problem, as of a proxy in between, becomes one without repeating it', async () => {
  const { client } = recording(() => new Response('<h1>bad gateway of 10.0.0.1</h1>', { status: 502 }));
  await assert.rejects(client.call(getSecret, { params: { organization: 'acme', name: 'A' } }), (error: unknown) => {
    assert.ok(error instanceof ProblemError);
    assert.equal(error.code, 'unavailable');
    assert.ok(!error.message.includes('10.0.0.1'));
    return true;
  });
});

test('what something in between refuses is not said to be a wrong field', async () => {
  const { client } = recording(() => new Response('<h1>forbidden at 10.0.0.1</h1>', { status: 403 }));
  await assert.rejects(client.call(getSecret, { params: { organization: 'acme', name: 'A' } }), (error: unknown) => {
    assert.ok(error instanceof ProblemError);
    assert.equal(error.problem.title, 'Something other than Holdfast answered');
    assert.match(error.remedy, /address.*proxy/);
    assert.ok(!/field|10\.0\.0\.1/.test(`${error.message} ${error.remedy}`));
    return true;
  });
});

test('an answer that is no JSON, as the page of a website, becomes a problem without repeating it', async () => {
  const { client } = recording(() => new Response('<h1>welcome to 10.0.0.1</h1>'));
  await assert.rejects(client.call(getSecret, { params: { organization: 'acme', name: 'A' } }), (error: unknown) => {
    assert.ok(error instanceof ProblemError);
    assert.equal(error.code, 'unavailable');
    assert.match(error.remedy, /address/);
    assert.ok(!/h1|10\.0\.0\.1/.test(error.message));
    return true;
  });
});
