import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { BlobServiceClient, StorageSharedKeyCredential } from '@azure/storage-blob';
import { ConnectorError, type ConnectorErrorCode, type Options } from '@holdfast/connector';
import { type Azurite, startAzurite } from '../../tests/harness/azurite.ts';
import { testContext as contextFor, testDocument as testItem } from '../../tests/harness/connector-context.ts';
import { azureBlob } from './connectors.ts';

const publisher = azureBlob;
let azurite: Azurite;
let containers = 0;

before(async () => {
  azurite = await startAzurite();
});
after(async () => {
  await azurite?.stop();
});

const testContext = () => contextFor({ destinations: [azurite.destination] });

/** Options with a container of their own. */
async function freshOptions(more: Options = {}): Promise<Options & { container: string }> {
  const container = `docs-${++containers}`;
  await azurite.client.createContainer(container);
  return { connectionString: azurite.connectionString, container, ...more };
}

function failsAs(code: ConnectorErrorCode, message: RegExp) {
  return (error: unknown) => {
    assert.ok(error instanceof ConnectorError, String(error));
    assert.equal(error.code, code);
    assert.match(error.message, message);
    assert.ok(!`${error.message} ${error.remedy}`.includes(azurite.accountKey));
    return true;
  };
}

describe('publishing to Azure Blob Storage', { concurrency: false }, () => {
  it('puts a document there byte for byte, with its content type, under its name', async () => {
    const options = await freshOptions({ folder: 'invoices/2026' });
    const bytes = randomBytes(5_000);
    const result = await publisher.publish(testItem('Kontoauszug März – 請求.pdf', bytes, 'application/pdf'), options, testContext());
    assert.deepEqual(result, { outcome: 'published', publishedAs: `${options.container}/invoices/2026/Kontoauszug März – 請求.pdf` });
    const [blob] = await azurite.listBlobs(options.container);
    assert.equal(blob?.name, 'invoices/2026/Kontoauszug März – 請求.pdf');
    assert.equal(blob?.contentType, 'application/pdf');
    assert.deepEqual(await azurite.readBlob(options.container, blob?.name ?? ''), bytes);
  });

  for (const size of [0, 1, 4 * 1024 * 1024 - 1, 4 * 1024 * 1024, 4 * 1024 * 1024 + 1, 12 * 1024 * 1024]) {
    it(`keeps a document of ${size} bytes as it is`, async () => {
      const options = await freshOptions();
      const bytes = randomBytes(size);
      const item = testItem('document.bin', bytes);
      await publisher.publish(item, options, testContext());
      assert.ok(bytes.equals(await azurite.readBlob(options.container, 'document.bin')));
      assert.equal(item.sent.at(-1), size);
    });
  }

  it('sends a small document to find out whether it is there, and asks about what follows', async () => {
    const options = await freshOptions();
    const item = testItem('a.txt', Buffer.from('one'));
    const context = testContext();
    assert.equal((await publisher.publish(item, options, context)).outcome, 'published');
    assert.equal((await publisher.publish(item, options, context)).outcome, 'unchanged');
    assert.equal((await publisher.publish(item, options, context)).outcome, 'unchanged');
    assert.deepEqual(
      context.requests.map((line) => line.split(' ')[0]),
      ['PUT', 'PUT', 'HEAD', 'HEAD'],
    );
  });

  it('sends the same document once', async () => {
    const options = await freshOptions();
    const item = testItem('a.txt', randomBytes(100_000));
    await publisher.publish(item, options, testContext());
    const context = testContext();
    const again = await publisher.publish(item, options, context);
    assert.equal(again.outcome, 'unchanged');
    assert.deepEqual(
      context.requests.map((line) => line.split(' ')[0]),
      ['HEAD'],
    );
  });

  it('replaces, keeps or refuses a different document of the same name, as the component says', async () => {
    for (const [existing, expected] of [
      ['replace', 'two'],
      ['keep', 'one'],
      ['fail', 'one'],
    ] as const) {
      const options = await freshOptions({ existing });
      await publisher.publish(testItem('a.txt', Buffer.from('one')), options, testContext());
      const second = publisher.publish(testItem('a.txt', Buffer.from('two')), options, testContext());
      if (existing === 'fail') await assert.rejects(second, failsAs('upstream_refused', /different document is there already/));
      else assert.equal((await second).outcome, existing === 'keep' ? 'unchanged' : 'published');
      assert.equal((await azurite.readBlob(options.container, 'a.txt')).toString(), expected);
    }
  });

  it('goes on after a lost connection, and has the document once and whole', async () => {
    const options = await freshOptions();
    const bytes = randomBytes(9 * 1024 * 1024);
    const item = testItem('big.bin', bytes);
    const context = testContext();
    context.failNext(/comp=blocklist/);
    await assert.rejects(publisher.publish(item, options, context), (error: ConnectorError) => error.retryable);
    assert.deepEqual(await azurite.listBlobs(options.container), []);
    await publisher.publish(item, options, context);
    assert.ok(bytes.equals(await azurite.readBlob(options.container, 'big.bin')));
  });

  it('does not show a document that changed while it was sent', async () => {
    const options = await freshOptions();
    const item = { ...testItem('a.txt', Buffer.from('first')), sha256: '0'.repeat(64) };
    await assert.rejects(
      publisher.publish(item, options, testContext()),
      failsAs('upstream_refused', /changed while it was being published/),
    );
    assert.deepEqual(await azurite.listBlobs(options.container), []);
  });

  it('says that the container does not exist, or makes it when asked to', async () => {
    const options = { connectionString: azurite.connectionString, container: 'nowhere' };
    const item = testItem('a.txt', Buffer.from('one'));
    await assert.rejects(publisher.publish(item, options, testContext()), failsAs('upstream_not_found', /has no container “nowhere”/));
    assert.equal((await publisher.publish(item, { ...options, createContainer: true }, testContext())).outcome, 'published');
  });

  it('says that the key is not accepted, without showing it', async () => {
    const wrong = azurite.connectionString.replace(azurite.accountKey, randomBytes(64).toString('base64'));
    const options = await freshOptions({ connectionString: wrong });
    await assert.rejects(
      publisher.publish(testItem('a.txt', Buffer.from('one')), options, testContext()),
      failsAs('upstream_credentials', /did not accept the credentials/),
    );
  });

  it('works with a signature that it makes of the account key', async () => {
    const options = await freshOptions({ signaturePerRun: true });
    const bytes = randomBytes(5_000_000);
    assert.equal((await publisher.publish(testItem('a.bin', bytes), options, testContext())).outcome, 'published');
    assert.equal((await publisher.publish(testItem('a.bin', bytes), options, testContext())).outcome, 'unchanged');
    assert.ok(bytes.equals(await azurite.readBlob(options.container, 'a.bin')));
  });

  it('works with a shared access signature of the account', async () => {
    const options = await freshOptions();
    const endpoint = azurite.client.url;
    const account = new BlobServiceClient(endpoint, new StorageSharedKeyCredential(azurite.account, azurite.accountKey));
    const { AccountSASPermissions } = await import('@azure/storage-blob');
    const url = account.generateAccountSasUrl(new Date(Date.now() + 3_600_000), AccountSASPermissions.parse('rwc'), 'co');
    const connectionString = `BlobEndpoint=${endpoint.replace(/\/$/, '')};SharedAccessSignature=${new URL(url).search.slice(1)}`;
    const context = testContext();
    const result = await publisher.publish(testItem('a.txt', Buffer.from('one')), { ...options, connectionString }, context);
    assert.equal(result.outcome, 'published');
    assert.ok(context.protected.some((part) => part.includes('sig=')));
  });

  it('has the account key looked for in everything that is shown', async () => {
    const context = testContext();
    await publisher.check(await freshOptions(), context);
    assert.deepEqual(context.protected, [azurite.accountKey]);
  });
});

