import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, test } from 'node:test';
import { ConfigurationError } from './configuration-error.ts';
import { environmentFor, filesNamedFor, parseSetting, readSettings, requireSetting, variablesOf } from './read-settings.ts';
import { SETTINGS, type SettingName } from './table.ts';

const fileWith = (text: string) => {
  const path = join(mkdtempSync(join(tmpdir(), 'holdfast-')), 'value');
  writeFileSync(path, text);
  return path;
};

const refused = (environment: Record<string, string>, message: RegExp) =>
  assert.throws(
    () => readSettings(environment, ['launcher', 'control', 'data']),
    (error: Error) => error instanceof ConfigurationError && message.test(error.message),
    JSON.stringify(environment),
  );

describe('which variables there may be', () => {
  test('an unknown HOLDFAST_ variable is refused by name, with the nearest known one', () => {
    refused({ HOLDFAST_CONTROL_LISTNE: '1' }, /HOLDFAST_CONTROL_LISTNE.*Did you mean HOLDFAST_CONTROL_LISTEN\?/);
    assert.throws(() => readSettings({ HOLDFAST_URI: 'x' }, ['client']), /HOLDFAST_URI.*Did you mean HOLDFAST_URL\?/);
  });

  test('one of another program is refused by name, and the message says whose it is', () => {
    assert.throws(
      () => readSettings({ HOLDFAST_ROOT_KEY_FILE: '/keys/root.key' }, ['control']),
      /^ConfigurationError: HOLDFAST_ROOT_KEY_FILE is not a setting of this program, but of the data plane\. Remove it here\.$/,
    );
    assert.throws(() => readSettings({ HOLDFAST_ACCOUNTS: 'shared' }, ['data']), /but of the launcher/);
  });

  test('those of clients may stand beside any; a client passes over all others', () => {
    assert.equal(readSettings({ HOME: '/x', HOLDFAST_TOKEN: 'holdfast_access_x', HOLDFAST_HOME: '/y' }, ['control']).home, '/y');
    const settings = readSettings({ HOLDFAST_RUN_SLOTS: '4', DATABASE_URL: 'x', HOLDFAST_TOKEN: 'y' }, ['client']);
    assert.deepEqual(settings, { url: undefined, token: 'y', organization: undefined });
  });

  test('two planes on one address exclude each other, by name', () => {
    refused({ HOLDFAST_DATA_LISTEN: '127.0.0.1:7400' }, /HOLDFAST_CONTROL_LISTEN and HOLDFAST_DATA_LISTEN exclude each other.*port/);
    // The second to listen would end, and the other one answer in its place.
    for (const host of ['0.0.0.0', '[::]', 'localhost']) refused({ HOLDFAST_DATA_LISTEN: `${host}:7400` }, /exclude each other/);
    const beside = { HOLDFAST_CONTROL_LISTEN: '127.0.0.1:7400', HOLDFAST_DATA_LISTEN: '127.0.0.2:7400' };
    assert.equal(readSettings(beside, ['control', 'data']).dataListen.host, '127.0.0.2');
    const free = { HOLDFAST_CONTROL_LISTEN: '127.0.0.1:0', HOLDFAST_DATA_LISTEN: '127.0.0.1:0' };
    assert.equal(readSettings(free, ['control', 'data']).dataListen.port, 0);
  });
});

