import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { secretParts } from './parts.ts';
import { createValueRedactor, REDACTED } from './redactor.ts';

const PASSWORD = 'c0rrect/horse+staple';
const KEY = 'c2VjcmV0LWtleS1vZi1hLXRlc3QtYWNjb3VudC1vZi02NC1ieXRlcw==';
const SIGNATURE = 'ab+cd/ef0123456789ghijklmnopqrstuvwxyzABCDE=';
const TOKEN = 'Xq3vT9kLm2Zp7RwY8sBdN4hJ';
const PEM = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'pem', type: 'pkcs8' }) as string;
const PEM_LINES = PEM.trim().split('\n').slice(1, -1);
const SERVICE_KEY = JSON.stringify(
  {
    type: 'service_account',
    project_id: 'invoices-of-acme-441207',
    private_key_id: '8f14e45fceea167a5a36dedd4bea2543c5d4a9f1',
    private_key: PEM,
    client_email: 'robot@invoices-of-acme-441207.iam.gserviceaccount.com',
    client_id: '108764318821943220715',
    auth_uri: 'https://accounts.google.com/o/oauth2/auth',
    token_uri: 'https://oauth2.googleapis.com/token',
    universe_domain: 'googleapis.com',
  },
  null,
  2,
);
const AZURE = `DefaultEndpointsProtocol=https;AccountName=acmearchive;AccountKey=${KEY};EndpointSuffix=core.windows.net`;
const SAS = `https://acmearchive.blob.core.windows.net/incoming?sv=2025-01-05&sp=rw&se=2027-01-31T00:00:00Z&sig=${encodeURIComponent(SIGNATURE)}`;
const DATABASE = `postgresql://reporting_user:${encodeURIComponent(PASSWORD)}@db-1.internal.example.com:5432/invoices?sslmode=verify-full`;
const ENV = `# settings of the importer\nDATABASE_HOST=db-1.internal.example.com\nexport DATABASE_PASSWORD="${PASSWORD}"\nLOG_LEVEL=information\n`;
const base64 = (text: string) => Buffer.from(text).toString('base64');

