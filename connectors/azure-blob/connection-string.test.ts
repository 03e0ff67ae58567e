import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ConnectorError } from '@holdfast/connector';
import { namedDestinations } from '@holdfast/envelope';
import { parseConnectionString } from './connection-string.ts';
import { azureBlob } from './connectors.ts';

const KEY = Buffer.alloc(64, 7).toString('base64');
const SIGNATURE = 'sv=2024-11-04&ss=b&srt=co&sp=rwc&se=2099-01-01T00:00:00Z&sig=abc%2Bdef%3D';

const READABLE: readonly (readonly [string, string, string, string])[] = [
  [
    'with an account key',
    `DefaultEndpointsProtocol=https;AccountName=acme;AccountKey=${KEY};EndpointSuffix=core.windows.net`,
    'https://acme.blob.core.windows.net',
    'account-key',
  ],
  [
    'of another cloud',
    `AccountName=acme;AccountKey=${KEY};EndpointSuffix=core.chinacloudapi.cn`,
    'https://acme.blob.core.chinacloudapi.cn',
    'account-key',
  ],
  [
    'of a local emulator',
    `DefaultEndpointsProtocol=http;AccountName=store1;AccountKey=${KEY};BlobEndpoint=http://127.0.0.1:10000/store1;`,
    'http://127.0.0.1:10000/store1',
    'account-key',
  ],
  ['of the development storage', 'UseDevelopmentStorage=true', 'http://127.0.0.1:10000/devstoreaccount1', 'account-key'],
  [
    'with a shared access signature',
    `BlobEndpoint=https://acme.blob.core.windows.net/;QueueEndpoint=https://acme.queue.core.windows.net/;SharedAccessSignature=${SIGNATURE}`,
    'https://acme.blob.core.windows.net',
    'shared-access-signature',
  ],
  [
    'that is a signed address',
    `https://acme.blob.core.windows.net/?${SIGNATURE}`,
    'https://acme.blob.core.windows.net',
    'shared-access-signature',
  ],
  [
    'with names in other letters and spaces',
    ` accountname = acme ; ACCOUNTKEY = ${KEY} `,
    'https://acme.blob.core.windows.net',
    'account-key',
  ],
];

const UNREADABLE: readonly (readonly [string, string, RegExp])[] = [
  ['without an account name', `DefaultEndpointsProtocol=https;AccountKey=${KEY}`, /has no BlobEndpoint or AccountName/],
  ['without a key', 'DefaultEndpointsProtocol=https;AccountName=acme', /has no AccountKey \(or SharedAccessSignature\)/],
  ['with half a key', `AccountName=acme;AccountKey=${KEY.slice(0, 30)}`, /AccountKey .* is not complete/],
  ['with an account name that is none', `AccountName=Acme!;AccountKey=${KEY}`, /AccountName .* is not one/],
  ['with a protocol that is none', `DefaultEndpointsProtocol=ftp;AccountName=acme;AccountKey=${KEY}`, /neither https nor http/],
  [
    'with an endpoint that is no address',
    `BlobEndpoint=acme;AccountName=acme;AccountKey=${KEY}`,
    /BlobEndpoint .* is not an http or https address/,
  ],
  ['with a user in the endpoint', `BlobEndpoint=https://u:p@acme.example;AccountName=acme;AccountKey=${KEY}`, /user name or password/],
  ['with a signature that has no sig', 'BlobEndpoint=https://acme.blob.core.windows.net;SharedAccessSignature=sv=2024', /has no sig/],
  ['that names a part twice', `AccountName=a11;AccountName=b22;AccountKey=${KEY}`, /the same part twice/],
  ['that is a word', 'hunter2hunter2', /not made of Name=Value parts/],
  ['that is empty', ' ; ', /is empty/],
  ['that is the address of a blob', `https://acme.blob.core.windows.net/docs/a.txt?${SIGNATURE}`, /names more than a container/],
  ['with an empty suffix', `AccountName=acme;AccountKey=${KEY};EndpointSuffix=`, /EndpointSuffix .* is empty/],
  ['with a suffix that begins with a dot', `AccountName=acme;AccountKey=${KEY};EndpointSuffix=.core.windows.net`, /begins with a dot/],
  ['with a suffix of dots', `AccountName=acme;AccountKey=${KEY};EndpointSuffix=core..net`, /not the end of a host name/],
  ['with a suffix that ends with a dot', `AccountName=acme;AccountKey=${KEY};EndpointSuffix=core.net.`, /not the end of a host name/],
  ['with a suffix that is an address', `AccountName=acme;AccountKey=${KEY};EndpointSuffix=https://core.net`, /not the end of a host name/],
  ['with a suffix that has blob in front', `AccountName=acme;AccountKey=${KEY};EndpointSuffix=blob.core.windows.net`, /begins with blob/],
  [
    'with a suffix that leads elsewhere',
    `AccountName=acme;AccountKey=${KEY};EndpointSuffix=core.net/@evil.example`,
    /not the end of a host name/,
  ],
  [
    'with a query that is no signature',
    `BlobEndpoint=https://acme.example/?a=b;AccountName=acme;AccountKey=${KEY}`,
    /a query without a sig/,
  ],
];

