import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, beforeEach, describe, it } from 'node:test';
import { ConnectorError, type ConnectorErrorCode, type InputDocument } from '@holdfast/connector';
import { type AzureStandIn, signatureFor, startAzureStandIn } from '../../tests/harness/azure-stand-in.ts';
import { testContext, testDocument } from '../../tests/harness/connector-context.ts';
import { startDroppingProxy } from '../../tests/harness/dropping-proxy.ts';
import { azureBlob } from './connectors.ts';

const HOST = 'https://acme.blob.core.windows.net';
const MIB = 1024 * 1024;
const LARGE = randomBytes(9 * MIB);

let service: AzureStandIn;
before(async () => {
  service = await startAzureStandIn();
});
after(() => service?.[Symbol.asyncDispose]());
beforeEach(() => {
  service.containers.clear();
  service.containers.set('docs', new Map());
  service.intercept(undefined);
  service.requests.length = 0;
});

async function publish(document: InputDocument, port = service.port) {
  const signature = signatureFor(service, { container: 'docs', permissions: 'rcw' });
  await using context = testContext({ destinations: [`${HOST}:443`], ca: service.certificate, port });
  return await azureBlob.publish(document, { connectionString: `${HOST}/docs?${signature}`, container: 'docs' }, context);
}

const stored = (name: string) => service.containers.get('docs')?.get(name)?.bytes;

function failsAs(code: ConnectorErrorCode, message: RegExp, more: Partial<ConnectorError> = {}) {
  return (error: unknown) => {
    assert.ok(error instanceof ConnectorError, String(error));
    assert.equal(error.code, code, error.message);
    assert.match(error.message, message);
    for (const [name, value] of Object.entries(more)) assert.equal(error[name as keyof ConnectorError], value, `${name}: ${error.message}`);
    assert.doesNotMatch(`${error.message} ${error.remedy}`, /sig=|sv=20/);
    return true;
  };
}

describe('an upload to Azure Blob Storage that does not pass', { concurrency: false }, () => {
  for (const [operation, bytes] of [
    ['HEAD', Buffer.from('small')],
    ['PUT', Buffer.from('small')],
    ['PUT block', LARGE],
    ['PUT blocklist', LARGE],
  ] as const) {
    it(`meets a service that is busy, which says for how long, at ${operation}, and is whole when it is tried again`, async () => {
      service.intercept((asked) =>
        asked.operation === operation ? { status: 503, code: 'ServerBusy', headers: { 'retry-after': '7' } } : undefined,
      );
      const busy = failsAs('upstream_refused', /is busy or does not work \(ServerBusy\)/, {
        retryable: true,
        retryAfterMilliseconds: 7_000,
        documentOnly: false,
      });
      await assert.rejects(publish(testDocument('a.bin', bytes)), busy);
      assert.equal(stored('a.bin'), undefined);
      // Two blocks are sent at a time; nothing is asked again.
      const asked = service.requests.filter(({ code }) => code === 'ServerBusy').length;
      assert.ok(asked === 1 || (operation === 'PUT block' && asked === 2), `${asked}`);
      service.intercept(undefined);
      assert.equal((await publish(testDocument('a.bin', bytes))).outcome, 'published');
      assert.ok(stored('a.bin')?.equals(bytes));
    });
  }

  it('is larger than the account takes: that document fails, and a smaller one does not', async () => {
    service.intercept(({ bytes }) => (bytes > 1_000 ? { status: 413, code: 'RequestBodyTooLarge' } : undefined));
    for (const bytes of [randomBytes(5_000), LARGE]) {
      await assert.rejects(
        publish(testDocument('a.bin', bytes)),
        failsAs('upstream_refused', /“a\.bin” is larger than the account takes \(RequestBodyTooLarge\)/, {
          retryable: false,
          documentOnly: true,
          remedy: 'Divide the document.',
        }),
      );
    }
    assert.equal((await publish(testDocument('b.bin', randomBytes(1_000)))).outcome, 'published');
  });

  for (const afterBytes of [64 * 1024, 3 * MIB]) {
    it(`is cut after ${afterBytes / 1024} KiB: nothing is there under its name, and it is whole when it is tried again`, async () => {
      await using proxy = await startDroppingProxy(service);
      const document = testDocument('a.bin', LARGE);
      proxy.cutNext(1, afterBytes);
      const lost = failsAs('upstream_unreachable', /was lost/, { retryable: true, documentOnly: false });
      await assert.rejects(publish(document, proxy.port), lost);
      assert.equal(stored('a.bin'), undefined);
      assert.equal((await publish(document, proxy.port)).outcome, 'published');
      assert.ok(stored('a.bin')?.equals(LARGE));
    });
  }
});
