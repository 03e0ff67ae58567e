import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseConnectionString } from './connection-string.ts';
import { explain } from './failures.ts';

const ATTEMPT = {
  account: parseConnectionString(`AccountName=acme;AccountKey=${Buffer.alloc(64, 7).toString('base64')}`),
  container: 'docs',
  blob: 'a.txt',
};

function answered(status: number, code: string): Error {
  const headers = new Map([['x-ms-error-code', code]]);
  return Object.assign(new Error('not shown'), { name: 'RestError', statusCode: status, code, response: { headers } });
}

test('a documented error code is shown', () => {
  assert.match(explain(answered(403, 'AuthenticationFailed'), ATTEMPT).message, /\(AuthenticationFailed\)/);
  assert.match(explain(answered(409, 'LeaseIdMissing'), ATTEMPT).message, /\(LeaseIdMissing\)/);
});

test('whatever else a service sends as its error code is not shown: it could be what it was sent, in another order', () => {
  const key = 'q8Zxkeyofthesecretcustomer';
  for (const sent of [key, [...key].reverse().join(''), key.slice(0, 6), 'AuthenticationFailed\u0007', '<b>', 'A'.repeat(500), '']) {
    for (const status of [400, 401, 403, 404, 409, 412, 418, 429, 500, 503]) {
      const { message, remedy } = explain(answered(status, sent), ATTEMPT) as Error & { remedy?: string };
      if (sent !== '') assert.ok(!`${message} ${remedy}`.includes(sent), message);
      assert.match(message, /status \d{3}|changed by somebody|no container/, message);
    }
  }
});
