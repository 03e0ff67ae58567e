import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import { writtenForms } from './forms.ts';
import { createPatternIndex } from './pattern-index.ts';
import { createValueRedactor } from './redactor.ts';
import { createSearch, findValues } from './search.ts';
import { STEPS_AT_LEAST, STEPS_PER_BYTE } from './walk.ts';

/**
 * A text is made by the service that answers. Work is counted, since time depends on what else the machine
 * does.
 */

const TEXT_BYTES = 8_000;
const hex = () => randomBytes(4).toString('hex');

/** Values of which a crafted text begins all, at every line or every place, and never goes on. */
const CRAFTED: Readonly<Record<string, { value: (number: number) => string; units: readonly string[] }>> = {
  'the beginning that connection strings share': {
    value: () => `DefaultEndpointsProtocol=https;AccountName=account${hex()};AccountKey=${randomBytes(64).toString('base64')}`,
    units: ['DefaultEndpointsProtocol=https;AccountName=account', 'DefaultEndpointsProtocol=https;AccountName=account\n', 'account\n'],
  },
  'one letter, again and again': {
    value: (number) => `${'a'.repeat(58)}-${1_000 + number}`,
    units: ['a', `${'a'.repeat(50)}0`, 'aaaa\n', 'a%61'],
  },
  'the same core behind beginnings of all lengths': {
    value: (number) => `${'q'.repeat(number % 40)}A1b2C3d4${hex()}`,
    units: ['qqqqA1b2C3d4', 'A1b2\nC3d4', 'qqqqqqqqA1b2\n', '%41%31', '\\u0041\\u0031', '\\\\u0041', '&#65;&amp;#49;'],
  },
  'lines of four letters': {
    value: () => `${'abcd\n'.repeat(10)}${hex()}${hex()}`,
    units: ['abcd\n', 'abcd\r\n   ', 'abcd\\n', 'a\nb\nc\nd\n', '\n', '\\n'],
  },
  'runs of escapes': {
    value: () => `${'\\'.repeat(60)}${'%25&amp;'.repeat(5)}${hex()}${hex()}`,
    units: ['\\', '%25', '&amp;', '\\\\u005c', '%'],
  },
};

/** Steps for each byte of a text that holds one unit again and again, and whether the search was given up. */
function workOf(value: (number: number) => string, count: number, unit: string, { bytes = TEXT_BYTES, scans = false } = {}) {
  const index = createPatternIndex();
  for (let number = 0; number < count; number += 1) index.add(writtenForms(value(number)));
  const text = Buffer.from(unit.repeat(Math.ceil(bytes / unit.length)));
  const allowed = STEPS_AT_LEAST + STEPS_PER_BYTE * text.length;
  const search = createSearch(text, { final: true, steps: allowed, scans });
  const { exhausted } = findValues(search, index);
  return { used: allowed - search.steps, allowed, exhausted, perByte: (allowed - search.steps) / text.length };
}

describe('a text that is made to take long', () => {
  for (const [what, { value, units }] of Object.entries(CRAFTED)) {
    it(`takes no more work with 100 values than with five, and no more than it is worth: ${what}`, () => {
      for (const unit of units) {
        const few = workOf(value, 5, unit);
        const many = workOf(value, 100, unit);
        const says = `${JSON.stringify(unit)}: ${few.perByte.toFixed(2)} and ${many.perByte.toFixed(2)} steps a byte`;
        // A step at the end is taken as a whole: what one escape may stand for.
        assert.ok(many.used <= many.allowed + 1_000, says);
        if (!few.exhausted) assert.ok(many.perByte <= 2 * few.perByte + 0.5, says);
        const scanned = workOf(value, 100, unit, { scans: true });
        // The values are others.
        assert.ok(scanned.used <= 1.25 * many.used + 1_000, `${says}; where places are passed over ${scanned.perByte.toFixed(2)}`);
      }
    });

    it(`takes work in proportion to its length: ${what}`, () => {
      for (const unit of units) {
        const short = workOf(value, 20, unit, { bytes: TEXT_BYTES / 4 });
        const long = workOf(value, 20, unit);
        if (short.exhausted || long.exhausted) continue;
        const says = `${JSON.stringify(unit)}: ${short.perByte.toFixed(2)} and ${long.perByte.toFixed(2)} steps a byte`;
        assert.ok(long.perByte <= 1.5 * short.perByte + 0.5, says);
      }
    });
  }

  it('takes no more work than it is worth where values are long and nothing but such signs', () => {
    const values = ['\\'.repeat(2_000), '%25'.repeat(1_000), `${'a'.repeat(5_000)}b`, `${'&amp;'.repeat(500)}x`];
    for (const unit of ['\\', '%25', 'a', '&amp;', `${'a'.repeat(63)}c`, '\\\\u005c']) {
      const { used, allowed } = workOf((number) => values[number] ?? '', values.length, unit, { scans: true });
      assert.ok(used <= allowed + 1_000, `${JSON.stringify(unit)}: ${used} of ${allowed} steps`);
    }
  });

  it('is looked through once, not once more from each of its places: 30,000 times the same', { timeout: 60_000 }, () => {
    const redactor = createValueRedactor();
    redactor.protect(`${'abcd\n'.repeat(10)}x1y2z3w4`);
    // Found once: the stack overflowed in a chain of ends of lines and of percent signs; runs of line feeds
    // and of backslashes were looked through again from each.
    for (const text of ['a\n', 'a\r\n', 'a\\n', 'a%0a', '%25'].map((unit) => unit.slice(0, 1) + unit.slice(1).repeat(30_000))) {
      const cleaned = redactor.redact(text);
      assert.ok(cleaned === text || cleaned.includes('[redacted]'), text.slice(0, 8));
    }
    const run = `${'\\'.repeat(30_000)}x`;
    assert.equal(redactor.redact(run), run);
  });
});
