import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, beforeEach, describe, it } from 'node:test';
import {
  BlobSASPermissions,
  ContainerSASPermissions,
  generateBlobSASQueryParameters,
  StorageSharedKeyCredential,
} from '@azure/storage-blob';
import { ConnectorError, type ConnectorErrorCode, type Options } from '@holdfast/connector';
import { namedDestinations } from '@holdfast/envelope';
import { type AzureStandIn, type SignatureOptions, signatureFor, startAzureStandIn } from '../../tests/harness/azure-stand-in.ts';
import { testContext, testDocument as testItem } from '../../tests/harness/connector-context.ts';
import { azureBlob } from './connectors.ts';
import { mintedSignature } from './minted-signature.ts';

const publisher = azureBlob;
const HOST = 'https://acme.blob.core.windows.net';
const KEY_END = 'k+/='; // Nothing of a key is in a message.

let service: AzureStandIn;
before(async () => {
  service = await startAzureStandIn();
});
after(() => service[Symbol.asyncDispose]());
beforeEach(() => {
  service.containers.clear();
  service.containers.set('docs', new Map());
  service.immutable.clear();
  service.broken.clear();
  service.requests.length = 0;
});

const context = () =>
  testContext({ destinations: [`${HOST}:443`, `https://127.0.0.1:${service.port}`], ca: service.certificate, port: service.port });
const sign = (options: SignatureOptions) => signatureFor(service, { container: 'docs', ...options });
const inDocs = (options: SignatureOptions, more: Options = {}): Options => ({
  connectionString: `${HOST}/docs?${sign(options)}`,
  container: 'docs',
  ...more,
});
const blobs = () => service.containers.get('docs') ?? new Map();

function failsAs(code: ConnectorErrorCode, message: RegExp, remedy?: RegExp) {
  return (error: unknown) => {
    assert.ok(error instanceof ConnectorError, String(error));
    assert.equal(error.code, code, error.message);
    assert.match(error.message, message);
    if (remedy !== undefined) assert.match(error.remedy ?? '', remedy);
    assert.doesNotMatch(`${error.message} ${error.remedy}`, /sig=|sv=20|String to sign/);
    assert.ok(!`${error.message} ${error.remedy}`.includes(service.accountKey + KEY_END));
    return true;
  };
}

/** Each signature, what it may do, and what the test of the connection says. */
const SIGNATURES: readonly (readonly [string, SignatureOptions, RegExp])[] = [
  ['of a container, with everything', { permissions: 'racwdl' }, /container “docs” is there\. They may write and look\.$/],
  ['of a container, to read, create and write', { permissions: 'rcw' }, /is there\. They may write and look\.$/],
  ['of a container, to write only', { permissions: 'w' }, /They may write, not look: .* each run sends all of them\.$/],
  ['of a container, to create and write', { permissions: 'cw' }, /They may write, not look/],
  ['of a container, to create only', { permissions: 'c' }, /They may create, not look and not replace: a document whose name is there/],
  ['of a container, to read and create', { permissions: 'rc' }, /They may create and look, not replace/],
  ['of the account, for objects only', { permissions: 'w', resourceTypes: 'o' }, /They may write, not look/],
  ['of the account, for objects only, with read', { permissions: 'rwc', resourceTypes: 'o' }, /They may write and look\.$/],
  ['of the account, for all', { permissions: 'rwdlac', resourceTypes: 'sco' }, /They may write and look\.$/],
];

