import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ComponentType } from '@holdfast/configuration';
import { createRedactor } from '../../egress/redaction.ts';
import { decodeOptions, placeOf } from './decode-options.ts';

const TYPE: ComponentType = {
  type: 'mail',
  role: 'connector',
  title: 'Mail',
  description: '',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['address'],
    properties: {
      address: { type: 'string', title: 'Address', 'x-secret': true },
      key: { type: 'string', title: 'Key', 'x-secret': true },
      folder: { type: 'string', title: 'Folder' },
    },
  },
};
const CONFIGURATION = { address: `smtp://\${secrets.USER}:\${secret.PASSWORD}@example.com`, folder: `\${secret.NOT_HERE}` };
const VALUES = new Map([
  [placeOf('address', 'USER'), 'ada'],
  [placeOf('address', 'PASSWORD'), `\${secret.USER}`],
  [placeOf('key', ''), 'whole'],
]);

test('a text is filled, a whole value is taken as it is, and only a sensitive option is read as a text', () => {
  const { options, texts } = decodeOptions({ configuration: CONFIGURATION }, TYPE, VALUES);
  const filled = `smtp://ada:\${secret.USER}@example.com`;
  assert.deepEqual(options, { address: filled, key: 'whole', folder: CONFIGURATION.folder });
  assert.deepEqual(texts, [filled]);
});

test('values too short to be looked for one by one are taken out with the text that they fill', () => {
  const { texts } = decodeOptions({ configuration: CONFIGURATION }, TYPE, VALUES);
  const redactor = createRedactor();
  for (const value of [...VALUES.values(), ...texts]) redactor.protect(value);
  assert.ok(!redactor.redact(`It cannot be reached: ${texts[0]}`).includes('ada'));
});

test('a name without a value is an error of ours, never an empty text', () => {
  assert.throws(() => decodeOptions({ configuration: CONFIGURATION }, TYPE, new Map()), /has no value/);
});
