import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createValueRedactor, REDACTED } from './redactor.ts';
import { value } from './testing/encodings.ts';
import { random } from './testing/random.ts';

const quoted = (text: string, sign: string, by: string) => text.replaceAll(sign, by);
const inPowerShell = (text: string) => `'${quoted(text, "'", "''")}'`;
/** What writes a value as a whole, or one sign with others around it. */
const FORMS: Readonly<Record<string, (text: string) => Buffer>> = {
  'a shell’s single quotes': (text) => Buffer.from(`'${quoted(text, "'", "'\\''")}'`),
  'single quotes of shlex': (text) => Buffer.from(`'${quoted(text, "'", `'"'"'`)}'`),
  'SQL and PowerShell': (text) => Buffer.from(inPowerShell(text)),
  CSV: (text) => Buffer.from(`"${quoted(text, '"', '""')}"`),
  CDATA: (text) => Buffer.from(`<![CDATA[${quoted(text, ']]>', ']]]]><![CDATA[>')}]]>`),
  'a shell’s quotes in JSON': (text) => Buffer.from(JSON.stringify(`'${quoted(text, "'", "'\\''")}'`)),
  'UTF-16, little-endian': (text) => Buffer.from(text, 'utf16le'),
  'UTF-16, big-endian': (text) => Buffer.from(text, 'utf16le').swap16(),
};

describe('a value is taken out', () => {
  for (const [name, write] of Object.entries(FORMS)) {
    it(`as it is written by ${name}`, () => {
      const withSigns = fc.oneof(
        value,
        fc.string({ unit: fc.constantFrom("'", '"', ']', '>', 'a', '\\', ' '), minLength: 10, maxLength: 20 }),
      );
      fc.assert(
        fc.property(
          withSigns.filter((text) => text.trim() === text),
          (secret) => {
            const redactor = createValueRedactor();
            redactor.protect(secret);
            const written = write(secret);
            const cleaned = Buffer.from(redactor.redactBytes(written));
            const says = JSON.stringify({ secret, written: written.toString('latin1'), cleaned: cleaned.toString('latin1') });
            assert.ok(cleaned.includes(REDACTED), says);
            assert.ok(!cleaned.includes(written), says);
          },
        ),
        random(300),
      );
    });
  }

  it('as bash quotes it for itself', { skip: !existsSync('/bin/bash') }, () => {
    const secret = `it's "a" $value\twith\n\x1b signs & é ${'`'}x${'`'} \\ *?`;
    const redactor = createValueRedactor();
    redactor.protect(secret);
    for (const locale of ['C', 'C.UTF-8']) {
      const run = (script: string) =>
        execFileSync('bash', ['--norc', '-c', script, 'bash', secret], { env: { LC_ALL: locale, PATH: process.env.PATH ?? '' } });
      for (const script of [`printf %q "$1"`, `set -x; : "$1"; exec 2>&1`, `v="$1"; declare -p v`, `echo "\${1@Q}"`]) {
        const written = run(`exec 2>&1; ${script}`);
        const cleaned = Buffer.from(redactor.redactBytes(written)).toString();
        assert.ok(cleaned.includes(REDACTED) && !cleaned.includes('signs'), `${script}: ${cleaned}`);
      }
    }
  });
});