describe('checking an Azure Blob publisher', { concurrency: false }, () => {
  it('answers that all is well, and changes nothing', async () => {
    const options = await freshOptions();
    const context = testContext();
    assert.match(await publisher.check(options, context), /accepts the credentials, and the container .* is there/);
    assert.deepEqual(await azurite.listBlobs(options.container), []);
    const probes = context.requests.map((line) => line.replace(/-test-[0-9a-f]{12}$/, ''));
    assert.deepEqual(probes, [
      `PUT /${azurite.account}/${options.container}/.holdfast-connection`,
      `HEAD /${azurite.account}/${options.container}/.holdfast-connection`,
    ]);
    const all = azurite.client.getContainerClient(options.container).listBlobsFlat({ includeUncommitedBlobs: true });
    assert.equal((await all.next()).done, true);
  });

  it('tells a missing container from one that will be made', async () => {
    const options = { connectionString: azurite.connectionString, container: 'not-there' };
    await assert.rejects(publisher.check(options, testContext()), failsAs('upstream_not_found', /no container “not-there”/));
    assert.match(await publisher.check({ ...options, createContainer: true }, testContext()), /will be created by the first run/);
  });

  it('sends nothing with a signature that has expired or may not write', async () => {
    for (const [signature, message] of [
      ['sp=rwc&se=2020-01-01T00:00:00Z&sig=abcdefgh', /^The shared access signature has expired \(se\)\.$/],
      ['sp=rl&se=2099-01-01T00:00:00Z&sig=abcdefgh', /neither Create nor Write/],
    ] as const) {
      const context = testContext();
      const options = {
        connectionString: `BlobEndpoint=http://127.0.0.1:${azurite.port}/x;SharedAccessSignature=${signature}`,
        container: 'docs',
      };
      await assert.rejects(publisher.check(options, context), failsAs('upstream_credentials', message));
      assert.deepEqual(context.requests, []);
    }
  });

  it('refuses options that the form would not have let through', () => {
    const good = { connectionString: azurite.connectionString, container: 'docs' };
    for (const bad of [
      { container: 'Docs' },
      { container: 'a' },
      { container: 'a--b' },
      { container: undefined },
      { folder: '/a' },
      { folder: 'a//b' },
      { folder: '../a' },
      { existing: 'maybe' },
      { connectionString: undefined },
    ]) {
      assert.throws(() => publisher.destinations({ ...good, ...bad }), failsAs('option_invalid', /The option “/), JSON.stringify(bad));
    }
  });
});
