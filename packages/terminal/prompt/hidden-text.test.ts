import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type HiddenTextOptions, type HiddenTextOutcome, hiddenText } from './hidden-text.ts';

const MANY: HiddenTextOptions = { lines: 'many', maximumBytes: 65_536 };
const ONE: HiddenTextOptions = { lines: 'one', maximumBytes: 65_536 };

/** What comes of these arrivals; an arrival of `null` is a while in which nothing came. */
function outcomeOf(arrivals: readonly (string | Uint8Array | null)[], options = MANY): HiddenTextOutcome | undefined {
  const typed = hiddenText(options);
  for (const arrival of arrivals) {
    if (arrival === null) typed.quiet();
    else typed.take(typeof arrival === 'string' ? Buffer.from(arrival) : arrival);
  }
  return typed.outcome();
}
const text = (value: string) => ({ kind: 'text', text: value });
const paste = (content: string) => `\x1b[200~${content}\x1b[201~`;
const LINES = ['-----BEGIN KEY-----', 'YWJj', '=', '-----END KEY-----'];

test('a line ends with Enter when nothing follows it', () => {
  for (const enter of ['\r', '\n', '\r\n']) {
    assert.equal(outcomeOf([`hunter2${enter}`]), undefined, 'Enter alone may be the first line of a paste');
    assert.deepEqual(outcomeOf([`hunter2${enter}`, null]), text('hunter2'));
    assert.deepEqual(outcomeOf(['hun', 'ter2', enter, null], ONE), text('hunter2'));
  }
});

test('a marked paste of many lines is one text, its line ends LF, however the terminal writes them', () => {
  for (const end of ['\r', '\n', '\r\n']) {
    const pasted = LINES.join(end);
    assert.deepEqual(outcomeOf([paste(pasted), '\r']), text(LINES.join('\n')));
    assert.deepEqual(outcomeOf([paste(`${pasted}${end}`), '\r']), text(LINES.join('\n')), 'one line end at the end goes, as from a pipe');
    assert.deepEqual(outcomeOf([paste(`${pasted}${end}${end}`), '\r']), text(`${LINES.join('\n')}\n`));
  }
});

test('a marked paste without Enter is not over', () => {
  assert.equal(outcomeOf([paste('value'), null, null]), undefined);
});

test('a paste may come in any pieces: also its marks and characters of several bytes may be cut', () => {
  const value = `schlüssel 🔑\n\ttab\x1b[31m and \x1b[20 no mark\n${'x'.repeat(300)}`;
  const bytes = Buffer.from(`${paste(value.replaceAll('\n', '\r'))}\r`);
  fc.assert(
    fc.property(fc.array(fc.nat(bytes.length), { maxLength: 20 }), (cuts) => {
      const places = [0, ...cuts.sort((a, b) => a - b), bytes.length];
      const pieces = places.slice(1).map((place, index) => bytes.subarray(places[index], place));
      assert.deepEqual(outcomeOf(pieces), text(value));
    }),
  );
  assert.deepEqual(outcomeOf([...bytes].map((byte) => Uint8Array.of(byte))), text(value));
});

test('without marks, lines that follow at once make one text, which an end sign ends', () => {
  for (const end of ['\r', '\n', '\r\n']) {
    const burst = LINES.join(end);
    assert.equal(outcomeOf([burst, null, null]), undefined, 'it waits for the end sign');
    for (const sign of ['\x04', `${end}.${end}`]) {
      assert.deepEqual(outcomeOf([burst, null, sign, null]), text(LINES.join('\n')));
      assert.deepEqual(outcomeOf([`${burst}${end}`, null, sign.trimStart(), null]), text(LINES.join('\n')));
    }
  }
});

test('a block that begins with BEGIN goes on after Enter, however slowly its lines come', () => {
  assert.deepEqual(outcomeOf([...LINES.flatMap((line) => [`${line}\r`, null, null]), '.\r', null]), text(LINES.join('\n')));
});