describe('a value', () => {
  test('can stand in a file; one newline at its end is not part of it', () => {
    assert.equal(readSettings({ DATABASE_URL_FILE: fileWith('postgres://x\n') }, ['control']).databaseUrl, 'postgres://x');
    assert.equal(readSettings({ HOLDFAST_LOG_LEVEL_FILE: fileWith('warn\r\n') }, ['control']).logLevel, 'warn');
  });

  test('in both forms at once is a conflict', () => {
    refused({ DATABASE_URL: 'a', DATABASE_URL_FILE: '/b' }, /Both DATABASE_URL and DATABASE_URL_FILE are set\. Set one of them\./);
  });

  test('in a file that cannot be read, or is empty, is refused by the name of the file', () => {
    refused({ DATABASE_URL_FILE: '/none/such' }, /DATABASE_URL_FILE names \/none\/such.*ENOENT.*Correct/);
    refused({ DATABASE_URL_FILE: fileWith('\n') }, /DATABASE_URL_FILE names .*, which is empty/);
    const settings = readSettings({ DATABASE_URL_FILE: '/none/such' }, ['data'], { unreadableFiles: 'ignore' });
    assert.equal(settings.databaseUrl, undefined);
  });

  test('that is empty is unset, whatever its name, and beside its other form', () => {
    const none = readSettings({}, ['control']);
    for (const name of ['HOLDFAST_HOME', 'HOLDFAST_HOME_FILE', 'DATABASE_URL', 'HOLDFAST_ROOT_KEY_FILE', 'HOLDFAST_NONE_SUCH']) {
      assert.deepEqual(readSettings({ [name]: '' }, ['control']), none, name);
    }
    const path = fileWith('postgres://x\n');
    assert.equal(readSettings({ DATABASE_URL: '', DATABASE_URL_FILE: path }, ['data']).databaseUrl, 'postgres://x');
    assert.equal(readSettings({ DATABASE_URL: 'a', DATABASE_URL_FILE: '' }, ['data']).databaseUrl, 'a');
  });

  test('that must be there is asked for by name, in both forms', () => {
    assert.throws(
      () => requireSetting('databaseUrl', undefined, 'the role'),
      /DATABASE_URL is not set. Set it, or DATABASE_URL_FILE, to the role\./,
    );
  });

  const wrong: [SettingName, string, RegExp][] = [
    ['controlListen', '7400', /HOLDFAST_CONTROL_LISTEN is “7400”\. Write host:port, for example/],
    ['dataListen', 'localhost:70000', /HOLDFAST_DATA_LISTEN is “localhost:70000”/],
    ['publicUrl', 'https://x.example/path', /HOLDFAST_PUBLIC_URL is .* Write the origin alone/],
    ['allowedHosts', 'a.example, https://x.example', /HOLDFAST_ALLOWED_HOSTS has the entry “https:\/\/x.example”\. Write names such as/],
    ['trustedProxies', '127.0.0.1, proxy.example', /HOLDFAST_TRUSTED_PROXIES has the entry “proxy.example”\. Write addresses or networks/],
    ['egressAllow', 'localhost', /HOLDFAST_EGRESS_ALLOW has the entry “localhost”\. Write host:port/],
    ['sourceFolders', 'acme:in=relative', /HOLDFAST_SOURCE_FOLDERS has the entry “acme:in=relative”\. Write <organization slug>/],
    ['sourceFolders', 'acme:in=/a,acme:in=/b', /HOLDFAST_SOURCE_FOLDERS is .*acme:in twice/],
    ['accounts', '99', /HOLDFAST_ACCOUNTS is “99”\. Write the first of four/],
    ['documentQuotaBytes', '10 GiBs', /HOLDFAST_DOCUMENT_QUOTA is “10 GiBs”\. Write a size/],
    ['diskReserve', '500%', /HOLDFAST_DISK_RESERVE is “500%”\. Write a size or a part/],
    ['readsPerSecond', '0', /HOLDFAST_READS_PER_SECOND is “0”\. Write a whole number from 1 to/],
    ['runSlots', '65', /HOLDFAST_RUN_SLOTS is “65”\. Write a whole number from 1 to 64\./],
    ['documentsBucket', 'Acme', /HOLDFAST_DOCUMENTS_BUCKET is “Acme”\. Write the name of a bucket: 3 to 63/],
    ['documentsBucket', 'a..b', /HOLDFAST_DOCUMENTS_BUCKET is “a\.\.b”/],
    ['documentsRegion', 'eu central', /HOLDFAST_DOCUMENTS_REGION is “eu central”\. Write the name of a region/],
    ['documentsPrefix', '/documents', /HOLDFAST_DOCUMENTS_PREFIX is “\/documents”\. Write names that each end with \//],
    ['documentsEndpoint', 'ftp://files.example', /HOLDFAST_DOCUMENTS_ENDPOINT is “ftp:.*”\. Write a URL with http or https/],
    ['documentsEndpoint', 'https://files.example/?a=b', /HOLDFAST_DOCUMENTS_ENDPOINT is .* without user and query/],
    ['logLevel', 'loud', /HOLDFAST_LOG_LEVEL is “loud”\. Write one of: debug, info/],
    ['url', 'holdfast.example', /HOLDFAST_URL is “holdfast.example”\. Write an address such as/],
  ];
  for (const [name, text, message] of wrong) {
    test(`${SETTINGS[name].variable}=${text} is refused by name, with the rule`, () =>
      assert.throws(() => parseSetting(name, text), message));
  }

  test('of a list is refused by its entry', () => {
    for (const entry of ['proxy.example', '10.0.0.0/33', '10.0.0', '2001:db8::/129', '*', '010.0.0.1']) {
      assert.throws(
        () => parseSetting('trustedProxies', `127.0.0.1, ${entry}`),
        (error: Error) => error.message.includes(`“${entry}”`),
      );
    }
    for (const entry of ['https://x.example', '*.example', 'x:y', 'a b', 'x:70000']) {
      assert.throws(
        () => parseSetting('allowedHosts', entry),
        (error: Error) => error.message.includes(`“${entry}”`),
      );
    }
  });

  test('that is wrong is not repeated where it is a secret, or may hold one', () => {
    for (const [name, text] of [
      ['smtp', 'http://user:hidden-pass@mail.example'],
      ['url', 'https://user:hidden-pass@holdfast.example'],
      ['publicUrl', 'https://user:hidden-pass@holdfast.example'],
      ['smtp', 'smtps://user:hidden%-pass@mail.example'],
      ['documentsEndpoint', 'https://:hidden-pass@files.example'],
    ] as const) {
      assert.throws(
        () => parseSetting(name, text),
        (error: Error) => {
          return (
            error instanceof ConfigurationError && error.message.includes(SETTINGS[name].variable) && !error.message.includes('hidden')
          );
        },
      );
    }
  });
});

describe('the environment of a plane', () => {
  const environment = {
    HOLDFAST_ROOT_KEY_FILE: 'keys/root.key',
    HOLDFAST_SMTP_URL_FILE: fileWith('smtps://user:password@mail.example?from=a@b.example\n'),
    HOLDFAST_CONTROL_LISTEN: '127.0.0.1:1',
    HOLDFAST_ACCOUNTS: 'shared',
    HOLDFAST_TOKEN: 'holdfast_access_x',
    AWS_SECRET_ACCESS_KEY: 'x',
  };

  test('holds what is set of its own settings alone, files read and paths absolute', () => {
    assert.deepEqual(environmentFor('data', environment), {
      HOLDFAST_ROOT_KEY_FILE: resolve('keys/root.key'),
      HOLDFAST_SMTP_URL: 'smtps://user:password@mail.example?from=a@b.example',
    });
    assert.deepEqual(environmentFor('control', environment), { HOLDFAST_CONTROL_LISTEN: '127.0.0.1:1' });
  });

  test('names variables in both forms, and the files', () => {
    assert.ok(variablesOf('data').includes('DATABASE_URL_FILE') && !variablesOf('control').includes('HOLDFAST_ROOT_KEY_FILE'));
    assert.ok(!variablesOf('control').some((name) => /TOKEN|ACCOUNTS|SMTP/.test(name)));
    assert.deepEqual(
      filesNamedFor('data', environment).map(({ variable }) => variable),
      ['HOLDFAST_ROOT_KEY_FILE', 'HOLDFAST_SMTP_URL_FILE'],
    );
  });
});

test('every default is one that its own schema reads', () => {
  for (const [name, setting] of Object.entries(SETTINGS)) {
    if ('default' in setting) parseSetting(name as SettingName, setting.default);
    assert.ok('default' in setting || 'defaultInWords' in setting, name);
    assert.match(setting.variable, /^(?:HOLDFAST_[A-Z_]+|DATABASE_URL)$/);
  }
  const variables = Object.values(SETTINGS).map(({ variable }) => variable);
  assert.equal(new Set(variables).size, variables.length);
});
