import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Component, ComponentType } from '@holdfast/api';
import { configurationOf, formSchema, formUiSchema, initialFormData } from './form-schema.ts';
import { choiceOf, isEmpty, isTyped, NOTHING_CHOSEN, namesIn, referencedName } from './sensitive-choice.ts';

const TYPE = {
  type: 'azure-blob-publisher',
  role: 'publisher',
  title: 'Azure Blob publisher',
  description: '',
  schema: {
    type: 'object',
    required: ['connectionString', 'container'],
    properties: {
      connectionString: { type: 'string', title: 'Connection String', minLength: 1, 'x-secret': true },
      container: { type: 'string' },
      existing: { type: 'string', enum: ['account-default', 'keep', 'csv'], 'x-enum-words': { csv: 'CSV' }, default: 'keep' },
    },
  },
} satisfies ComponentType;

function componentWith(option: Partial<Component['sensitiveOptions'][number]>, configuration: Record<string, unknown>): Component {
  return {
    configuration,
    sensitiveOptions: [{ option: 'connectionString', source: 'none', secretName: null, state: 'ok', secrets: [], ...option }],
  } as unknown as Component;
}

test('the form asks for a choice in place of a sensitive value', () => {
  const schema = formSchema(TYPE);
  assert.deepEqual(schema.properties?.connectionString, { type: 'object', title: 'Connection String', 'x-secret': true });
  assert.deepEqual(schema.required, ['container']);
  assert.equal(formUiSchema(TYPE).connectionString?.['ui:field'], 'SensitiveOption');
  assert.deepEqual(formUiSchema(TYPE).existing?.['ui:enumNames'], ['Account default', 'Keep', 'CSV']);
});

test('a new form starts with the defaults and nothing chosen', () => {
  assert.deepEqual(initialFormData(TYPE, undefined), { connectionString: NOTHING_CHOSEN, existing: 'keep' });
});

test('a new form starts with what the type has for one, a saved component with what holds for it', () => {
  const schema = {
    ...TYPE.schema,
    properties: { how: { type: 'string', enum: ['none', 'bearer'], default: 'none', 'x-initial': 'bearer' } },
  };
  const type = { ...TYPE, schema } satisfies ComponentType;
  assert.deepEqual(initialFormData(type, undefined), { how: 'bearer' });
  assert.deepEqual(initialFormData(type, componentWith({}, {})), { how: 'none' });
});

test('a chosen secret is sent as a reference, an own value not at all', () => {
  const chosen = { source: 'organization-secret', secretName: 'STORE', state: 'ok' };
  assert.deepEqual(configurationOf(TYPE, { connectionString: chosen, container: 'a' }), {
    connectionString: `\${secret.STORE}`,
    container: 'a',
  });
  const typed = { ...NOTHING_CHOSEN, filled: true };
  assert.deepEqual(configurationOf(TYPE, { connectionString: typed, container: 'a' }), { container: 'a' });
});

test('a saved component shows what fills its option, broken references by name', () => {
  const bound = componentWith({ source: 'organization-secret', secretName: 'STORE' }, { connectionString: `\${secret.STORE}` });
  assert.deepEqual(choiceOf(bound, 'connectionString'), { source: 'organization-secret', secretName: 'STORE', state: 'ok' });
  const broken = componentWith({ source: 'organization-secret', secretName: 'GONE', state: 'secret_missing' }, {});
  assert.deepEqual(choiceOf(broken, 'connectionString'), { source: 'organization-secret', secretName: 'GONE', state: 'secret_missing' });
  assert.deepEqual(choiceOf(componentWith({ source: 'own-value' }, {}), 'connectionString'), { ...NOTHING_CHOSEN, stored: true });
});

test('both spellings of a reference are read, and no other text', () => {
  assert.equal(referencedName(`\${secret.STORE}`), 'STORE');
  assert.equal(referencedName(`\${secrets.STORE}`), 'STORE');
  assert.equal(referencedName(`x\${secret.STORE}`), undefined);
  assert.equal(referencedName(7), undefined);
});

test('a text with secrets in it is shown and sent as it is written, however it is spelled', () => {
  const text = `https://\${secrets.USER}:\${secret.PASSWORD}@example.com`;
  const secrets = [
    { name: 'USER', state: 'ok' as const },
    { name: 'PASSWORD', state: 'secret_expired' as const },
  ];
  const saved = componentWith({ source: 'text', state: 'secret_expired', secrets }, { connectionString: text });
  const choice = choiceOf(saved, 'connectionString');
  assert.deepEqual(choice, { source: 'text', text, saved: secrets });
  assert.deepEqual(configurationOf(TYPE, { connectionString: choice, container: 'a' }), { connectionString: text, container: 'a' });
  assert.deepEqual(namesIn(text), { names: ['USER', 'PASSWORD'], problem: undefined });
  assert.match(namesIn(`\${secret.}`).problem ?? '', /is written \$\{secret\.NAME\}/);
});

test('an option is empty, stored or typed', () => {
  const stored = { ...NOTHING_CHOSEN, stored: true };
  assert.equal(isEmpty(NOTHING_CHOSEN), true);
  assert.equal(isEmpty(stored), false);
  assert.equal(isEmpty({ ...stored, replacing: true }), true);
  assert.equal(isTyped({ ...stored, replacing: true, filled: true }), true);
  assert.equal(isTyped({ ...stored, filled: true }), false);
  assert.equal(isEmpty({ source: 'organization-secret', secretName: null, state: 'ok' }), true);
});