/** A value, what is secret in it, and what is not. */
const VALUES: readonly (readonly [what: string, value: string, secret: readonly string[], open?: readonly string[]])[] = [
  ['white space around it', `  ${TOKEN}\n`, [TOKEN]],
  [
    'the password of a URL, and as it is written there',
    DATABASE,
    [PASSWORD, encodeURIComponent(PASSWORD)],
    ['reporting_user', 'db-1.internal.example.com', 'invoices'],
  ],
  ['a password with signs of a URL', `postgres://u:p#ss?w/rd@x@db.example.com/app`, ['p#ss?w/rd@x'], ['db.example.com']],
  [
    'a URL of several hosts',
    `mongodb://app:${TOKEN}@a.example.com:27017,b.example.com:27017/db?replicaSet=rs0`,
    [TOKEN],
    ['a.example.com:27017', 'replicaSet'],
  ],
  [
    'JDBC',
    `jdbc:sqlserver://db.example.com:1433;databaseName=invoices;user=reporting;password=${TOKEN}`,
    [TOKEN],
    ['invoices', 'reporting'],
  ],
  ['a token in place of a user', `https://${TOKEN}@git.example.com/acme/repository.git`, [TOKEN], ['git.example.com', 'repository.git']],
  [
    'a webhook whose path is the secret',
    `https://hooks.slack.com/services/T024BE7LD/B024BE7LF/${TOKEN}`,
    [TOKEN],
    ['hooks.slack.com', 'services', 'T024BE7LD'],
  ],
  [
    'the signature of a shared access signature',
    SAS,
    [SIGNATURE, encodeURIComponent(SIGNATURE)],
    ['acmearchive.blob.core.windows.net', '2027-01-31T00:00:00Z', 'incoming'],
  ],
  ['the key of a storage account', AZURE, [KEY], ['DefaultEndpointsProtocol', 'acmearchive', 'core.windows.net']],
  [
    'a signature in a connection string',
    `BlobEndpoint=https://acmearchive.blob.core.windows.net/;SharedAccessSignature=sv=2025-01-05&sig=${encodeURIComponent(SIGNATURE)}`,
    [SIGNATURE],
    ['BlobEndpoint', 'https://acmearchive.blob.core.windows.net/'],
  ],
  [
    'a service bus',
    `Endpoint=sb://acme.servicebus.windows.net/;SharedAccessKeyName=RootManageSharedAccessKey;SharedAccessKey=${KEY}`,
    [KEY],
    ['RootManageSharedAccessKey', 'acme.servicebus.windows.net'],
  ],
  [
    'ADO.NET',
    `Server=tcp:db.example.com,1433;Database=invoices;User ID=reporting;Password='${PASSWORD}';Encrypt=True`,
    [PASSWORD],
    ['tcp:db.example.com,1433', 'reporting'],
  ],
  [
    'libpq',
    `host=db.example.com port=5432 user=reporting password=${TOKEN} sslmode=verify-full`,
    [TOKEN],
    ['db.example.com', 'verify-full'],
  ],
  ['settings', ENV, [PASSWORD], ['db-1.internal.example.com', 'information', '# settings of the importer', 'LOG_LEVEL=information']],
  ['YAML', `host: db.example.com\npassword: ${TOKEN}\n`, [TOKEN], ['db.example.com']],
  [
    'leaves of JSON',
    JSON.stringify({ type: 'basic', username: 'reporting-user', password: PASSWORD, nested: [{ api_key: TOKEN }] }),
    [PASSWORD, TOKEN],
    ['reporting-user', 'basic', 'username'],
  ],
  [
    'a key file in JSON',
    SERVICE_KEY,
    [PEM.trim(), PEM_LINES.join(''), PEM_LINES[3] ?? ''],
    [
      'service_account',
      '"type": "service_account",',
      'https://oauth2.googleapis.com/token',
      'robot@invoices-of-acme-441207.iam.gserviceaccount.com',
      '108764318821943220715',
      'googleapis.com',
      '-----BEGIN PRIVATE KEY-----',
    ],
  ],
  ['the body of a PEM', PEM, [PEM_LINES.join(''), PEM_LINES[5] ?? ''], ['-----BEGIN PRIVATE KEY-----', '-----END PRIVATE KEY-----']],
  [
    'each of several lines',
    'the first of two lines\nshort\nthe second of two lines',
    ['the first of two lines', 'the second of two lines'],
    ['short'],
  ],
  ['a user and a password', `ada:${PASSWORD}`, [PASSWORD], ['ada']],
  ['a bearer token', `Authorization: Bearer ${TOKEN}`, [TOKEN]],
  ['basic authentication', `Basic ${base64(`ada:${PASSWORD}`)}`, [PASSWORD, base64(`ada:${PASSWORD}`)]],
  ['base64 of a key file', base64(SERVICE_KEY), [PEM_LINES.join('')], ['service_account']],
  [
    'a registry’s login in JSON',
    JSON.stringify({ auths: { 'registry.example.com': { auth: base64(`ada:${PASSWORD}`) } } }),
    [PASSWORD],
    ['registry.example.com'],
  ],
  [
    'two AWS keys in a file',
    `[default]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\nregion = eu-central-1\n`,
    ['wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'],
    ['[default]', 'eu-central-1', 'region = eu-central-1'],
  ],
  [
    'a kubeconfig',
    [
      'apiVersion: v1',
      'kind: Config',
      'clusters:',
      '- name: production',
      '  cluster:',
      '    server: https://kubernetes.internal.example.com:6443',
      'current-context: admin@production',
      'users:',
      '- name: admin',
      '  user:',
      `    client-key-data: ${base64(PEM)}`,
      `    token: ${TOKEN}`,
      '',
    ].join('\n'),
    [TOKEN, base64(PEM), PEM_LINES.join('')],
    ['apiVersion: v1', 'kind: Config', 'clusters:', 'https://kubernetes.internal.example.com:6443', 'admin@production', 'current-context'],
  ],
];

const sources = (folder: string): string[] =>
  readdirSync(join(import.meta.dirname, '../..', folder), { recursive: true, withFileTypes: true })
    .filter(
      (entry) =>
        entry.isFile() &&
        /\.(?:tsx?|md)$/.test(entry.name) &&
        !/\.test\.tsx?$/.test(entry.name) &&
        !entry.parentPath.includes('node_modules'),
    )
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'));