describe('a shared access signature that may publish', { concurrency: false }, () => {
  for (const [what, signature, said] of SIGNATURES) {
    it(`${what}: passes the test, which leaves nothing behind`, async () => {
      assert.match(await publisher.check(inDocs(signature, { folder: 'in' }), context()), said);
      assert.equal(blobs().size, 0);
      assert.deepEqual(service.uncommitted('docs'), []);
    });

    it(`${what}: publishes small and large documents`, async () => {
      for (const size of [0, 5_000, 9 * 1024 * 1024]) {
        const bytes = randomBytes(size);
        const result = await publisher.publish(testItem(`${size}.bin`, bytes), inDocs(signature), context());
        assert.equal(result.outcome, 'published');
        assert.ok(bytes.equals(blobs().get(`${size}.bin`).bytes));
        assert.equal(result.note === undefined, signature.permissions?.includes('r'), result.note);
      }
      assert.deepEqual(service.uncommitted('docs'), []);
    });
  }

  it('whose permissions a stored access policy holds publishes what these permit, large documents too', async () => {
    const bytes = randomBytes(9 * 1024 * 1024);
    for (const [sp, said] of [
      ['c', /They may write, not look, as far as their stored access policy permits\.$/],
      ['rc', /They may write and look, as far/],
      ['rcw', /They may write and look, as far/],
    ] as const) {
      blobs().clear();
      service.policies.set('publish', { sp, se: '2099-01-01' });
      assert.match(await publisher.check(inDocs({ policy: 'publish' }), context()), said);
      assert.equal((await publisher.publish(testItem('a.bin', bytes), inDocs({ policy: 'publish' }), context())).outcome, 'published');
      assert.ok(bytes.equals(blobs().get('a.bin').bytes));
    }
  });

  it('is checked by the stand-in as the vendor’s client makes it', async () => {
    const credential = new StorageSharedKeyCredential(service.account, service.accountKey);
    const expiresOn = new Date(Date.now() + 3_600_000);
    const made = generateBlobSASQueryParameters(
      { containerName: 'docs', permissions: ContainerSASPermissions.parse('rcw'), expiresOn, version: '2021-12-02' },
      credential,
    );
    assert.match(await publisher.check({ connectionString: `${HOST}/docs?${made}`, container: 'docs' }, context()), /write and look/);
    const ofBlob = generateBlobSASQueryParameters(
      { containerName: 'docs', blobName: 'a.txt', permissions: BlobSASPermissions.parse('rcw'), expiresOn, version: '2021-12-02' },
      credential,
    );
    assert.throws(
      () => publisher.destinations({ connectionString: `${HOST}/docs/a.txt?${ofBlob}`, container: 'docs' }),
      failsAs('option_invalid', /for one blob/),
    );
  });

  it('sends a document once when it may look, and again when it may not, which it says', async () => {
    const item = testItem('a.txt', Buffer.from('one'), 'text/plain');
    for (const [permissions, second] of [
      ['rw', 'unchanged'],
      ['w', 'published'],
    ] as const) {
      blobs().clear();
      await publisher.publish(item, inDocs({ permissions }), context());
      const result = await publisher.publish(item, inDocs({ permissions }), context());
      assert.equal(result.outcome, second);
      if (second === 'published') assert.match(result.note ?? '', /may write, not look/);
    }
  });

  it('keeps or refuses what is there when it may not look, as the component says', async () => {
    for (const permissions of ['c', 'w', 'cw']) {
      for (const size of [3, 5 * 1024 * 1024]) {
        const item = testItem('a.txt', randomBytes(size));
        blobs().clear();
        await publisher.publish(testItem('a.txt', Buffer.from('first')), inDocs({ permissions }), context());
        const kept = await publisher.publish(item, inDocs({ permissions }, { existing: 'keep' }), context());
        assert.equal(kept.outcome, 'unchanged');
        await assert.rejects(
          publisher.publish(item, inDocs({ permissions }, { existing: 'fail' }), context()),
          failsAs('upstream_refused', /A different document is there already/),
        );
        assert.equal(blobs().get('a.txt').bytes.toString(), 'first');
      }
    }
  });

  it('creates the container only when it is of the account and may', async () => {
    const options = (connectionString: string) => ({ connectionString, container: 'fresh', createContainer: true });
    const item = testItem('a.txt', Buffer.from('one'));
    for (const permissions of ['rcw', 'cw']) {
      service.containers.delete('fresh');
      const may = options(`BlobEndpoint=${HOST}/;SharedAccessSignature=${sign({ permissions, resourceTypes: 'co' })}`);
      assert.match(await publisher.check(may, context()), /will be created by the first run/);
      assert.equal((await publisher.publish(item, may, context())).outcome, 'published');
    }
    service.containers.delete('fresh');
    for (const value of [
      `${HOST}/fresh?${signatureFor(service, { permissions: 'rcw', container: 'fresh' })}`,
      `BlobEndpoint=${HOST}/;SharedAccessSignature=${sign({ permissions: 'rcw', resourceTypes: 'o' })}`,
    ]) {
      const expected = failsAs('upstream_not_found', /no container “fresh”, and the credentials may not create it/, /Create the container/);
      await assert.rejects(publisher.check(options(value), context()), expected);
      await assert.rejects(publisher.publish(item, options(value), context()), expected);
    }
  });
});

