// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is what a reference to a secret looks like.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { HoldfastError } from '@holdfast/api';
import { checkConfiguration, checkPlainOptions, unfilledOption } from './check-configuration.ts';
import { type ComponentType, requiredWhileShown } from './component-type.ts';
import { credentialIn } from './credential-in.ts';
import { configuredDestinations } from './destinations.ts';
import { optionFault } from './option-content.ts';
import { isShown, withoutHiddenOptions } from './shown-options.ts';
import { suggestSensitiveOption } from './suggest-sensitive-option.ts';

const TYPE = {
  type: 'thing',
  role: 'publisher',
  title: 'Thing',
  description: '',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['url'],
    allOf: [
      requiredWhileShown('password', { showIf: { authentication: ['bearer', 'basic'] } }),
      requiredWhileShown('prefix', { showIf: { prefixed: [true] } }),
    ],
    properties: {
      url: { type: 'string', title: 'URL', minLength: 1, 'x-destination': true },
      authentication: { type: 'string', title: 'Authentication', enum: ['none', 'bearer', 'basic'], default: 'none' },
      password: {
        type: 'string',
        title: 'Password',
        'x-secret': true,
        showIf: { authentication: ['bearer', 'basic'] },
        'x-takes': { 'url-password': { authentication: 'basic', user: '{user}' }, '*': { authentication: 'bearer' } },
      },
      user: { type: 'string', title: 'User', maxLength: 5, showIf: { authentication: ['basic'] }, default: '' },
      prefixed: { type: 'boolean', title: 'Prefixed', default: false, showIf: { authentication: ['basic'] } },
      prefix: { type: 'string', title: 'Prefix', minLength: 2, showIf: { prefixed: [true] } },
      mirror: { type: 'string', title: 'Mirror', 'x-destination': true, showIf: { prefixed: [true] } },
      note: { type: 'string', title: 'Note', contentMediaType: 'application/json', contentSchema: { type: 'object' } },
    },
  },
} as const satisfies ComponentType;
const url = 'https://files.example.com/in';

describe('an option with a condition', () => {
  test('is there while the other has one of the values, its default counting for what is left out', () => {
    const shown = (configuration: object) => ['password', 'user'].filter((option) => isShown(TYPE, { ...configuration }, option));
    assert.deepEqual(shown({}), []);
    assert.deepEqual(shown({ authentication: 'bearer' }), ['password']);
    assert.deepEqual(shown({ authentication: 'basic' }), ['password', 'user']);
  });

  test('is hidden with the option that its condition looks at', () => {
    assert.equal(isShown(TYPE, { authentication: 'basic', prefixed: true }, 'prefix'), true);
    assert.equal(isShown(TYPE, { authentication: 'bearer', prefixed: true }, 'prefix'), false);
  });

  test('is neither required nor checked nor kept while it is hidden', () => {
    assert.deepEqual(checkPlainOptions(TYPE, { url, user: 'far too long', prefix: 'x' }), []);
    assert.deepEqual(withoutHiddenOptions(TYPE, { url, user: 'a', more: 1 }), { url, more: 1 });
    const { configuration, inputs } = checkConfiguration(TYPE, { url, user: 'far too long' });
    assert.deepEqual(configuration, { url });
    assert.deepEqual(inputs.get('password'), { kind: 'hidden' });
    assert.equal(unfilledOption(TYPE, { name: 'T', configuration: { url } }, []), undefined);
  });

  test('is required and checked while it is shown', () => {
    const configuration = { url, authentication: 'basic', prefixed: true, user: 'far too long' };
    assert.deepEqual(
      checkPlainOptions(TYPE, configuration).map(({ option }) => option),
      ['prefix', 'user'],
    );
    assert.equal(unfilledOption(TYPE, { name: 'T', configuration }, [])?.code, 'secret_missing');
  });

  test('takes no secret while it is hidden: that is refused, and says when it would', () => {
    assert.throws(
      () => checkConfiguration(TYPE, { url, authentication: 'none', password: '${secret.KEY}' }),
      ({ code, message }: HoldfastError) => code === 'option_invalid' && /“Authentication” is bearer or basic/.test(message),
    );
  });

  test('is there when it is filled and nothing is said of what it looks at', () => {
    const bearer = { url, authentication: 'bearer' };
    assert.deepEqual(checkConfiguration(TYPE, { url, password: '${secret.KEY}' }).configuration, bearer);
    assert.deepEqual(checkConfiguration(TYPE, { url }, { sealedOptions: { password: {} } }).configuration, bearer);
    for (const nothing of [undefined, null, ''])
      assert.deepEqual(checkConfiguration(TYPE, { url, password: nothing }).configuration, { url });
  });

  test('names no destination while it is hidden', () => {
    const configuration = { url, mirror: 'https://mirror.example.com', authentication: 'basic' };
    assert.deepEqual(configuredDestinations(TYPE, configuration), ['https://files.example.com:443']);
    assert.equal(configuredDestinations(TYPE, { ...configuration, prefixed: true }).length, 2);
  });
});

