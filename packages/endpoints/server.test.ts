import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HoldfastError } from '@holdfast/api';
import { createLogger } from '@holdfast/service';
import { createServer } from './server.ts';

const build = () =>
  createServer({ logger: createLogger({ name: 'test', level: 'silent' }), hosts: { listen: '127.0.0.1', allowed: [] }, bodyLimit: 100 });

test('an error of our own becomes problem+json with its code, field and remedy', async () => {
  const server = build();
  server.get('/x', () => {
    throw new HoldfastError('name_taken', 'A secret of this name exists.', { field: 'name' });
  });
  const answer = await server.inject('/x');
  assert.equal(answer.statusCode, 409);
  assert.match(String(answer.headers['content-type']), /^application\/problem\+json/);
  const problem = answer.json();
  assert.deepEqual([problem.code, problem.field, problem.remedy], ['name_taken', 'name', 'Choose another name.']);
  assert.equal(problem.requestId, answer.headers['x-request-id']);
});

test('what any other error says stays inside', async () => {
  const server = build();
  server.get('/x', () => {
    throw new Error('the password is hunter2');
  });
  const answer = await server.inject('/x');
  assert.equal(answer.statusCode, 500);
  assert.ok(!answer.body.includes('hunter2') && !answer.body.includes('stack'));
});

test('a database that is away is 503, not 500', async () => {
  const server = build();
  server.get('/x', () => {
    throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
  });
  assert.equal((await server.inject('/x')).json().code, 'unavailable');
});

test('malformed JSON, a wrong content type, a body that is too large and an unknown address are named', async () => {
  const server = build();
  server.post('/x', async () => ({}));
  const post = (payload: string, type: string) => server.inject({ method: 'POST', url: '/x', payload, headers: { 'content-type': type } });
  assert.equal((await post('{', 'application/json')).json().code, 'invalid_request');
  assert.equal((await post('<a/>', 'text/xml')).json().code, 'unsupported_media_type');
  assert.equal((await post(JSON.stringify('x'.repeat(200)), 'application/json')).json().code, 'payload_too_large');
  assert.equal((await server.inject('/nowhere')).json().code, 'not_found');
});

test('readiness fails when one check fails, and says which', async () => {
  const server = build();
  server.addReadyCheck('fine', async () => {});
  server.addReadyCheck('database', async () => {
    throw new Error('connection string with a password');
  });
  const answer = await server.inject('/health/ready');
  assert.equal(answer.statusCode, 503);
  assert.deepEqual(answer.json().checks, { fine: 'ok', database: 'failed' });
});

test('a server that closes cuts off a request that takes longer than it waits', async () => {
  const server = createServer({
    logger: createLogger({ name: 'test', level: 'silent' }),
    hosts: { listen: '127.0.0.1', allowed: [] },
    limits: { closeSeconds: 0.1 },
  });
  const { promise: requested, resolve: isRequested } = Promise.withResolvers<void>();
  server.get('/x', () => {
    isRequested();
    return new Promise(() => {});
  });
  const answer = fetch(`${await server.listen({ host: '127.0.0.1', port: 0 })}/x`);
  const cut = assert.rejects(answer);
  await requested;
  await server.close();
  await cut;
});
