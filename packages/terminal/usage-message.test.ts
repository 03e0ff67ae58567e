import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withoutValue } from './usage-message.ts';

test('a value in an unknown option or command is not repeated, and its name is', () => {
  for (const [word, name] of [
    ['--value=kept-to-itself', '--value'],
    ["--password=it's kept-to-itself'\n", '--password'],
    ['-pkept-to-itself', '-p'],
    ['API_KEY=kept-to-itself', 'API_KEY'],
    ['--note kept-to-itself', '--note'],
  ] as const) {
    for (const suggestion of ['', '\n(Did you mean --version?)']) {
      const kind = word.startsWith('-') ? 'option' : 'command';
      const message = withoutValue(`error: unknown ${kind} '${word}'${suggestion}\n`);
      assert.ok(message.startsWith(`error: unknown ${kind} '${name}'${suggestion}`), message);
      assert.doesNotMatch(message, /kept-to-itself/);
      assert.match(message, /treat it as leaked/);
    }
  }
});

test('every other message stays as it is', () => {
  for (const message of ["error: unknown option '--valeu'\n(Did you mean --value?)\n", "error: missing required argument 'name'"]) {
    assert.equal(withoutValue(message), message);
  }
});
