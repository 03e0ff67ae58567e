import assert from 'node:assert/strict';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { checkValue, cleanValue, VALUE_MAXIMUM_BYTES, type ValueFindingCode } from '../index.ts';

const KEY = 'c2VjcmV0LWtleS1vZi1hLXRlc3QtYWNjb3VudA==';
const AZURE = `DefaultEndpointsProtocol=https;AccountName=archive;AccountKey=${KEY};EndpointSuffix=core.windows.net`;
const SAS = 'https://archive.blob.core.windows.net/in?sv=2025-01-05&sp=rw&se=2027-01-31T00:00:00Z&sig=ab%2Bcd%2Fef%3D';
const JWT = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U';
const PEM = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'pem', type: 'pkcs8' }) as string;
const SERVICE_KEY = JSON.stringify({ type: 'service_account', private_key: PEM, client_email: 'robot@example.iam' }, null, 2);

const codesOf = (value: string, name?: string) => [...new Set(checkValue(value, { name }).map(({ code }) => code))];

/**
 * What goes in, what is found, and what cleaning gives; without the last, cleaning leaves the value as it is.
 */
const FAULTS: readonly (readonly [what: string, value: string, codes: readonly ValueFindingCode[], cleaned?: string])[] = [
  ['a zero width space', 'sk-live\u200b-4242', ['invisible-character'], 'sk-live-4242'],
  ['a zero width joiner between letters', 'sk-live\u200d-4242', ['invisible-character'], 'sk-live-4242'],
  ['a word joiner', 'sk-live\u2060-4242', ['invisible-character'], 'sk-live-4242'],
  ['a byte order mark in front', '\ufeffsk-live-4242', ['invisible-character', 'outer-white-space'], 'sk-live-4242'],
  ['a soft hyphen', 'sk-li\u00adve-4242', ['invisible-character'], 'sk-live-4242'],
  ['a direction mark', 'sk-live-4242\u200e', ['invisible-character'], 'sk-live-4242'],
  ['a direction override', 'sk-live\u202e-4242', ['invisible-character'], 'sk-live-4242'],
  ['tag characters', 'sk-live-4242\u{e0041}\u{e0042}', ['invisible-character'], 'sk-live-4242'],
  ['a variation selector', 'sk-live\ufe0f-4242', ['invisible-character'], 'sk-live-4242'],
  ['a letter that is blank', 'sk-live\u3164-4242', ['invisible-character'], 'sk-live-4242'],
  ['a no-break space', 'correct\u00a0horse', ['unicode-space'], 'correct horse'],
  ['a no-break space at the end', 'sk-live-4242\u00a0', ['unicode-space', 'outer-white-space'], 'sk-live-4242'],
  ['an ideographic space', 'sk-live\u30004242', ['unicode-space'], 'sk-live 4242'],
  ['a line separator', 'first line\u2028second', ['unicode-space'], 'first line\nsecond'],
  ['an ellipsis', 'sk-live-42\u2026', ['typographic-character']],
  ['quotes of print inside', 'pass\u201cword\u2019s', ['typographic-character'], `pass"word's`],
  ['a dash of print', 'sk\u2013live-4242', ['typographic-character']],
  ['a character that was lost', 'passw\ufffdrd-4242', ['replacement-character']],
  ['UTF-8 read as another encoding', 'passw\u00c3\u00b6rd-4242', ['replacement-character']],
  ['a carriage return at the end of lines', 'first line\r\nsecond line', ['carriage-return'], 'first line\nsecond line'],
  ['a carriage return alone', 'first line\rsecond line', ['carriage-return']],
  ['a backspace', 'sk-live\b-4242', ['control-character']],
  ['marks of a pasting terminal', '\x1b[200~sk-live-4242\x1b[201~', ['control-character'], 'sk-live-4242'],
  ['UTF-16 text', 's\0k\0-\0l\0i\0v\0e\0', ['control-character']],
  ['dots', '\u2022'.repeat(12), ['mask']],
  ['stars', '********', ['mask']],
  ['crosses', 'xxxxxxxx', ['mask']],
  ['crosses in groups', 'xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx', ['mask']],
  ['a word in brackets', '<redacted>', ['mask']],
  ['a mask of a pipeline', '***REDACTED***', ['mask']],
  ['a mask in the middle', 'sk-live-****-4242', ['mask']],
  ['a mask as the password of an address', 'postgres://app:****@db.example.com/app', ['mask']],
  ['a mask as a setting', 'Server=tcp:db.example.com,1433;User Id=app;Password=\u2022\u2022\u2022\u2022', ['mask']],
  ['the word undefined', 'undefined', ['literal-null']],
  ['a word for nothing', 'null', ['literal-null', 'short']],
  ['a placeholder', 'changeme', ['placeholder']],
  ['a placeholder of a guide', 'your-api-key-here', ['placeholder']],
  ['a placeholder of the Azure portal', 'Server=db.example.com;Password={your_password};', ['placeholder']],
  ['a placeholder of MongoDB Atlas', 'mongodb+srv://app:<db_password>@cluster.example.com/', ['placeholder']],
  ['a variable that was not filled in', `$${'{API_KEY}'}`, ['placeholder']],
  ['double quotes', '"sk-live-4242"', ['surrounding-quotes'], 'sk-live-4242'],
  ['single quotes', "'sk-live-4242'", ['surrounding-quotes'], 'sk-live-4242'],
  ['backquotes', '`sk-live-4242`', ['surrounding-quotes'], 'sk-live-4242'],
  ['quotes of print', '\u201csk-live-4242\u201d', ['typographic-character', 'surrounding-quotes'], 'sk-live-4242'],
  ['quotes of German print', '\u201esk-live-4242\u201c', ['typographic-character', 'surrounding-quotes'], 'sk-live-4242'],
  ['quotes of a web page', '&quot;sk-live-4242&quot;', ['surrounding-quotes', 'html-entity'], 'sk-live-4242'],
  ['a variable in front', 'API_KEY=sk-live-4242', ['name-in-front'], 'sk-live-4242'],
  ['a command in front', 'export API_KEY="sk-live-4242"', ['name-in-front'], 'sk-live-4242'],
  ['a command of PowerShell in front', '$env:API_KEY = "sk-live-4242"', ['name-in-front'], 'sk-live-4242'],
  ['a word of a configuration in front', 'password: hunter2-and-more', ['name-in-front']],
  ['a header in front', 'X-Api-Key: sk-live-4242', ['name-in-front'], 'sk-live-4242'],
  ['an entity in an address', SAS.replaceAll('&', '&amp;'), ['html-entity'], SAS],
  ['an entity with a number', 'pass&#39;word', ['html-entity'], "pass'word"],
  ['an address that is encoded as a whole', encodeURIComponent('https://a.example/b?c=d'), ['percent-encoded'], 'https://a.example/b?c=d'],
  ['an encoded key in a connection string', AZURE.replaceAll('==', '%3D%3D'), ['percent-encoded'], AZURE],
  ['a signature that was decoded', SAS.replace('ab%2Bcd%2Fef%3D', 'ab+cd/ef='), ['percent-encoded'], SAS],
  ['a signature that is encoded twice', SAS.replace('ab%2Bcd%2Fef%3D', 'ab%252Bcd%252Fef%253D'), ['percent-encoded'], SAS],
  ['an encoded @ before the host', 'postgres://app:pass%40db.example.com/app', ['percent-encoded']],
  ['credentials that are encoded twice', 'postgres://app:pa%2540ss@db.example.com/app', ['percent-encoded']],
  ['encoded padding', 'c2VjcmV0LWtleS1vZi1h%3D%3D', ['percent-encoded']],
  ['a line break in a connection string', AZURE.replace('Account', 'Acc\nount'), ['line-break'], AZURE],
  ['line breaks between settings', AZURE.replaceAll(';', ';\n'), ['line-break'], AZURE],
  ['a line break in an address', SAS.replace('&sp', '\n&sp'), ['line-break'], SAS],
  ['a line break in a token of three parts', JWT.replace('.', '.\n'), ['line-break'], JWT],
  ['a space in a token of three parts', JWT.replace('.', ' .'), ['line-break'], JWT],
  ['a line break in a token', 'ghp_abcdefghijklmnopqrst\nuvwxyz0123456789', ['line-break']],
  ['white space around', '  sk-live-4242\n', ['outer-white-space'], 'sk-live-4242'],
  ['few characters', '\u{1f511}'.repeat(7), ['short']],
  ['the first line of a key', PEM.split('\n')[0] ?? '', ['incomplete']],
  ['a key whose lines were lost', PEM.trim().replaceAll('\n', ' '), ['incomplete'], PEM],
  ['a key with escaped line breaks', PEM.replaceAll('\n', '\\n'), ['incomplete'], PEM],
  ['JSON that is cut off', SERVICE_KEY.slice(0, 200), ['incomplete']],
  ['nothing but white space', ' \n\t\u200b', ['blank']],
  ['nothing', '', ['unsealable']],
  ['too much', 'a'.repeat(VALUE_MAXIMUM_BYTES + 1), ['unsealable']],
];