describe('a shared access signature as it is handed out', { concurrency: false }, () => {
  const signature = () => sign({ permissions: 'rcw' });
  for (const [what, value] of [
    ['the SAS URL of a container', () => `${HOST}/docs?${signature()}`],
    ['the same with a slash at the end', () => `${HOST}/docs/?${signature()}`],
    ['the same with spaces around it', () => `  ${HOST}/docs?${signature()}\n`],
    ['the same in other letters', () => `HTTPS://ACME.blob.core.windows.net/docs?${signature()}`],
    ['the URL that Storage Explorer lists a container with', () => `${HOST}/docs?restype=container&comp=list&${signature()}`],
    ['a connection string of a container', () => `BlobEndpoint=${HOST}/docs;SharedAccessSignature=${signature()}`],
    ['a connection string of the account', () => `BlobEndpoint=${HOST}/;SharedAccessSignature=${signature()}`],
    ['a connection string with a query in its endpoint', () => `BlobEndpoint=${HOST}/docs?${signature()}`],
    [
      'the same with other endpoints',
      () => `QueueEndpoint=https://acme.queue.core.windows.net/;BlobEndpoint=${HOST}/docs/?${signature()};`,
    ],
    ['a signature with a question mark', () => `BlobEndpoint=${HOST}/docs;SharedAccessSignature=?${signature()}`],
    ['an account by its name', () => `AccountName=acme;SharedAccessSignature=${signature()}`],
    [
      'all of them at once',
      () => `AccountName=acme;BlobEndpoint=${HOST}/docs/;EndpointSuffix=core.windows.net;SharedAccessSignature=?${signature()}`,
    ],
    ['a URL of an emulator, with the account in its path', () => `https://127.0.0.1:${service.port}/acme/docs?${signature()}`],
    [
      'a connection string of an emulator',
      () => `BlobEndpoint=https://127.0.0.1:${service.port}/acme/docs;SharedAccessSignature=${signature()}`,
    ],
  ] as const) {
    it(`${what} publishes`, async () => {
      const options = { connectionString: value(), container: 'docs', folder: 'in' };
      assert.deepEqual(
        publisher.destinations(options).filter((each) => !namedDestinations(value()).includes(each)),
        [],
      );
      assert.match(await publisher.check(options, context()), /write and look/);
      assert.equal((await publisher.publish(testItem('a.txt', Buffer.from('one')), options, context())).publishedAs, 'docs/in/a.txt');
      assert.deepEqual([...blobs().keys()], ['in/a.txt']);
      await assert.rejects(
        async () => publisher.check({ ...options, container: 'other' }, context()),
        value().includes('docs')
          ? failsAs(
              'option_invalid',
              /^The value of “Connection String” is for another container than “other”\.$/,
              /^Write the container that the value is for/,
            )
          : failsAs('upstream_credentials', /is for one container, which may be another one than “other”/),
      );
    });
  }

  for (const [what, spoil] of [
    ['with + in place of %2B', (text: string) => text.replaceAll('%2B', '+')],
    ['with a space in place of %2B', (text: string) => text.replaceAll('%2B', ' ')],
    ['decoded whole', (text: string) => decodeURIComponent(text)],
    ['decoded as a form', (text: string) => decodeURIComponent(text).replaceAll('+', ' ')],
    ['encoded twice', (text: string) => text.replaceAll('%', '%25')],
    ['encoded twice, in lower case', (text: string) => text.replaceAll(/%(..)/g, (_, hex: string) => `%25${hex.toLowerCase()}`)],
    ['with &amp; for &', (text: string) => text.replaceAll('&', '&amp;')],
    ['without its last =', (text: string) => text.replace(/%3D$/, '')],
  ] as const) {
    it(`${what} is put right, for it can only be that`, async () => {
      // Until there is one with both a + and a / in it.
      let written = '';
      for (let second = 0; !/sig=.*%2B.*%2F|sig=.*%2F.*%2B/.test(written); second += 1)
        written = sign({ permissions: 'rcw', startsAt: new Date(Date.UTC(2020, 0, 1, 0, 0, second)).toISOString() });
      for (const value of [`${HOST}/docs?${spoil(written)}`, `BlobEndpoint=${HOST}/docs;SharedAccessSignature=${spoil(written)}`]) {
        assert.match(await publisher.check({ connectionString: value, container: 'docs' }, context()), /write and look/);
        assert.deepEqual(namedDestinations(value), [`${HOST}:443`]);
      }
    });
  }

  it('that was cut is said to be cut', async () => {
    const value = `${HOST}/docs?${sign({ permissions: 'rcw' }).slice(0, -12)}`;
    for (const attempt of [
      publisher.check({ connectionString: value, container: 'docs' }, context()),
      publisher.publish(testItem('a.txt', Buffer.from('one')), { connectionString: value, container: 'docs' }, context()),
    ])
      await assert.rejects(attempt, failsAs('upstream_credentials', /sig of the shared access signature is not whole/, /Copy .* again/));
  });

  it('that another key made is said not to match', async () => {
    const value = `${HOST}/docs?${signatureFor({ account: 'acme', accountKey: randomBytes(64).toString('base64') }, { permissions: 'rcw', container: 'docs' })}`;
    for (const attempt of [
      publisher.check({ connectionString: value, container: 'docs' }, context()),
      publisher.publish(testItem('a.txt', Buffer.from('one')), { connectionString: value, container: 'docs' }, context()),
    ])
      await assert.rejects(attempt, failsAs('upstream_credentials', /the signature does not match/, /the key .* was rotated/));
  });
});

