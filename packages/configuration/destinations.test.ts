// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is what a reference to a secret looks like.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ComponentType, checkConfiguration, configuredDestinations, type OptionSchema, wrongOption } from './index.ts';

function typeWith(properties: Record<string, OptionSchema>): ComponentType {
  const schema = { type: 'object', additionalProperties: false, required: [], properties } as const;
  return { type: 'test', role: 'publisher', title: 'Test', description: '', schema };
}

const url = typeWith({ baseUrl: { type: 'string', title: 'Address', 'x-destination': true } });
const server = typeWith({
  host: { type: 'string', title: 'Host', 'x-destination': 'sftp://{host}:{port}' },
  port: { type: 'integer', title: 'Port', default: 22 },
});
const storage = typeWith({
  endpoint: { type: 'string', title: 'Endpoint', default: 'https://{bucket}.s3.{region}.example', 'x-destination': '{endpoint}' },
  region: { type: 'string', title: 'Region', default: 'here' },
  bucket: { type: 'string', title: 'Bucket' },
});
const connection = typeWith({ connection: { type: 'string', title: 'Connection', 'x-secret': true, 'x-destination': true } });

for (const [what, type, configuration, expected] of [
  ['a URL', url, { baseUrl: 'https://Api.Example.com/v1?x=1' }, ['https://api.example.com:443']],
  ['an address without a scheme', url, { baseUrl: 'api.example.com' }, []],
  ['nothing', url, {}, []],
  ['a number where a URL belongs', url, { baseUrl: 7 }, []],
  ['a name beyond ASCII', url, { baseUrl: 'https://bücher.example:8443' }, ['https://xn--bcher-kva.example:8443']],
  ['host and port', server, { host: 'files.example', port: 2222 }, ['sftp://files.example:2222']],
  ['a default port', server, { host: 'files.example' }, ['sftp://files.example:22']],
  ['an empty host', server, { host: '', port: 2222 }, []],
  ['a host with more than a host in it', server, { host: 'files.example:22/x', port: 2222 }, ['sftp://files.example:22']],
  ['an address that names other options', storage, { bucket: 'docs' }, ['https://docs.s3.here.example:443']],
  ['an address that names options which are filled', storage, { bucket: 'docs', region: 'there' }, ['https://docs.s3.there.example:443']],
  ['an address that names an empty option', storage, {}, []],
  ['an address that names no option', storage, { endpoint: 'http://minio.example:9000' }, ['http://minio.example:9000']],
  ['one secret', connection, {}, []],
  [
    'a text with a secret as its key',
    connection,
    { connection: 'AccountName=acme;AccountKey=${secret.KEY};EndpointSuffix=core.windows.net' },
    ['https://acme.blob.core.windows.net:443'],
  ],
  [
    'a text with user and password',
    connection,
    { connection: 'https://${secrets.USER}:${secrets.PASSWORD}@example.com/x' },
    ['https://example.com:443'],
  ],
  ['a text whose host is a secret', connection, { connection: 'https://${secret.HOST}/x' }, []],
  ['a text whose host is a secret in part', connection, { connection: 'https://${secret.HOST}.example.com/x' }, []],
  ['a text whose account is a secret', connection, { connection: 'AccountName=${secret.ACCOUNT};AccountKey=${secret.KEY}' }, []],
] as const) {
  test(`${what} names ${expected.length === 0 ? 'no destination' : expected.join(', ')}`, () => {
    assert.deepEqual(configuredDestinations(type, configuration), expected);
  });
}

for (const [what, text] of [
  ['the host', 'https://${secret.HOST}/x'],
  ['a part of the host', 'https://${secret.HOST}.example.com/x'],
  ['the end of the host', 'https://example.com${secret.REST}'],
  ['the port', 'https://example.com:${secret.PORT}/x'],
  ['host and port', 'postgres://ada:word@${secret.HOST}:${secret.PORT}/docs'],
  ['the scheme', '${secret.SCHEME}://example.com/x'],
  ['a URL with more behind it', '${secret.URL}/x'],
  ['the account', 'AccountName=${secret.ACCOUNT};AccountKey=${secret.KEY}'],
  ['the end of the account’s host', 'AccountName=acme;AccountKey=${secret.KEY};EndpointSuffix=${secret.SUFFIX}'],
  ['the protocol', 'DefaultEndpointsProtocol=${secret.P};AccountName=acme;AccountKey=${secret.KEY}'],
  ['an endpoint', 'BlobEndpoint=${secret.ENDPOINT};AccountName=acme;AccountKey=${secret.KEY}'],
  ['the host of pairs', "user=ada password='a b' host=${secret.HOST} dbname=docs"],
  ['the port of pairs', "host=example.com port='${secret.PORT}' user=ada"],
] as const) {
  test(`a text in which a secret is ${what} is not saved, nor used when it is`, () => {
    const refusal = /A secret in a text may not be a part of the scheme, host or port/;
    assert.throws(() => checkConfiguration(connection, { connection: text }), {
      code: 'option_invalid',
      field: 'configuration.connection',
      message: refusal,
    });
    assert.match(wrongOption(connection, { name: 'One' }, { connection: text })?.message ?? '', refusal);
  });
}

for (const text of [
  '${secret.WHOLE}',
  'https://${secrets.USER}:${secrets.PASSWORD}@example.com/${secret.PATH}?key=${secret.KEY}',
  'AccountName=${secret.NAME};AccountKey=${secret.KEY};BlobEndpoint=https://acme.example/${secret.NAME}',
  'BlobEndpoint=https://acme.example/;SharedAccessSignature=${secret.SIGNATURE}',
  'host=example.com port=5432 user=${secret.USER} password=${secret.PASSWORD}',
  'neither ${secret.ONE} nor ${secret.OTHER}',
]) {
  test(`${text} is saved`, () => {
    assert.doesNotThrow(() => checkConfiguration(connection, { connection: text }));
  });
}
