// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is what a reference to a secret looks like.
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { describe, test } from 'node:test';
import { type CredentialKind, credentialIn } from './credential-in.ts';

// Put together, so that no scanner for leaked secrets takes this file for a leak.
const letters = 'Ab3dEf6hIj9lMn2pQr5tUv8xYz1bCd4fGh7jKl0nOp3rSt6v';
const hex = 'a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f90';
const KEY = 'bm90LWEtcmVhbC1rZXktYnV0LWxvbmctZW5vdWdoLXRvLWJlLW9uZQ==';
const PEM = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'pem', type: 'pkcs8' }) as string;
const JWT = `${'eyJ'}hbGciOiJIUzI1NiJ9.${'eyJ'}zdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U`;

/** What is noticed, and which part of it is secret; without the last, all of it. */
const CREDENTIALS: readonly (readonly [kind: CredentialKind, text: string, secret?: string])[] = [
  ['url-password', 'https://ada:correct-horse@files.example.com/in', 'correct-horse'],
  ['url-password', 'postgres://app:p%40ss-1@db.example.com:5432/app', 'p%40ss-1'],
  ['url-password', 'Ask redis://:hunter2-and-more@cache.example:6379 first.', 'hunter2-and-more'],
  [
    'azure-sas',
    `https://a.blob.core.windows.net/in?sv=2025-01-05&sp=rw&se=2027-01-31&sig=${letters.slice(0, 30)}%3D`,
    `${letters.slice(0, 30)}%3D`,
  ],
  ['azure-sas', `sv=2025-01-05&sp=rw&sig=${letters.slice(0, 30)}`, letters.slice(0, 30)],
  ['azure-sas', `https://a.blob.core.windows.net/in?sig=${letters.slice(0, 30)}&se=2027-01-31&sv=2025-01-05`, letters.slice(0, 30)],
  ['presigned-url', `https://b.s3.amazonaws.com/a?X-Amz-Date=20270101&X-Amz-Signature=${hex}`, hex],
  ['url-parameter', `https://api.example.com/v1?api_key=${letters.slice(0, 24)}`, letters.slice(0, 24)],
  ['url-parameter', `https://fn.azurewebsites.net/api/run?code=${letters}%3D%3D&x=1`, `${letters}%3D%3D`],
  ['connection-string', `DefaultEndpointsProtocol=https;AccountName=acme;AccountKey=${KEY};EndpointSuffix=core.windows.net`, KEY],
  ['connection-string', `Endpoint=sb://bus.servicebus.windows.net/;SharedAccessKeyName=root;SharedAccessKey=${KEY}`, KEY],
  ['connection-string', 'Server=tcp:db.example.com,1433;User ID=app;Password=p&ss=w0rd!;', 'p&ss=w0rd!'],
  ['libpq-password', 'host=db.example.com dbname=app user=app password=hunter2', 'hunter2'],
  ['authorization', `Authorization: Bearer ${letters.slice(0, 32)}`, letters.slice(0, 32)],
  ['jwt', JWT],
  ['private-key', PEM.trim()],
  ['private-key', PEM.slice(0, 60)],
  ['aws-access-key-id', `the key is ${'AKIA'}QWERTYUIOPASDFGH`, `${'AKIA'}QWERTYUIOPASDFGH`],
  ['github', `${'ghp'}_${letters.slice(0, 36)}`],
  ['github', `${'github'}_pat_${letters.slice(0, 22)}_${letters}${letters.slice(0, 11)}`],
  ['gitlab', `${'glpat'}-${letters.slice(0, 20)}`],
  ['slack', `${'xoxb'}-123456789012-123456789012-${letters.slice(0, 24)}`],
  ['webhook-url', `https://hooks.slack.com/${'services'}/T00000001/B00000002/${letters.slice(0, 24)}`],
  ['webhook-url', `https://discord.com/api/${'webhooks'}/123456789012345678/${letters}`],
  [
    'webhook-url',
    `https://acme.webhook.office.com/${'webhookb2'}/8f0c1a52-0000-4000-8000-000000000001@x/IncomingWebhook/${hex.slice(0, 32)}/y`,
  ],
  ['openai', `${'sk'}-proj-${letters}`],
  ['openai', `${'sk'}-${letters}`],
  ['anthropic', `${'sk'}-ant-api03-${letters}`],
  ['stripe', `${'sk'}_live_${letters.slice(0, 24)}`],
  ['sendgrid', `${'SG'}.${letters.slice(0, 22)}.${letters.slice(0, 43)}`],
  ['google', `${'AIza'}${letters.slice(0, 35)}`],
  ['npm', `${'npm'}_${letters.slice(0, 36)}`],
  ['digital-ocean', `${'dop'}_v1_${hex}`],
  ['vault', `${'hvs'}.${letters.slice(0, 30)}`],
  ['holdfast', `${'holdfast'}_account_${letters}A`],
];

