import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ConnectorError } from '@holdfast/connector';
import { parseConnectionString } from './connection-string.ts';
import { explain } from './failures.ts';

const ATTEMPT = {
  account: parseConnectionString(`AccountName=acme;AccountKey=${Buffer.alloc(64, 7).toString('base64')}`),
  container: 'docs',
  blob: 'a.txt',
};

function answered(status: number, code: string, retryAfter = ''): Error {
  const headers = new Map([
    ['x-ms-error-code', code],
    ['retry-after', retryAfter],
  ]);
  return Object.assign(new Error('not shown'), { name: 'RestError', statusCode: status, code, response: { headers } });
}

test('a service that is busy says how long to wait, in seconds or by a date', ({ mock }) => {
  const now = Date.UTC(2026, 10, 27, 12);
  mock.timers.enable({ apis: ['Date'], now });
  for (const status of [429, 503]) {
    for (const [wait, milliseconds] of [
      ['7', 7_000],
      ['86400', 86_400_000],
      [new Date(now + 3_600_000).toUTCString(), 3_600_000],
      ['soon', undefined],
    ] as const) {
      const { retryable, retryAfterMilliseconds } = explain(answered(status, 'ServerBusy', wait), ATTEMPT) as ConnectorError;
      assert.deepEqual([retryable, retryAfterMilliseconds], [true, milliseconds], `${status} ${wait}`);
    }
  }
});

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

test('what the service says about one document concerns that document alone, and has a remedy', () => {
  for (const [status, code, words] of [
    [403, 'UnauthorizedBlobOverwrite', /permit to create, not to replace/],
    [400, 'InvalidBlobOrBlock', /blocks of an upload that another program did not finish/],
    [409, 'BlobImmutableDueToPolicy', /is protected from changes/],
    [409, 'BlobImmutableDueToLegalHold', /is protected from changes/],
    [412, 'LeaseIdMissing', /is leased by another program/],
    [409, 'BlobArchived', /is archived/],
    [409, 'InvalidBlobType', /as a page or append blob/],
    [400, 'InvalidUri', /is not a name that the account takes/],
    [400, 'InvalidResourceName', /is not a name that the account takes/],
    [400, 'OutOfRangeInput', /is not a name that the account takes/],
    [413, 'RequestBodyTooLarge', /is larger than the account takes/],
    [400, 'InvalidBlobTier', /cannot be put into the access tier/],
    [409, 'OperationNotAllowedOnIncrementalCopyBlob', /did not take “a\.txt”/],
    [400, 'InvalidMetadata', /did not take “a\.txt”/],
    [404, 'ResourceNotFound', /did not take “a\.txt”/],
  ] as const) {
    const error = explain(answered(status, code), ATTEMPT) as ConnectorError;
    assert.deepEqual([error.code, error.documentOnly, error.retryable], ['upstream_refused', true, false], code);
    assert.match(error.message, words);
    assert.ok(error.message.includes(`(${code})`) && (error.remedy ?? '') !== '', code);
  }
});

test('credentials, the container and the way there concern every document', () => {
  for (const [status, code, kind] of [
    [403, 'AuthenticationFailed', 'upstream_credentials'],
    [403, 'AuthorizationFailure', 'upstream_credentials'],
    [403, 'AuthorizationSourceIPMismatch', 'upstream_credentials'],
    [403, 'AuthorizationProtocolMismatch', 'upstream_credentials'],
    [403, 'AuthorizationServiceMismatch', 'upstream_credentials'],
    [403, 'AuthorizationResourceTypeMismatch', 'upstream_credentials'],
    [403, 'KeyBasedAuthenticationNotPermitted', 'upstream_credentials'],
    [403, 'AccountIsDisabled', 'upstream_credentials'],
    [409, 'PublicAccessNotPermitted', 'upstream_credentials'],
    [400, 'InvalidAuthenticationInfo', 'upstream_credentials'],
    [401, 'NoAuthenticationInformation', 'upstream_credentials'],
    [403, '<html>', 'upstream_credentials'],
    [404, 'ContainerNotFound', 'upstream_not_found'],
    [409, 'ContainerBeingDeleted', 'upstream_refused'],
    [407, '', 'upstream_refused'],
    [429, 'ServerBusy', 'upstream_refused'],
    [503, 'ServerBusy', 'upstream_refused'],
    [500, 'InternalError', 'upstream_refused'],
  ] as const) {
    const error = explain(answered(status, code), ATTEMPT) as ConnectorError;
    assert.deepEqual([error.code, error.documentOnly], [kind, false], `${status} ${code}`);
  }
});

test('what is refused has a remedy of its own, whatever it is about', () => {
  const { blob: _, ...ofContainer } = ATTEMPT;
  for (const [error, attempt] of [
    [answered(409, 'ContainerBeingDeleted'), ATTEMPT],
    [answered(409, 'ContainerBeingDisabled'), ofContainer],
    [answered(400, 'InvalidQueryParameterValue'), ofContainer],
    [answered(418, 'canary'), ofContainer],
    [new SyntaxError('no XML'), ofContainer],
  ] as const) {
    const { code, message, remedy } = explain(error, attempt) as ConnectorError;
    assert.equal(code, 'upstream_refused', message);
    assert.match(remedy ?? '', /^\p{Lu}.*\.$/u, message);
  }
});