describe('a shared access signature outside its time', { concurrency: false }, () => {
  const minutes = (count: number) => new Date(Date.now() + count * 60_000).toISOString().replace(/\.\d{3}/, '');
  for (const [what, options, message, asked] of [
    ['that begins in an hour', { startsAt: minutes(60) }, /^The shared access signature is not valid yet \(st\)\.$/, false],
    // So near that the clocks may differ: the service decides.
    ['that begins in two minutes', { startsAt: minutes(2) }, /^The shared access signature is not valid yet \(st\)\.$/, true],
    ['that ended an hour ago', { endsAt: minutes(-60) }, /^The shared access signature has expired \(se\)\.$/, false],
    ['that ended two minutes ago', { endsAt: minutes(-2) }, /^The shared access signature has expired \(se\)\.$/, true],
    ['that ended on a day', { endsAt: '2020-01-01' }, /^The shared access signature has expired \(se\)\.$/, false],
  ] as const) {
    it(`${what} is said to be so, by the test and by a run`, async () => {
      const value = inDocs({ permissions: 'rcw', ...options });
      await assert.rejects(publisher.check(value, context()), failsAs('upstream_credentials', message));
      await assert.rejects(
        publisher.publish(testItem('a.txt', Buffer.from('x')), value, context()),
        failsAs('upstream_credentials', message),
      );
      assert.equal(service.requests.length > 0, asked);
    });
  }

  it('which a stored access policy sets is said from the service’s own words, the rest of which is not shown', async () => {
    for (const [times, message] of [
      [{ se: '2020-01-01T00:00Z' }, /^The shared access signature has expired \(se\)\.$/],
      [{ st: '2098-01-01T00:00Z', se: '2099-01-01' }, /^The shared access signature is not valid yet \(st\)\.$/],
    ] as const) {
      service.policies.set('publish', { sp: 'rcw', ...times });
      const value = inDocs({ policy: 'publish' });
      await assert.rejects(publisher.check(value, context()), failsAs('upstream_credentials', message));
      await assert.rejects(
        publisher.publish(testItem('a.txt', Buffer.from('x')), value, context()),
        failsAs('upstream_credentials', message),
      );
    }
  });

  it('has the service asked why with GET, since an answer to HEAD does not say it', async () => {
    const value = inDocs({ permissions: 'rcw', endsAt: minutes(-1) });
    await assert.rejects(
      publisher.publish(testItem('a.txt', Buffer.from('x')), value, context()),
      failsAs('upstream_credentials', /^The shared access signature has expired \(se\)\.$/),
    );
    assert.deepEqual(
      service.requests.map(({ line, code }) => [line, code]),
      [
        ['HEAD /docs/a.txt', 'AuthenticationFailed'],
        ['GET /docs/a.txt', 'AuthenticationFailed'],
      ],
    );
  });
});