test('JSON in a text is checked, with the place of the fault and nothing of the text', () => {
  const note = TYPE.schema.properties.note;
  assert.equal(optionFault(note, '{ "a": 1 }'), undefined);
  assert.equal(optionFault(note, ' '), undefined);
  assert.equal(optionFault(note, '[]'), 'As JSON: Fill in the options.');
  assert.match(optionFault(note, '{\n "hunter2": 1,,\n}') ?? '', /^This is not JSON from line 2, character 15, on\./);
  assert.deepEqual(
    checkPlainOptions(TYPE, { url, note: '{' }).map(({ option }) => option),
    ['note'],
  );
});

test('certificates in PEM are checked', () => {
  const schema = { type: 'string', title: 'CA', contentMediaType: 'application/x-pem-file' } as const;
  const whole = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';
  assert.equal(optionFault(schema, `${whole}\n${whole}`), undefined);
  assert.match(optionFault(schema, 'MIIB') ?? '', /whole certificates in PEM/);
});

describe('a credential in clear', () => {
  const text = 'https://ada:correct-horse@files.example.com/in';

  test('is refused by its option, without repeating it', () => {
    assert.throws(
      () => checkConfiguration(TYPE, { url: text }),
      ({ code, field, message }: HoldfastError) =>
        code === 'credential_in_clear' && field === 'configuration.url' && !message.includes('correct-horse'),
    );
  });

  test('is taken when somebody says that it is none, or when it is stored already', () => {
    assert.equal(checkConfiguration(TYPE, { url: text }, { plainOptions: ['url'] }).configuration.url, text);
    assert.equal(checkConfiguration(TYPE, { url: text }, { stored: { url: text } }).configuration.url, text);
    assert.throws(() => checkConfiguration(TYPE, { url: text }, { stored: { url: 'https://files.example.com/in' } }));
  });

  test('is refused in the text around secrets, and a reference in its place is none', () => {
    const configuration = { url, authentication: 'bearer' };
    assert.throws(
      () => checkConfiguration(TYPE, { ...configuration, password: `${'ghp'}_${'Ab3'.repeat(12)} \${secret.KEY}` }),
      ({ code, field }: HoldfastError) => code === 'credential_in_clear' && field === 'configuration.password',
    );
    const around = 'https://${secrets.USER}:${secrets.PASSWORD}@example.com';
    assert.equal(checkConfiguration(TYPE, { ...configuration, password: around }).configuration.password, around);
  });

  test('goes into the sensitive option that it fits, with what else that needs', () => {
    const found = credentialIn(text);
    assert.ok(found !== undefined);
    assert.deepEqual(suggestSensitiveOption(TYPE, { url: text }, 'url', found), {
      option: 'password',
      value: 'correct-horse',
      changes: { url: 'https://files.example.com/in', authentication: 'basic', user: 'ada' },
    });
    const token = `${'ghp'}_${'Ab3'.repeat(12)}`;
    const inNote = credentialIn(`use ${token}`);
    assert.ok(inNote !== undefined);
    assert.deepEqual(suggestSensitiveOption(TYPE, { url, note: `use ${token}` }, 'note', inNote), {
      option: 'password',
      value: token,
      changes: { note: 'use', authentication: 'bearer' },
    });
  });
});