describe('a value is warned of for', () => {
  for (const [what, value, codes, cleaned = value] of FAULTS) {
    test(what, () => {
      assert.deepEqual(codesOf(value).sort(), [...codes].sort());
      assert.equal(cleanValue(value), cleaned);
    });
  }
});

test('its own name in front is certain, however it is written', () => {
  for (const front of ['webhook=', 'webhook: ', 'WEBHOOK = ', 'export webhook=']) {
    assert.deepEqual(codesOf(`${front}sk-live-4242`, 'webhook'), ['name-in-front'], front);
    assert.equal(cleanValue(`${front}sk-live-4242`, { name: 'webhook' }), 'sk-live-4242');
  }
});

test('masks, white space alone, half a key and what cannot be sealed are refused; all else is a warning', () => {
  const refused = FAULTS.filter(([, value]) => checkValue(value).some(({ severity }) => severity === 'refuse')).map(([what]) => what);
  assert.deepEqual(refused, [
    'dots',
    'stars',
    'crosses',
    'crosses in groups',
    'a word in brackets',
    'a mask of a pipeline',
    'the first line of a key',
    'nothing but white space',
    'nothing',
    'too much',
  ]);
});

test('a place is a line and a character of it, counted as people count', () => {
  const [found] = checkValue('\u{1f511}\u{1f511} first line\nthe \u200bsecond\u200b');
  assert.deepEqual(found?.at, { line: 2, column: 5 });
  assert.match(found?.message ?? '', /ZERO WIDTH SPACE \(U\+200B\), in line 2, at character 5 and in 1 more places/);
});