describe('a shared access signature that may not publish', { concurrency: false }, () => {
  for (const [what, options, message] of [
    ['that may only read and list', { permissions: 'rl' }, /permits neither Create nor Write/],
    ['for containers only', { permissions: 'rcw', resourceTypes: 'c' }, /not for objects/],
    ['for another service', { permissions: 'rcw', resourceTypes: 'sco', services: 'q' }, /not for the blob service/],
  ] as const) {
    it(`${what} is refused before anything is sent`, async () => {
      const value = { ...inDocs(options), connectionString: `BlobEndpoint=${HOST};SharedAccessSignature=${sign(options)}` };
      await assert.rejects(
        async () => publisher.check(value, context()),
        (error: ConnectorError) => message.test(error.message),
      );
      assert.equal(service.requests.length, 0);
    });
  }

  it('over http, though it is for https only', () => {
    const value = `http://acme.blob.core.windows.net/docs?${sign({ permissions: 'rcw', httpsOnly: true })}`;
    assert.throws(() => publisher.destinations({ connectionString: value, container: 'docs' }), failsAs('option_invalid', /https only/));
  });

  it('for a directory goes with a folder in it', () => {
    const value = `${HOST}/docs/in/scans?sv=2021-12-02&sr=d&sdd=2&sp=rcw&se=2099-01-01&sig=${'A'.repeat(43)}%3D`;
    const destinations = (folder: string) => publisher.destinations({ connectionString: value, container: 'docs', folder });
    assert.deepEqual(destinations('in/scans'), [`${HOST}:443`]);
    assert.deepEqual(destinations('in/scans/2026'), [`${HOST}:443`]);
    for (const folder of ['', 'in', 'in/scansmore', 'other/scans'])
      assert.throws(
        () => destinations(folder),
        failsAs(
          'option_invalid',
          /^The shared access signature in “Connection String” is for one directory alone, and the component names /,
        ),
      );
  });

  it('by itself, without the address of a container, is said to be so', () => {
    for (const value of [sign({ permissions: 'rcw' }), `?${sign({ permissions: 'rcw' })}`])
      assert.throws(
        () => publisher.destinations({ connectionString: value, container: 'docs' }),
        failsAs('option_invalid', /a signature alone, without the address/, /Put the address of the container in front/),
      );
  });

  it('an account that has turned keys off says so', async () => {
    const value = { connectionString: `AccountName=acme;AccountKey=${service.accountKey}`, container: 'docs' };
    await assert.rejects(publisher.check(value, context()), failsAs('upstream_credentials', /accepts no account keys/, /user delegation/));
  });
});

describe('a document that the service refuses', { concurrency: false }, () => {
  const refused = async (item: ReturnType<typeof testItem>, options: Options, message: RegExp, remedy: RegExp) =>
    assert.rejects(publisher.publish(item, options, context()), (error: unknown) => {
      failsAs('upstream_refused', message, remedy)(error);
      assert.equal((error as ConnectorError).documentOnly, true);
      return true;
    });

  it('because an overwrite is not permitted', async () => {
    for (const permissions of ['c', 'rc']) {
      await publisher.publish(testItem('a.txt', Buffer.from('one')), inDocs({ permissions }), context()).catch(() => undefined);
      await refused(
        testItem('a.txt', Buffer.from('two')),
        inDocs({ permissions }),
        /“a\.txt” is there already, and the credentials permit to create, not to replace \(UnauthorizedBlobOverwrite\)/,
        /permits Write as well/,
      );
    }
  });

  it('because another program left blocks under its name', async () => {
    service.leaveBlock('docs', 'big.bin');
    await refused(
      testItem('big.bin', randomBytes(5_000_000)),
      inDocs({ permissions: 'rcw' }),
      /blocks of an upload .* \(InvalidBlobOrBlock\)/,
      /a week/,
    );
  });

  it('because it is protected', async () => {
    await publisher.publish(testItem('a.txt', Buffer.from('one')), inDocs({ permissions: 'rcw' }), context());
    service.immutable.add('a.txt');
    await refused(testItem('a.txt', Buffer.from('two')), inDocs({ permissions: 'rcw' }), /is protected from changes/, /Wait until/);
  });

  it('is sent again when nothing but its type changed', async () => {
    const bytes = Buffer.from('a;b');
    await publisher.publish(testItem('a.csv', bytes, 'application/vnd.ms-excel'), inDocs({ permissions: 'rcw' }), context());
    const again = await publisher.publish(testItem('a.csv', bytes, 'text/csv'), inDocs({ permissions: 'rcw' }), context());
    assert.equal(again.outcome, 'published');
    assert.equal(blobs().get('a.csv').contentType, 'text/csv');
    assert.equal(
      (await publisher.publish(testItem('a.csv', bytes, 'text/csv'), inDocs({ permissions: 'rcw' }), context())).outcome,
      'unchanged',
    );
  });
});

