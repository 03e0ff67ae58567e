import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { type DotenvFault, parseDotenv } from './dotenv.ts';

const values = (text: string) => Object.fromEntries(parseDotenv(text).entries.map(({ name, value }) => [name, value]));
const faults = (text: string) =>
  parseDotenv(text).faults.map(({ line, rule, name }) => [line, rule, ...(name === undefined ? [] : [name])]);

describe('one line reads', () => {
  for (const [what, line, value] of [
    ['plain', 'A=one', 'one'],
    ['with spaces around', '  A = spaced out \t', 'spaced out'],
    ['exported', 'export A=one', 'one'],
    ['with a comment', 'A=one # why', 'one'],
    ['with a comment and no value', 'A= # note', undefined],
    ['with nothing', 'A=', undefined],
    ['with empty quotes', 'A=""', undefined],
    ['with a hash inside', 'A=one#two', 'one#two'],
    ['with a hash in front', 'A=#one', '#one'],
    ['with an equals sign inside', 'A=https://a.example/?b=c#d', 'https://a.example/?b=c#d'],
    ['with quotes inside', `A=it's "so"`, `it's "so"`],
    ['in single quotes', `A='one # "two" \\n'`, 'one # "two" \\n'],
    ['in backquotes', 'A=`one \'two\' "three"`', 'one \'two\' "three"'],
    ['in double quotes and a comment', 'A="one" # why', 'one'],
    ['with every escape', 'A="a\\nb\\rc\\td\\"e\\\\f\\$g"', 'a\nb\rc\td"e\\f$g'],
    ['with a backslash that is none', 'A="DOMAIN\\svc"', 'DOMAIN\\svc'],
    ['with a path of Windows', 'A="C:\\new\\temp"', 'C:\new\temp'],
    ['with a path of Windows in single quotes', "A='C:\\new\\temp'", 'C:\\new\\temp'],
    ['with a path of Windows without quotes', 'A=C:\\new\\temp', 'C:\\new\\temp'],
    ['with a variable', 'A="$HOME and $(HOME)"', '$HOME and $(HOME)'],
    ['with a no-break space at its end', 'A=one\u00a0', 'one\u00a0'],
  ] as const) {
    test(what, () => {
      const read = parseDotenv(line);
      assert.deepEqual(read.faults, []);
      assert.equal(read.entries[0]?.value, value);
      assert.deepEqual(read.skipped, value === undefined ? [{ name: 'A', line: 1 }] : []);
    });
  }
});

test('the names for which an escape was applied are reported, and no others', () => {
  const text = 'A="C:\\new\\temp"\nB="DOMAIN\\svc"\nC="a\\\\b"\nD=\'a\\nb\'\nE=a\\nb\nF="\\$1"\n';
  const { escaped, entries } = parseDotenv(text);
  assert.deepEqual(escaped, ['A', 'C', 'F']);
  assert.deepEqual(
    entries.filter((entry) => entry.escaped).map(({ name }) => name),
    ['A', 'C', 'F'],
  );
});

test('a byte order mark in front and line ends of any system change nothing of values on one line', () => {
  for (const end of ['\n', '\r\n', '\r']) {
    const read = parseDotenv(`\ufeffA=one${end}${end}# note${end}B="two" # why${end}C='three'${end}D=${end}export E=five`);
    assert.deepEqual(read.faults, []);
    assert.deepEqual(
      read.entries.map(({ name, value, line }) => [name, value, line]),
      [
        ['A', 'one', 1],
        ['B', 'two', 4],
        ['C', 'three', 5],
        ['E', 'five', 7],
      ],
    );
    assert.deepEqual(read.skipped, [{ name: 'D', line: 6 }]);
  }
});

test('a value in quotes goes over several lines, whose ends are kept as they are', () => {
  for (const quote of ['"', "'", '`']) {
    for (const value of ['one\ntwo\n', 'one\r\ntwo\r\n', 'one\r\ntwo\nthree', '\none # two\n\n']) {
      const read = parseDotenv(`A=${quote}${value}${quote} # why\nB=next`);
      assert.deepEqual(values(`A=${quote}${value}${quote} # why\nB=next`), { A: value, B: 'next' });
      assert.equal(read.entries[1]?.line, (read.entries[0]?.lastLine ?? 0) + 1);
    }
  }
});

test('all faults come out at once, each with its line, its rule and, where there is one, its name', () => {
  const text = [
    'A=one', // 1
    'no entry', // 2
    'B="never closed', // 3
    'A=two', // 4
    'a=three', // 5
    '9C=four', // 6
    'D="five" six', // 7
    '=seven', // 8
    `E=********`, // 9
    'export F', // 10
    'G: eight', // 11
    "H='ok'", // 12
  ].join('\n');
  assert.deepEqual(faults(text), [
    [2, 'not-an-entry'],
    [3, 'text-after-quote', 'B'],
    [4, 'duplicate', 'A'],
    [5, 'differs-in-case', 'a'],
    [6, 'name'],
    [7, 'text-after-quote', 'D'],
    [8, 'not-an-entry'],
    [9, 'value', 'E'],
    [10, 'not-an-entry'],
    [11, 'not-an-entry'],
  ]);
  assert.deepEqual(faults('A=one\nB="never closed\nC=two'), [[2, 'unterminated-quote', 'B']]);
});