test('what follows the end sign refuses the whole', () => {
  for (const sign of ['\x04', '.\r']) {
    assert.deepEqual(outcomeOf([`a\rb\r${sign}rest`, null]), { kind: 'refused', reason: 'after-the-end' });
  }
  assert.deepEqual(outcomeOf([`${paste('a')}\rrest`]), { kind: 'refused', reason: 'after-the-end' });
});

test('where one line is wanted, several are refused, marked or not', () => {
  const refused = { kind: 'refused', reason: 'several-lines' };
  for (const end of ['\r', '\n', '\r\n']) {
    assert.deepEqual(outcomeOf([`first${end}second`], ONE), refused);
    assert.deepEqual(outcomeOf([`first${end}`, 'second'], ONE), refused);
    assert.deepEqual(outcomeOf([`${paste(`first${end}second`)}\r`], ONE), refused);
    assert.deepEqual(outcomeOf([`first${end}${paste('second')}`], ONE), refused);
    assert.deepEqual(outcomeOf([`${paste(`first${end}`)}\r`], ONE), text('first'));
  }
});

test('Ctrl-C and Ctrl-\\ cancel everywhere, Ctrl-D where nothing was typed', () => {
  for (const before of ['', 'abc', 'a\rb', paste('abc'), '\x1b[200~the end of the paste never comes']) {
    for (const key of ['\x03', '\x1c']) assert.deepEqual(outcomeOf([`${before}${key}`]), { kind: 'cancelled' });
  }
  assert.deepEqual(outcomeOf(['\x04']), { kind: 'cancelled' });
  assert.deepEqual(outcomeOf(['abc\x04', null]), text('abc'));
});

test('Backspace takes a whole character away, Ctrl-U everything, arrows do nothing', () => {
  assert.deepEqual(outcomeOf(['abü\x7f🔑\x08c\r', null]), text('abc'));
  assert.deepEqual(outcomeOf(['\x7fwrong\x15right\r', null]), text('right'));
  assert.deepEqual(outcomeOf(['a\x1b[D\x1b[1;5C\x1bOPb\x1b', null, 'c\r', null]), text('abc'));
  assert.deepEqual(outcomeOf(['a\rb\x15c\r', null]), text('c'), 'also the state of several lines');
});

test('lines with control characters among them, without marks, are refused: they may not be what was copied', () => {
  assert.deepEqual(outcomeOf(['a\x1b[Db\rc', null, '\x04', null]), { kind: 'refused', reason: 'control-characters' });
  assert.deepEqual(outcomeOf(['a\rb\x00c', null, '\x04', null]), { kind: 'refused', reason: 'control-characters' });
});

test('the largest text is taken, one byte more is refused, in each form', () => {
  const largest = 'x'.repeat(65_536);
  const refused = { kind: 'refused', reason: 'too-large' };
  assert.deepEqual(outcomeOf([`${largest}\r`, null]), text(largest));
  assert.deepEqual(outcomeOf([`${paste(`${largest}\r`)}\r`]), text(largest));
  for (const over of [`${largest}x\r`, `${paste(`${largest}x`)}\r`, paste('y'.repeat(200_000)), `a\r${largest}`]) {
    assert.deepEqual(outcomeOf([over, null]), refused);
  }
  assert.equal(outcomeOf([`\x1b[200~${'y'.repeat(200_000)}`, null]), undefined, 'while it is still coming there is no answer');
});

test('bytes that are no UTF-8 are refused', () => {
  assert.deepEqual(outcomeOf([Uint8Array.of(0x61, 0xe4, 0x0d), null]), { kind: 'refused', reason: 'not-utf-8' });
});

test('sizes are shown, and nothing else', () => {
  const typed = hiddenText(MANY);
  typed.take(Buffer.from(paste(Array.from({ length: 28 }, () => 'ü'.repeat(30)).join('\r'))));
  assert.deepEqual(typed.size(), { lines: 28, bytes: 28 * 60 + 27, characters: 28 * 30 + 27, waitsForEndSign: false, pasted: true });
});