describe('a signature made for each run', { concurrency: false }, () => {
  const options = (more: Options = {}): Options => ({
    connectionString: `DefaultEndpointsProtocol=https;AccountName=${service.account};AccountKey=${service.accountKey};EndpointSuffix=core.windows.net`,
    container: 'docs',
    signaturePerRun: true,
    ...more,
  });

  it('signs every request of a run in place of the account’s key, which this service takes of nobody', async () => {
    const inner = context();
    const asked: { url: URL; headers: Headers }[] = [];
    const watching =
      (fetch: typeof inner.fetch): typeof inner.fetch =>
      (url, init) => {
        asked.push({ url: new URL(String(url)), headers: new Headers(init?.headers) });
        return fetch(url, init);
      };
    const request: typeof inner.request = (url, init) => {
      asked.push({ url: new URL(url), headers: new Headers(init.headers) });
      return inner.request(url, init);
    };
    const watched = { ...inner, request, fetchDocument: watching(inner.fetchDocument) };
    assert.match(
      await publisher.check(options(), watched),
      /accepts the credentials by a signature made for this test.* They may write and look\.$/,
    );
    const large = testItem('in/large.bin', randomBytes(9_000_000));
    assert.equal((await publisher.publish(large, options(), watched)).outcome, 'published');
    assert.equal((await publisher.publish(large, options(), watched)).outcome, 'unchanged');
    assert.equal((await publisher.publish(testItem('a.txt', Buffer.from('one')), options(), watched)).outcome, 'published');
    assert.ok(asked.length > 6);
    const minutes = (text: string | null) => (Date.parse(text ?? '') - Date.now()) / 60_000;
    for (const { url, headers } of asked) {
      assert.equal(headers.get('authorization'), null);
      assert.deepEqual([url.searchParams.get('sr'), url.searchParams.get('sp'), url.searchParams.get('spr')], ['c', 'rcw', 'https']);
      assert.ok(minutes(url.searchParams.get('se')) <= 15);
      assert.ok(inner.protected.includes(url.searchParams.get('sig') ?? ''));
    }
    assert.ok(service.requests.every(({ code }) => code !== 'KeyBasedAuthenticationNotPermitted'));
    await assert.rejects(
      publisher.publish(testItem('b.txt', Buffer.from('one')), options({ signaturePerRun: false }), context()),
      failsAs('upstream_credentials', /account keys/),
    );
  });

  it('is made again before it ends', () => {
    let now = Date.parse('2026-11-01T12:00:00Z');
    const parts: string[] = [];
    const signature = mintedSignature({
      credential: { kind: 'account-key', accountName: 'acme', accountKey: service.accountKey },
      endpoint: HOST,
      container: 'docs',
      protect: (part) => void parts.push(part),
      now: () => now,
    });
    const first = signature();
    now += 9 * 60_000;
    assert.equal(signature(), first);
    now += 2 * 60_000;
    const second = signature();
    assert.notEqual(second, first);
    assert.match(second, /se=2026-11-01T12%3A26/);
    assert.ok(parts.includes(first) && parts.includes(second));
  });

  it('cannot create the container', async () => {
    await assert.rejects(
      publisher.check(options({ createContainer: true }), context()),
      failsAs('option_invalid', /two options ask for both/),
    );
  });
});