const LEGITIMATE: Readonly<Record<string, string>> = {
  PEM,
  'a certificate after a key': `${PEM}-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n`,
  'a service account’s JSON': SERVICE_KEY,
  'JSON on one line': JSON.stringify(JSON.parse(SERVICE_KEY)),
  JWT,
  'a connection string of Azure Storage': AZURE,
  'a connection string of Service Bus': `Endpoint=sb://bus.servicebus.windows.net/;SharedAccessKeyName=root;SharedAccessKey=${KEY}`,
  'a connection string of SQL Server': 'Server=tcp:db.example.com,1433;Initial Catalog=app;User ID=app;Password=p&ss=w0rd!;',
  'a connection string of ODBC': 'DRIVER={ODBC Driver 18};SERVER=db.example.com;UID=app;PWD=hunter2-and',
  'an address with a signature': SAS,
  'a signature alone': SAS.slice(SAS.indexOf('?') + 1),
  'an address of PostgreSQL': 'postgres://app:p%40ss%2Fw0rd%25@db.example.com:5432/app?sslmode=require',
  'an address of a queue': 'amqps://app:hunter2@queue.example.com:5671/%2Fvhost',
  'a connection string of libpq': 'host=db.example.com port=5432 dbname=app user=app password=hunter2',
  'addresses one a line': 'https://a.example/1\nhttps://b.example/2\n',
  'base64 that fills its lines': `${'A1b2'.repeat(16)}\n${'C3d4'.repeat(16)}\nE5f6==\n`,
  'padded base64': 'QUJDREVGR0g=',
  'base64 in capitals': 'ABCDEFGH==',
  'a bcrypt hash': '$2b$12$EixZaYVK1fsbw1ZfbX3OXePaWxn96p36WQoeG6Lruj3vjPGga31lW',
  'an SSH key': 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJl3dIeudNqd0DPMRD6OIh65tjkxFNOtGcAWZ1pPUvXh ada@example.com',
  'a passphrase': 'correct horse battery staple',
  'a passphrase with an emoji of several parts': 'family \u{1f468}\u200d\u{1f469}\u200d\u{1f467} and \u2764\ufe0f',
  'a flag of a region': 'flag \u{1f3f4}\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f} of Scotland',
  'a passphrase in Persian': 'می\u200cخواهم بخوانم',
  'a passphrase in Japanese': '正しい\u3000馬の電池',
  'a distinguished name': 'CN=app,OU=services,DC=example,DC=com',
  'settings of Kafka': 'sasl.mechanism=PLAIN\nsasl.jaas.config=required username="app" password="hunter2";\n',
  'a kubeconfig': 'apiVersion: v1\nkind: Config\nclusters:\n- name: a\n',
  'credentials of AWS': '[default]\naws_access_key_id = AKIAQWERTYUIOPASDFGH\naws_secret_access_key = abc/def+ghi\n',
  'XML with entities': '<key name="a&amp;b"><password>hunter2</password></key>',
  'a .netrc': 'machine api.example.com\n  login app\n  password hunter2\n',
  'two texts in quotes': '"first" and "second"',
  'codes one a line': 'abcd-efgh-1234\nijkl-mnop-5678\nqrst-uvwx-9012\n',
  'an entity of no web page': 'a&b;c&d;e&f;g',
  'a form': 'grant_type=client_credentials&client_id=app&client_secret=hunter2',
};

