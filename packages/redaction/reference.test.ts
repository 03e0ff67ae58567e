import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type Form, writtenForms } from './forms.ts';
import { createPatternIndex } from './pattern-index.ts';
import { createSearch, findValues, type Span } from './search.ts';
import { ENCODINGS, tricky, value } from './testing/encodings.ts';
import { random } from './testing/random.ts';
import { type Match, matchesIn } from './testing/reference.ts';

const UNITS = [...'%25\\u0041&#x;amp+ nrt\r\n"/0AzZ9_', '%0a', '\\n', '&amp;', '\\u0041', '&#65;', '%2541', '\r\n  ', '\\101', '\\x41'];
const noise = fc.array(fc.constantFrom(...UNITS), { maxLength: 12 }).map((some) => some.join(''));
const writings = [...Object.values(ENCODINGS), (text: string) => Buffer.from(text).toString('base64')];
const piece = fc.record({
  before: fc.oneof(fc.constant(''), noise),
  edge: tricky,
  writing: fc.nat(writings.length - 1),
  value: fc.nat(3),
  from: fc.nat(12),
  length: fc.nat(120),
  line: fc.nat(14),
});
/** Of few letters, so that one often begins within another. */
const similar = fc.string({ unit: fc.constantFrom(...'aab1-.é'), minLength: 8, maxLength: 12 });
const values = fc.oneof(
  fc.array(value, { minLength: 1, maxLength: 3 }),
  fc.tuple(similar, similar, similar).map(([first, second, third]) => [first + second + third.slice(0, 4), second + third, third, first]),
);

/** All bytes of a form, or several that begin alike. */
const wholesOf = ({ head, wholes }: Form) => wholes?.() ?? [head];

/** A part of a value as it is written somewhere, cut off, and perhaps cut into lines. */
function written(
  of: readonly string[],
  { before, edge, writing, value, from, length, line }: typeof piece extends fc.Arbitrary<infer T> ? T : never,
) {
  // Two that follow one another, so that one in both is there.
  const whole = writings[writing]?.(`${of[value % of.length]}${length % 2 === 0 ? '' : of[(value + 1) % of.length]}`) ?? '';
  const part = length > 60 ? whole : whole.slice(from, from + length);
  const lines = line < 4 ? part : part.replace(new RegExp(`(.{${line}})(?=.)`, 'gsu'), line % 2 === 0 ? '$1\n' : '$1\r\n  ');
  return Buffer.from(before + edge + lines);
}

/** Wholly; of one that begins within another that is the same, its beginning. */
function isTaken(match: Match, taken: readonly Span[], matches: readonly Match[]): boolean {
  const again = matches.some(({ start, end, bytes }) => {
    const same = bytes.startsWith(match.bytes) || match.bytes.startsWith(bytes);
    return start < match.start && match.start < end && same;
  });
  return taken.some(({ start, end }) => start <= match.start && (again ? match.start < end : match.end <= end));
}

/** Whether matches reach from its beginning to its end, each beginning within the former or behind it. */
function isCovered({ start, end }: Span, matches: readonly Match[]): boolean {
  let reached = start;
  for (const match of matches) if (match.start >= start && match.start <= reached) reached = Math.max(reached, match.end);
  return matches.some((match) => match.start === start) && reached >= end;
}

describe('the search', () => {
  it('finds what a comparison of each form at each place finds, and nothing else', () => {
    let found = 0;
    fc.assert(
      fc.property(values, fc.array(piece, { minLength: 1, maxLength: 3 }), (some, pieces) => {
        const text = Buffer.concat(pieces.map((each) => written(some, each)));
        const forms = some.flatMap(writtenForms);
        const index = createPatternIndex();
        index.add(forms);
        const search = createSearch(text, { final: true, steps: Number.POSITIVE_INFINITY });
        const taken = findValues(search, index).values;
        const matches = matchesIn(text.toString('latin1'), [...new Set(forms.flatMap(wholesOf))]);
        const says = JSON.stringify({ values: some, text: text.toString('latin1'), taken, matches });
        for (const span of taken) assert.ok(isCovered(span, matches), `More is taken out than the values: ${says}`);
        for (const match of matches) assert.ok(isTaken(match, taken, matches), `A value is left: ${says}`);
        found += matches.length;
      }),
      random(300),
    );
    assert.ok(found > 50, `Only ${found} were there to be found.`);
  });
});