describe('noticed in a plain text:', () => {
  for (const [kind, text, secret = text] of CREDENTIALS) {
    test(`${kind} (${CREDENTIALS.filter((row) => row[0] === kind).findIndex((row) => row[1] === text) + 1})`, () => {
      const found = credentialIn(text);
      assert.equal(found?.kind, kind);
      assert.equal(text.slice(found?.start, found?.end), secret);
      assert.ok(!found.words.includes(secret));
    });
  }
});

test('the user beside a password in a URL is named, as it is written', () => {
  assert.equal(credentialIn('https://ada%40x:correct-horse@files.example.com')?.user, 'ada%40x');
});

/** Texts of real configurations: nothing of a secret is in them. */
const HARMLESS: readonly string[] = [
  '',
  'invoices',
  'invoices/2026/{name}',
  'https://files.example.com:8443/api/v2?page=2&code=all',
  'https://{bucket}.s3.{region}.amazonaws.com',
  'https://api.example.com/v1?key=name&token=none',
  'https://example.com/users/ada@example.com:8080',
  'https://shop.example.com/search?q=password%20reset&sort=newest-first-2026',
  'http://[::1]:8080/a',
  'https://${secrets.USER}:${secrets.PASSWORD}@example.com',
  'AccountName=acme;AccountKey=${secret.KEY};EndpointSuffix=core.windows.net',
  'postgres://USER:PASSWORD@HOST:PORT/DATABASE, with ?sslmode=disable where a server in a private network has no TLS.',
  'postgres://app:<password>@db.example.com/app',
  'postgres://app:****@db.example.com/app',
  'mongodb+srv://app:<db_password>@cluster.example.com/',
  'mailto:ada@example.com',
  'git@github.com:acme/repository.git',
  'ssh://git@github.com/acme/repository.git',
  "select id, name from invoice where state = 'open' and updated_at > now() - interval '1 day'",
  "select password_hash, secret from account where key = 'A1B2C3D4E5F6A7B8C9D0'",
  'number = /invoice/number; file = $name; total = /total',
  'number; total',
  'Extract the total. Password=none of the business of this model; Server=unknown.',
  'Never repeat an API key such as sk-... or ghp_... that stands in a document.',
  'sk-learn, sk-net and a task-force-of-2026 with many-hyphenated-words-in-a-row-123',
  'The bearer of this document is the holder of rights 2026-11-26T09:30:00Z.',
  'Basic understanding of tokens, Token based access',
  '{"type":"object","properties":{"password":{"type":"string"},"total":{"type":"number"}},"required":["total"]}',
  '-----BEGIN CERTIFICATE-----\nMIIBszCCAVmgAwIBAgIUQ2Yq\n-----END CERTIFICATE-----\n',
  '-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE\n-----END PUBLIC KEY-----\n',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  'sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
  '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b',
  '019a2b3c-4d5e-7f60-8192-a3b4c5d6e7f8',
  'X-Api-Key',
  'gpt-5-mini',
  'claude-sonnet-4-5',
  'arn:aws:s3:::invoices-2026',
  'AKIAIOSFODNN7EXAMPLE',
  'smtp://mail.example.com:587',
  '/data/items/0/next',
  'Rechnungen für März: Größe, Zahl und Datum; Schlüssel = Rechnungsnummer',
  '2xx, 409',
  'token = /auth/token; password = /user/password',
];

test('nothing is noticed in texts of configurations without a secret', () => {
  assert.deepEqual(
    HARMLESS.filter((text) => credentialIn(text) !== undefined).map((text) => [credentialIn(text)?.kind, text]),
    [],
  );
});

test('64 KiB of any kind are looked through in a moment', () => {
  const started = performance.now();
  for (const unit of [
    'a',
    'a.',
    'https://',
    'a:',
    ';password=',
    '-----BEGIN PRIVATE KEY-----',
    'eyJaaaaaaaa.',
    '?sig=',
    'sv=1&',
    'Bearer ',
    'x@',
  ]) {
    credentialIn(unit.repeat(65_536 / unit.length));
  }
  assert.ok(performance.now() - started < 20_000, `${performance.now() - started} ms`);
});
