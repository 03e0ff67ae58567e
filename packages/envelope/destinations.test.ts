import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DESTINATION_PATTERN, destinationOf, namedDestinations } from './index.ts';

const KEY = 'AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==';

for (const [value, destinations] of [
  // Azure Storage
  [`DefaultEndpointsProtocol=https;AccountName=acme;${KEY};EndpointSuffix=core.windows.net`, ['https://acme.blob.core.windows.net:443']],
  [`AccountName=acme;${KEY}`, ['https://acme.blob.core.windows.net:443']],
  [
    `DefaultEndpointsProtocol=http;AccountName=acme;${KEY};EndpointSuffix=core.chinacloudapi.cn`,
    ['http://acme.blob.core.chinacloudapi.cn:80'],
  ],
  [
    `DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;${KEY};BlobEndpoint=http://127.0.0.1:10000/devstoreaccount1;`,
    ['http://127.0.0.1:10000'],
  ],
  [
    `AccountName=acme;${KEY};BlobEndpoint=https://Acme.Example/x;QueueEndpoint=https://queue.example:8443/`,
    ['https://acme.example:443', 'https://queue.example:8443'],
  ],
  [
    'BlobEndpoint=https://acme.blob.core.windows.net/;SharedAccessSignature=sv=2024-11-04&ss=b&sig=abc%3D',
    ['https://acme.blob.core.windows.net:443'],
  ],
  [`accountname = acme ;${KEY}; endpointsuffix = core.windows.net`, ['https://acme.blob.core.windows.net:443']],
  ['UseDevelopmentStorage=true', ['http://127.0.0.1:10000']],
  ['UseDevelopmentStorage=true;DevelopmentStorageProxyUri=http://azurite', ['http://azurite:10000']],
  ['https://acme.blob.core.windows.net/documents?sv=2024&sig=x%2F', ['https://acme.blob.core.windows.net:443']],
  // Other Azure services, SQL Server
  [
    'Endpoint=sb://acme.servicebus.windows.net/;SharedAccessKeyName=a;SharedAccessKey=b=',
    ['amqps://acme.servicebus.windows.net:5671', 'https://acme.servicebus.windows.net:443'],
  ],
  ['AccountEndpoint=https://acme.documents.azure.com:443/;AccountKey=a==;', ['https://acme.documents.azure.com:443']],
  ['Server=tcp:db.example.com,1433;Initial Catalog=docs;User ID=u;Password=p', ['sqlserver://db.example.com:1433']],
  ['Data Source=db.example.com;Initial Catalog=docs;User ID=u;Password=p', ['sqlserver://db.example.com:1433']],
  ['Server=db.example.com;Database=docs;Uid=u;Pwd=p', []],
  ['Server=host\\named;Initial Catalog=docs', []],
  // URLs
  ['postgres://user:p@ss/w:rd@db.example.com/docs', []],
  ['postgres://user:p%2Fss@db.example.com/docs', ['postgres://db.example.com:5432']],
  ['postgresql://user:pa@ss@DB.example.com:6543/docs?sslmode=require', ['postgres://db.example.com:6543']],
  ['postgres://u:p@[2001:DB8::1]/docs', ['postgres://[2001:db8::1]:5432']],
  ['postgres:///docs?host=/var/run', []],
  ['mysql://u:p@db/docs', ['mysql://db:3306']],
  [
    'mongodb://u:p@one.example,two.example:27018,three.example/docs',
    ['mongodb://one.example:27017', 'mongodb://three.example:27017', 'mongodb://two.example:27018'],
  ],
  ['mongodb+srv://u:p@cluster.example/docs', ['mongodb+srv://cluster.example:27017']],
  ['rediss://:p@cache.example/0', ['rediss://cache.example:6379']],
  ['amqp://u:p@queue/vhost', ['amqp://queue:5672']],
  ['https://hooks.example.com/services/T0/B0/abc', ['https://hooks.example.com:443']],
  ['  HTTPS://Hooks.Example.com:8443/x  ', ['https://hooks.example.com:8443']],
  ['http://0x7f.1/', ['http://127.0.0.1:80']],
  ['https://bücher.example/', ['https://xn--bcher-kva.example:443']],
  ['https://good.example\\@evil.example/', []],
  ['https://user:p\\@evil.example/', []],
  ['unknown://host/', []],
  ['unknown://host:99/', ['unknown://host:99']],
  ['https://host:0/', []],
  ['https://host:99999/', []],
  // Nothing named
  ['sk-proj-abcdef', []],
  ['key=value', []],
  ['AccountName=acme.evil.example/;AccountKey=a==', []],
  [`AccountName=acme;${KEY};EndpointSuffix=`, []],
  [`AccountName=acme;${KEY};EndpointSuffix=.core.windows.net`, []],
  [`AccountName=acme;${KEY};EndpointSuffix=core.windows.net/@evil.example`, []],
  ['BlobEndpoint=https://acme.blob.core.windows.net/docs?sv=2024&sig=x%2F', ['https://acme.blob.core.windows.net:443']],
  ['AccountName=acme;AccountName=other;AccountKey=a==', []],
  ['{"token_uri": "https://oauth2.example/token"}', []],
  ['-----BEGIN KEY-----\nhttps://inside.example\n-----END KEY-----', []],
  ['https://one.example/\nhttps://two.example/', []],
  ['', []],
] as const) {
  test(`${JSON.stringify(value.length > 70 ? `${value.slice(0, 70)}…` : value)} names ${destinations.join(' and ') || 'nothing'}`, () => {
    assert.deepEqual(namedDestinations(value), destinations);
  });
}

test('for http and https the destination is where the platform would connect', () => {
  fc.assert(
    fc.property(fc.webUrl({ withFragments: true, withQueryParameters: true }), (url) => {
      const parsed = new URL(url);
      const port = parsed.port === '' ? (parsed.protocol === 'https:' ? '443' : '80') : parsed.port;
      assert.equal(destinationOf(url), `${parsed.protocol}//${parsed.hostname}:${port}`);
    }),
  );
});

test('a URL with several hosts or none has no single destination', () => {
  assert.equal(destinationOf('https://Example.com/a?b'), 'https://example.com:443');
  assert.equal(destinationOf('mongodb://one,two/docs'), undefined);
  assert.equal(destinationOf('example.com'), undefined);
  assert.equal(destinationOf('https://under_score/'), undefined);
});

test('any text gives well formed destinations only, and never throws', () => {
  const anything = fc.oneof(
    fc.string(),
    fc.string().map((text) => `https://${text}`),
    fc.string().map((text) => `BlobEndpoint=${text};AccountName=x`),
  );
  fc.assert(fc.property(anything, (text) => namedDestinations(text).every((destination) => DESTINATION_PATTERN.test(destination))));
});