describe('nothing is said about', () => {
  for (const [what, value] of Object.entries(LEGITIMATE)) {
    test(what, () => {
      assert.deepEqual(checkValue(value), []);
      assert.equal(cleanValue(value), value);
    });
  }
});

test('nothing is said about random keys in base64, base64url and hex, and the connection strings around them', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 12, maxLength: 96 }), (bytes) => {
      // Of a key that is random: not one byte over and over.
      const key = Buffer.concat([bytes, randomBytes(12)]);
      for (const text of [key.toString('base64'), key.toString('base64url'), key.toString('hex')]) {
        if (/x{8}/i.test(text)) continue;
        for (const value of [
          text,
          `DefaultEndpointsProtocol=https;AccountName=archive;AccountKey=${text}`,
          `postgres://app:${encodeURIComponent(text)}@db.example.com/app`,
          `amqps://app:${encodeURIComponent(text)}@queue.example.com`,
          JSON.stringify({ private_key: text }),
        ]) {
          assert.deepEqual(checkValue(value), [], value);
        }
      }
    }),
  );
});

test('nothing is said about passwords of any ASCII that hold no run of masks, no entity and no outer quotes', () => {
  const ascii = fc.string({
    unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)),
    minLength: 8,
    maxLength: 40,
  });
  fc.assert(
    fc.property(ascii, (password) => {
      fc.pre(!/\*{3}|x{4}|&[a-z#0-9]+;|^(["'`]|\\").*\1$|^[[<{(].*[>\])}]$|^\$|^%.*%$|^[\w.-]+[=:]|^-|%[0-9A-F]{2}/i.test(password));
      assert.deepEqual(checkValue(password), []);
    }),
    { numRuns: 2_000 },
  );
});

const fragment = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom(...FAULTS.map(([, value]) => value).filter((value) => value.length < 1_000), ...Object.values(LEGITIMATE)),
  fc.constantFrom(
    '\u200b',
    '\ufeff',
    '\u00a0',
    '\r\n',
    '\r',
    '\n',
    '"',
    "'",
    '&amp;',
    'export A_B=',
    '%3D',
    '\u2026',
    '\x1b[200~',
    ';',
    ' ',
  ),
);
const anything = fc.array(fragment, { maxLength: 6 }).map((parts) => parts.join(''));

test('of any text, cleaning ends, has nothing certain left to clean, and never leaves nothing', () => {
  fc.assert(
    fc.property(anything, (value) => {
      const cleaned = cleanValue(value);
      assert.equal(cleanValue(cleaned), cleaned);
      if (value.trim() !== '') assert.notEqual(cleaned.trim(), '');
    }),
    { numRuns: 500 },
  );
});

test('no message holds a piece of a value: it is the same sentence for any letters in place of those', () => {
  fc.assert(
    fc.property(anything, fc.constantFrom('Q', 'z', '7'), (value, other) => {
      const secret = `${value}JKWVUYJKWVUY`;
      const swapped = `${value}${other.repeat(12)}`;
      for (const { message } of [...checkValue(secret), ...checkValue(swapped)]) {
        assert.ok(!message.includes('JKWVUY') && !message.includes(other.repeat(12)), message);
      }
    }),
    { numRuns: 500 },
  );
});

test('a large value is looked through in a moment', () => {
  for (const unit of [
    'a',
    ' ',
    '"',
    '&',
    '%3D',
    '=;',
    '\u2022',
    'x',
    '-----BEGIN A-----',
    '{"',
    'a=',
    '\r',
    '\u200b',
    'a://',
    '<',
    'sig=',
    '\n',
    '**',
  ]) {
    const value = `eyJ${unit.repeat(Math.floor(60_000 / Buffer.byteLength(unit)))}`;
    for (const each of [value, value.slice(3), `https://${value}`, `AccountKey=${value}`]) {
      const started = performance.now();
      cleanValue(each);
      const took = performance.now() - started;
      assert.ok(took < 5_000, `${JSON.stringify(unit)} took ${took} ms`);
    }
  }
});
