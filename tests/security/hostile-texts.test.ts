import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createContext, Script } from 'node:vm';
import { CONTENT_TYPE_PATTERN } from '@holdfast/api';
import { credentialIn, formatTemplate, optionFault, parseTemplate } from '@holdfast/configuration';
import { checkValue, cleanValue, namedDestinations, VALUE_MAXIMUM_BYTES } from '@holdfast/envelope';
import { createValueRedactor } from '@holdfast/redaction';
import { COMPONENT_TYPES } from '../../control/components/component-types.ts';
import { withoutFence } from '../../packages/model-tasks/without-fence.ts';

/**
 * Texts that people and services give are looked through in the time of their length, whatever they are made
 * of. Each is so long that a walk which takes the square of it would not end within the guard, by far; one
 * that goes through it once takes less than a hundredth of that.
 */
const GUARD_MILLISECONDS = 20_000;

const UNITS: readonly string[] = [
  ...[' ', '\n', '\r\n', '\t', 'a', 'A', 'aB3', 'a ', 'a\n', '1', 'é', '\u0301', '\u0316\u0301', '\u200b', '\u2022', '*', 'x', '\0'],
  ...['=', 'a=', ' a=', ' =', ';', ';a=', '; ', '&', '&a=', '&amp;', '%', '%41', '%2', '\\', '\\n', '"', '""', "'", '`', '```', '```\n'],
  ...['-', 'a-', '-----', '-----BEGIN ', '-----BEGIN PRIVATE KEY-----', '-----BEGIN A-----\n', '-----END ', '-----END A-----'],
  ...[
    '[',
    ']',
    '{',
    '[]',
    '{"a":',
    '"[',
    '<',
    '<a',
    '</',
    '(',
    '$',
    '${',
    '$$',
    '.',
    'a.',
    '/',
    '/a',
    ':',
    'a:',
    ': ',
    '@',
    'x@',
    ',',
    'a,',
  ],
  ...['?', '?sig=', '?key=', '#', '_', '+', '~', 'https://', 'https://a:b@', 'Bearer ', 'eyJ-', 'eyJaaaaaaaa.', 'expir', 'sv=1&', 'your-'],
];
const BEGINNINGS: readonly string[] = [
  '',
  'x',
  'a=',
  'a: ',
  '"',
  'https://',
  'expir',
  '-----BEGIN A',
  '```\n',
  'user:',
  'a/b',
  'a/b;',
  '$',
];
const ENDS: readonly string[] = ['', '!', ' ', 'y\u0001', '="'];

/** All units in some surroundings; every unit comes behind every beginning in one of the rounds. */
function* texts(length: number, rounds = 1): Generator<string> {
  for (let round = 0; round < rounds; round += 1) {
    for (const [place, unit] of UNITS.entries()) {
      const beginning = BEGINNINGS[(place + round) % BEGINNINGS.length] ?? '';
      yield `${beginning}${unit.repeat(Math.ceil(length / unit.length))}${ENDS[(place + round) % ENDS.length] ?? ''}`;
    }
  }
}

const script = new Script('walk()');
const place = createContext({ walk: () => {} }) as { walk: () => void };

/** A regular expression is ended too, as in data/evaluation. */
function ends(what: string, hostile: Iterable<string>, walk: (text: string) => unknown): void {
  let current = '';
  place.walk = () => {
    for (const text of hostile) {
      current = text;
      walk(text);
    }
  };
  try {
    script.runInContext(place, { timeout: GUARD_MILLISECONDS });
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
    const shown = JSON.stringify(`${current.slice(0, 40)}…${current.slice(-10)}`);
    assert.fail(`${what}: ${current.length} characters of ${shown} take too long`);
  }
}

function protectAndRedact(value: string): void {
  const redactor = createValueRedactor();
  redactor.protect(value);
  redactor.redact('a line of a log');
}

describe('a text is looked through in the time of its length', () => {
  test('a value that is protected', () => {
    for (const text of texts(2 * VALUE_MAXIMUM_BYTES)) ends('redaction', [text], protectAndRedact);
  });

  test('a value of spaces between two letters, one of accents, and names that expire', () => {
    for (const text of [
      `x${' '.repeat(2 * VALUE_MAXIMUM_BYTES)}y`,
      `a${'\u0301'.repeat(4 * VALUE_MAXIMUM_BYTES)}${'\u0316'.repeat(4 * VALUE_MAXIMUM_BYTES)}`,
      `${'expir'.repeat(4 * VALUE_MAXIMUM_BYTES)}!=a value`,
      JSON.stringify({ [`${'expir'.repeat(4 * VALUE_MAXIMUM_BYTES)}!`]: 'a value of some length' }),
    ]) {
      ends('redaction', [text], protectAndRedact);
    }
  });

  test('an option, a note or a workflow in which a credential may stand', () => {
    for (const text of texts(2 * VALUE_MAXIMUM_BYTES)) ends('credentialIn', [text], credentialIn);
    ends('credentialIn', ['-----BEGIN PRIVATE KEY-----'.repeat(100_000)], credentialIn);
  });

  test('a value that is checked before it is sealed', () => {
    for (const text of texts(VALUE_MAXIMUM_BYTES - 20)) {
      ends('checkValue', [text], (value) => [checkValue(value), cleanValue(value), namedDestinations(value)]);
    }
  });

  test('a text with references to secrets', () => {
    ends('parseTemplate', texts(131_072), (source) => formatTemplate(templateOrNothing(source)));
    ends('formatTemplate', texts(131_072), (source) => formatTemplate([{ text: source }, { reference: 'KEY', plural: false }]));
  });

  test('the content type of a document', () => {
    const hostile = [...texts(131_072, BEGINNINGS.length), `a/b;${' '.repeat(262_144)}é`];
    ends('content type', hostile, (type) => CONTENT_TYPE_PATTERN.test(type));
  });

  test('the answer of a model', () => {
    ends('withoutFence', texts(131_072, BEGINNINGS.length), withoutFence);
  });

  test('every option that has a pattern', () => {
    const hostile = [...texts(65_536, BEGINNINGS.length)];
    const patterns = new Map<string, string>();
    for (const { type, schema } of COMPONENT_TYPES) {
      for (const [option, { pattern }] of Object.entries(schema.properties as Record<string, { pattern?: string }>)) {
        if (pattern !== undefined) patterns.set(pattern, `${type}, ${option}`);
      }
    }
    assert.ok(patterns.size > 10);
    for (const [pattern, option] of patterns) ends(option, hostile, (text) => new RegExp(pattern, 'u').test(text));
  });
});

function templateOrNothing(source: string): ReturnType<typeof parseTemplate> {
  try {
    return parseTemplate(source);
  } catch {
    return [];
  }
}

test('an option of JSON that is nested too deep is refused in words', () => {
  const deep = `{"type":"object","a":${'['.repeat(15_000)}${']'.repeat(15_000)}}`;
  const schema = { type: 'string', contentMediaType: 'application/json', contentSchema: { type: 'object' } } as const;
  assert.match(optionFault({ ...schema, title: 'Schema' } as never, deep) ?? '', /more than 200 levels/);
});
