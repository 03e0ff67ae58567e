import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Candidate } from './before-cores.ts';
import { candidatesIn } from './candidates.ts';
import { writtenForms } from './forms.ts';
import { createPatternIndex, type PatternIndex } from './pattern-index.ts';
import { PART_BYTES, SCANNED_AT_LEAST_BYTES } from './scan.ts';
import { createSearch } from './search.ts';
import { ENCODINGS, tricky, value } from './testing/encodings.ts';
import { random } from './testing/random.ts';

/** Bytes that come again and again in what is written for machines, and any other. */
const UNITS = [...'%25\\\\u0041&#x;amp+ nrt\r\n\n\t  ,:-"/0AzZ9_', '%0d%0a', '\\n', '&amp;', '\\u0041', '%2541', '\r\n    ', '\0'];
const noise = fc
  .array(fc.oneof(fc.constantFrom(...UNITS), fc.string({ unit: 'binary', maxLength: 3 })), { maxLength: 60 })
  .map((some) => some.join(''));
const writings = Object.values(ENCODINGS);
const piece = fc.record({
  before: noise,
  edge: tricky,
  value: fc.nat(5),
  writing: fc.nat(writings.length),
  from: fc.nat(30),
  line: fc.nat(9),
});

/** Most values have no core, so that nothing of them is a candidate: these have one. */
const valueWithCore = fc
  .tuple(value, fc.string({ unit: fc.constantFrom(...'abcxyzKQ0189'), minLength: 5, maxLength: 12 }), tricky)
  .map((parts) => parts.join(''));

function indexOf(values: readonly string[]): PatternIndex {
  const index = createPatternIndex();
  for (const each of values) index.add(writtenForms(each));
  return index;
}

/** Each place once, with what begins there: in which order they were found says nothing. */
function placesOf(found: readonly Candidate[], text: Uint8Array): string[] {
  return [...new Set(found.map(({ start, core }) => `${start} of ${text.length}: ${core.bytes.slice(0, core.end)}`))].sort();
}

function requireSame(text: Uint8Array, { cores }: PatternIndex): number {
  const places = (scans: boolean) =>
    placesOf(candidatesIn(createSearch(text, { final: true, steps: Number.POSITIVE_INFINITY, scans }), cores), text);
  const found = places(true);
  assert.deepEqual(found, places(false));
  return found.length;
}

describe('what the scan passes over', () => {
  it('is nothing that a look at every place finds', () => {
    let found = 0;
    fc.assert(
      fc.property(
        fc.array(fc.oneof(value, valueWithCore), { minLength: 1, maxLength: 6 }),
        fc.array(piece, { minLength: 1, maxLength: 8 }),
        fc.nat(200),
        (values, pieces, before) => {
          const written = pieces.map((each) => {
            const whole = writings[each.writing]?.(values[each.value % values.length] ?? '') ?? '';
            // Also the rest of one, and one that is cut into lines.
            const rest = whole.slice(each.from > 20 ? each.from : 0);
            return each.before + each.edge + (each.line > 5 ? rest.replace(/(.{7})/gsu, '$1\r\n ') : rest);
          });
          const text = Buffer.from(`${' '.repeat(before)}${written.join('')}`);
          found += requireSame(Buffer.concat([text, Buffer.alloc(SCANNED_AT_LEAST_BYTES, ' ')]), indexOf(values));
          // At the end, and from part to part.
          found += requireSame(Buffer.concat([Buffer.alloc(SCANNED_AT_LEAST_BYTES, '.'), text]), indexOf(values));
        },
      ),
      random(400),
    );
    assert.ok(found > 600, `${found} places were found.`);
  });

  it('is nothing at the edges of what is in its memory', () => {
    const index = indexOf(['correct-horse7battery']);
    for (const written of ['correct-horse7battery', 'correct-hor\nse7battery', 'correct-%68orse7battery', 'correct-hor\\u0073e7battery']) {
      for (let before = PART_BYTES - 64; before < PART_BYTES + 8; before += 1) {
        const text = Buffer.alloc(PART_BYTES + 200, '.');
        text.write(written, before);
        assert.ok(requireSame(text, index) > 0, `${written} at ${before}`);
      }
    }
  });
});
