import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { createLogger } from '@holdfast/service';
import { compressAnswers } from './compress-answers.ts';
import { createServer } from './server.ts';

const long = { items: Array.from({ length: 100 }, (_, number) => ({ name: `SECRET_${number}`, description: '' })) };

test('a long answer to GET is compressed for a caller who takes gzip, and for no other', async () => {
  await using server = serverOf();
  for (const [accepted, compressed] of [
    ['gzip, deflate, br', true],
    ['*', true],
    ['br', false],
    ['gzip;q=0', false],
    ['gzip; q=0.0, *', false],
    [undefined, false],
  ] as const) {
    const answer = await server.inject({ url: '/long', headers: accepted === undefined ? {} : { 'accept-encoding': accepted } });
    assert.equal(answer.headers['content-encoding'], compressed ? 'gzip' : undefined, accepted);
    assert.equal(answer.headers.vary, 'accept-encoding');
    const text = compressed ? gunzipSync(answer.rawPayload).toString() : answer.body;
    assert.deepEqual(JSON.parse(text), long);
    assert.equal(Number(answer.headers['content-length']), answer.rawPayload.length);
  }
});

test('a short answer and the answer to a command go as they are', async () => {
  await using server = serverOf();
  const headers = { 'accept-encoding': 'gzip' };
  for (const answer of [await server.inject({ url: '/short', headers }), await server.inject({ method: 'POST', url: '/long', headers })]) {
    assert.equal(answer.statusCode, 200);
    assert.equal(answer.headers['content-encoding'], undefined);
  }
});

function serverOf() {
  const server = createServer({ logger: createLogger({ name: 'test', level: 'silent' }), hosts: { listen: '127.0.0.1', allowed: [] } });
  compressAnswers(server);
  server.get('/long', async () => long);
  server.post('/long', async () => long);
  server.get('/short', async () => ({ items: [] }));
  return Object.assign(server, { [Symbol.asyncDispose]: () => server.close() });
}
