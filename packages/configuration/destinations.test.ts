// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is what a reference to a secret looks like.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ComponentType, configuredDestinations, type OptionSchema } from './index.ts';

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