/** As a service that works on invoices in the cloud writes them. */
function* logLines(count: number): Generator<string> {
  const messages = [
    'item published',
    'connection established to db-1.internal.example.com:5432',
    'retrying in 1500 milliseconds',
    'password authentication failed for user "reporting_user"',
    'request completed',
  ];
  for (let line = 0; line < count; line++) {
    yield JSON.stringify({
      level: line % 97 === 0 ? 'error' : 'info',
      time: new Date(1_780_000_000_000 + line * 137).toISOString(),
      name: 'importer',
      msg: messages[line % messages.length],
      type: 'service_account',
      run: `0198c0de-${(line % 65_536).toString(16).padStart(4, '0')}-7000-8000-0123456789ab`,
      url: `https://acmearchive.blob.core.windows.net/incoming/invoice-${line}.pdf?sv=2025-01-05&sp=rw&timeout=30`,
      project_id: 'invoices-of-acme-441207',
      auth_uri: 'https://accounts.google.com/o/oauth2/auth',
      client_email: 'robot@invoices-of-acme-441207.iam.gserviceaccount.com',
      kind: 'Config',
      apiVersion: 'v1',
      server: 'https://kubernetes.internal.example.com:6443',
      details: {
        DefaultEndpointsProtocol: 'https',
        AccountName: 'acmearchive',
        pem: '-----BEGIN PRIVATE KEY-----',
        bytes: line * 1_031,
        ok: true,
        error: null,
      },
    });
  }
}

describe('of a value, what is secret in it is taken out', () => {
  for (const [what, value, secret, open = []] of VALUES) {
    it(what, () => {
      const redactor = createValueRedactor();
      redactor.protect(value);
      for (const part of secret) {
        assert.equal(redactor.redact(`<<${part}>>`), `<<${REDACTED}>>`, `${part}: ${JSON.stringify(secretParts(value))}`);
        for (const written of [JSON.stringify(part).slice(1, -1), encodeURIComponent(part), Buffer.from(part).toString('hex')]) {
          assert.equal(redactor.redact(`<<${written}>>`), `<<${REDACTED}>>`, written);
        }
        const encoded = redactor.redact(base64(`user:${part}`));
        assert.ok(encoded.includes(REDACTED) && encoded.length < 24, encoded);
      }
      for (const part of open) assert.equal(redactor.redact(`<<${part}>>`), `<<${part}>>`);
    });
  }
});

describe('a value of lists in lists, however deep', () => {
  const DEPTH = 30_000;
  const deep = (leaf: string) => `${'['.repeat(DEPTH)}${leaf}${']'.repeat(DEPTH)}`;

  it('is taken out as a whole, and other values beside it', () => {
    const redactor = createValueRedactor();
    redactor.protect(deep(''));
    redactor.protect(TOKEN);
    assert.doesNotMatch(redactor.redact(`<<${deep('')}>>`), /\[\[/);
    assert.equal(redactor.redact(`a line with ${TOKEN}`), `a line with ${REDACTED}`);
    assert.equal(redactor.redact('a line of another run'), 'a line of another run');
  });

  it('has its leaves taken out, in their order', () => {
    assert.deepEqual(secretParts(deep(JSON.stringify({ password: PASSWORD, token: TOKEN }))).slice(1), [PASSWORD, TOKEN]);
  });
});

describe('what is short or common', () => {
  it('is not looked for: words of logs, masks, and what stands in every value of a kind', () => {
    for (const value of [
      'type',
      '{',
      'true',
      'localhost',
      'Password',
      'production',
      ' postgres ',
      JSON.stringify({ secret: 'true', token: '********', password: 'password' }),
    ]) {
      assert.deepEqual(
        secretParts(value).filter((part) => part !== value || part.length < 20),
        [],
        value,
      );
    }
  });

  it('does not blank the console, the command line, the documents or 10,000 lines of a log', () => {
    const redactor = createValueRedactor();
    for (const [, value] of VALUES) redactor.protect(value);
    for (const value of [
      JSON.stringify({ a: '{', type: 'type', items: ['true', 'null', 'https'], port: 54_321 }),
      'production',
      'password',
    ])
      redactor.protect(value);
    for (const text of ['console', 'cli', 'packages/api', 'packages/service', 'docs', 'connectors'].flatMap(sources))
      assert.equal(redactor.redact(text), text);
    for (const line of logLines(10_000)) assert.equal(redactor.redact(line), line);
  });
});