test('a duplicate is reported with both lines, an empty one and one of another case too', () => {
  const both = ({ line, otherLine }: DotenvFault) => [otherLine, line];
  assert.deepEqual(parseDotenv('A=1\nB=2\nA=3\nA=4').faults.map(both), [
    [1, 3],
    [1, 4],
  ]);
  assert.deepEqual(parseDotenv('Key=1\n\nKEY=').faults.map(both), [[1, 3]]);
  assert.deepEqual(parseDotenv('A=\nA=2').faults.map(both), [[1, 2]]);
});

test('a key that stands without quotes is one fault, and no piece of it passes for a name', () => {
  const key = ['-----BEGIN PRIVATE KEY-----', 'MIIEvQIBADANBgkqhkiG', 'AbCdEfGhIjKl', 'QUJD=', '-----END PRIVATE KEY-----'].join('\n');
  assert.deepEqual(faults(`A=${key}\nB=two`), [[1, 'unquoted-lines', 'A']]);
  for (const text of [
    'A=one\nQUJDabc1MII=\n',
    'A=one\nAbCd9xMIIEv==',
    `A=one\n${key}\nB=two`,
    `A="${key.slice(0, -4)}\nB=two`,
    key,
    `A=${key.replace(/-----END.*/, '')}\nB=two`,
  ]) {
    const read = parseDotenv(text);
    assert.ok(read.faults.length > 0);
    assert.doesNotMatch(JSON.stringify([read.faults, read.skipped, read.entries.map(({ name }) => name)]), /MII|AbCd|QUJD/);
  }
});

test('what looks like a mistake in a value is reported with its entry, and one that is refused is a fault', () => {
  const read = parseDotenv('A=sk-live\u200b4242\nB=ok-as-it-is\nC="A_B=sk-live-4242"\n');
  assert.deepEqual(
    read.entries.map(({ warnings }) => warnings.map(({ code }) => code)),
    [['invisible-character'], [], ['name-in-front']],
  );
});

test('an empty text, comments and blank lines are no entries and no faults', () => {
  for (const text of ['', '\n\n', '\ufeff', '# note\n  # another\n\t\n']) {
    assert.deepEqual(parseDotenv(text), { entries: [], skipped: [], escaped: [], faults: [] });
  }
});

test('a file that opens a key in each of 200,000 lines and ends none is read in one walk', { timeout: 120_000 }, () => {
  assert.equal(parseDotenv('1=-----BEGIN A\n'.repeat(200_000)).faults.length, 200_000);
});

const NAME = fc.stringMatching(/^[A-Z][A-Z0-9_]{0,20}$/);
const VALUE = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 }).map((text) => `a key ${text}\r\n${text} and\\more\t`);
const written = (value: string) => `"${value.replace(/[\\"$]/g, '\\$&').replace(/\t/g, '\\t')}"`;

test('what is written by the rule is read as it was meant, whatever it holds', () => {
  fc.assert(
    fc.property(fc.dictionary(NAME, VALUE), fc.constantFrom('\n', '\r\n'), (record, end) => {
      const unique = new Map(Object.entries(record).map(([name, value]) => [name.toLowerCase(), [name, value] as const]));
      const lines = [...unique.values()].map(([name, value], index) => `${index % 2 ? 'export ' : ''}${name}=${written(value)} # why`);
      const read = parseDotenv(lines.join(end));
      assert.deepEqual(read.faults, []);
      assert.deepEqual(
        read.entries.map(({ name, value }) => [name, value]),
        [...unique.values()].map(([name, value]) => [name, value]),
      );
    }),
  );
});

test('any text is read without an error; what is left out is named, and no message holds a piece of a value', () => {
  const piece = fc.oneof(
    fc.constantFrom(
      'A',
      '=',
      '"',
      "'",
      '`',
      '\\',
      '\n',
      '\r\n',
      ' ',
      '#',
      'export ',
      'B=',
      '\ufeff',
      '-----BEGIN X-----',
      '-----END X-----',
    ),
    fc.string({ maxLength: 5 }),
    fc.constant('JKWVUY'),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
      const text = pieces.join('');
      const read = parseDotenv(text);
      assert.equal(new Set(read.entries.map(({ name }) => name.toLowerCase())).size, read.entries.length);
      for (const { message, line } of read.faults) {
        assert.ok(line >= 1 && line <= text.split(/\r\n|\n|\r/).length);
        assert.ok(!message.includes('JKWVUY') || read.entries.some(({ name }) => name.includes('JKWVUY')) || read.skipped.length > 0);
      }
    }),
    { numRuns: 2_000 },
  );
});

test('two thousand entries, and a long file of faults, are read in a moment', () => {
  const many = Array.from({ length: 2_000 }, (_, index) => `NAME_${index}="value ${index} of many\\n"`).join('\n');
  assert.equal(parseDotenv(many).entries.length, 2_000);
  for (const unit of ['A="\n', "A='x\n", 'A=-----BEGIN X-----\n', 'A= #', '"', '=\n', ' ', '\\"', 'A="\\']) {
    const started = performance.now();
    parseDotenv(unit.repeat(20_000));
    assert.ok(performance.now() - started < 10_000, unit);
  }
});
