import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RJSFSchema } from '@rjsf/utils';
import { validator } from './validator.ts';

const SCHEMA = {
  type: 'object',
  additionalProperties: false,
  required: ['container', 'kind'],
  properties: {
    container: { type: 'string', minLength: 3, maxLength: 5, pattern: '^[a-z]+$' },
    kind: { type: 'string', enum: ['hot', 'cool'] },
    tries: { type: 'integer', minimum: 1, maximum: 9 },
    address: { type: 'string', format: 'email' },
    words: { type: 'string', pattern: '^a', 'x-pattern-words': 'Begin with an a.' },
  },
} as RJSFSchema;

function wordsFor(data: Record<string, unknown>): Record<string, string[]> {
  const { errors } = validator.validateFormData({ container: 'abc', kind: 'hot', ...data }, SCHEMA);
  const byOption: Record<string, string[]> = {};
  for (const { property, message } of errors)
    byOption[property?.slice(1) ?? ''] = [...(byOption[property?.slice(1) ?? ''] ?? []), message ?? ''];
  return byOption;
}

test('a configuration that fits has no problems', () => {
  assert.deepEqual(wordsFor({}), {});
});

test('each missing option is named once, at its own place', () => {
  const { errors } = validator.validateFormData({}, SCHEMA);
  assert.deepEqual(
    errors.map(({ property, message }) => [property, message]),
    [
      ['.container', 'This is required.'],
      ['.kind', 'This is required.'],
    ],
  );
});

test('a cleared field counts as missing, not as a value of the wrong kind', () => {
  assert.deepEqual(wordsFor({ container: undefined }), { container: ['This is required.'] });
});

test('what is wrong is said in plain English, without what was typed', () => {
  assert.deepEqual(wordsFor({ container: 'ab' }), { container: ['Enter at least 3 characters.'] });
  assert.deepEqual(wordsFor({ container: 'abcdef' }), { container: ['Enter at most 5 characters.'] });
  assert.deepEqual(wordsFor({ container: 'A-B' }), { container: ['This does not have the form that is asked for.'] });
  assert.deepEqual(wordsFor({ words: 'b' }), { words: ['Begin with an a.'] });
  assert.deepEqual(wordsFor({ kind: 'warm' }), { kind: ['Choose one of: hot, cool.'] });
  assert.deepEqual(wordsFor({ tries: 0 }), { tries: ['Enter 1 or more.'] });
  assert.deepEqual(wordsFor({ tries: 1.5 }), { tries: ['Enter a whole number.'] });
  assert.deepEqual(wordsFor({ address: 'nobody' }), { address: ['Enter an e-mail address, for example ada@example.com.'] });
});

test('the form library finds the messages where it looks for them', () => {
  const { errorSchema } = validator.validateFormData({ container: 'ab', kind: 'hot' }, SCHEMA);
  assert.deepEqual(errorSchema, { container: { __errors: ['Enter at least 3 characters.'] } });
});

test('checks beyond the schema join in', () => {
  const { errors } = validator.validateFormData({ container: 'abc', kind: 'hot' }, SCHEMA, (_data, found) => {
    (found as { container?: { addError: (message: string) => void } }).container?.addError('Not today.');
    return found;
  });
  assert.deepEqual(
    errors.map(({ message }) => message),
    ['Not today.'],
  );
});

test('validity of a part is checked with the definitions of the whole', () => {
  const root = { $defs: { short: { type: 'string', maxLength: 2 } } } as RJSFSchema;
  assert.equal(validator.isValid({ $ref: '#/$defs/short' }, 'ab', root), true);
  assert.equal(validator.isValid({ $ref: '#/$defs/short' }, 'abc', root), false);
});