/** Endpoint, and container where the address names one. */
const PLACES: readonly (readonly [string, string, string | undefined])[] = [
  [`https://acme.blob.core.windows.net/docs?${SIGNATURE}`, 'https://acme.blob.core.windows.net', 'docs'],
  [`https://acme.z01.blob.storage.azure.net/docs?${SIGNATURE}`, 'https://acme.z01.blob.storage.azure.net', 'docs'],
  [`BlobEndpoint=https://acme.blob.core.windows.net/docs;SharedAccessSignature=${SIGNATURE}`, 'https://acme.blob.core.windows.net', 'docs'],
  [
    `BlobEndpoint=https://acme.blob.core.windows.net/docs/;AccountName=acme;AccountKey=${KEY}`,
    'https://acme.blob.core.windows.net',
    'docs',
  ],
  [`BlobEndpoint=http://127.0.0.1:10000/acme/docs;SharedAccessSignature=${SIGNATURE}`, 'http://127.0.0.1:10000/acme', 'docs'],
  [`BlobEndpoint=http://azurite:10000/acme;AccountName=acme;AccountKey=${KEY}`, 'http://azurite:10000/acme', undefined],
  [`BlobEndpoint=https://store.example/acme/docs?${SIGNATURE};AccountName=acme`, 'https://store.example/acme', 'docs'],
  // A path of one's own stays, unless it ends with the container that is wanted.
  [`BlobEndpoint=https://store.example/azure;SharedAccessSignature=${SIGNATURE}`, 'https://store.example/azure', undefined],
  [`BlobEndpoint=https://store.example/azure/docs;SharedAccessSignature=${SIGNATURE}`, 'https://store.example/azure', 'docs'],
  [`https://store.example/other?sr=c&${SIGNATURE}`, 'https://store.example', 'other'],
];

describe('the address of an account', () => {
  for (const [text, endpoint, container] of PLACES) {
    it(`in ${text.replace(SIGNATURE, '…').replace(KEY, '…')} is divided`, () => {
      const account = parseConnectionString(text, 'docs');
      assert.deepEqual([account.endpoint, account.container], [endpoint, container]);
      const destinations = azureBlob.destinations({ connectionString: text, container: container ?? 'docs' });
      for (const destination of destinations) assert.ok(namedDestinations(text).includes(destination));
    });
  }
});

describe('a connection string', () => {
  for (const [what, text, endpoint, kind] of READABLE) {
    it(`${what} is read`, () => {
      const account = parseConnectionString(text);
      assert.equal(account.endpoint, endpoint);
      assert.equal(account.credential.kind, kind);
    });

    it(`${what} leads where sealing it has approved`, () => {
      const destinations = azureBlob.destinations({ connectionString: text, container: 'docs' });
      for (const destination of destinations)
        assert.ok(namedDestinations(text).includes(destination), `${destination} of ${namedDestinations(text)}`);
    });
  }

  for (const [what, text, message] of UNREADABLE) {
    it(`${what} is refused, and the message holds nothing of it`, () => {
      assert.throws(
        () => parseConnectionString(text),
        (error: unknown) => {
          assert.ok(error instanceof ConnectorError);
          assert.equal(error.code, 'option_invalid');
          assert.match(error.message, message);
          for (const part of [KEY.slice(0, 30), 'hunter2', 'abc%2Bdef']) assert.ok(!`${error.message} ${error.remedy}`.includes(part));
          return true;
        },
      );
    });
  }
});
