import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type AuditEvent, AuditEventError, canonicalBody } from './index.ts';

const event: AuditEvent = { action: 'secret.create', actor: { kind: 'member', id: 'u', name: 'Ada' }, outcome: 'success' };

test('names are sorted, white space is absent and what is undefined is left out', () => {
  const body = canonicalBody({ ...event, context: { run: 'r', ip: '::1' }, detail: { b: [], a: null }, target: undefined });
  assert.equal(
    body,
    '{"action":"secret.create","actor":{"id":"u","kind":"member","name":"Ada"},"context":{"ip":"::1","run":"r"},"detail":{"a":null,"b":[]},"outcome":"success"}',
  );
});

test('numbers and names are written as RFC 8785 says', () => {
  // The examples of RFC 8785, sections 3.2.2.3 and 3.2.3.
  const numbers = { a: Number('333333333.33333329'), b: 1e30, c: 4.5, d: 2e-3, e: 0.000000000000000000000000001, f: -0 };
  assert.match(canonicalBody({ ...event, detail: numbers }), /{"a":333333333\.3333333,"b":1e\+30,"c":4\.5,"d":0\.002,"e":1e-27,"f":0}/);
  const names = { '\u20ac': 1, '\r': 2, '\ufb33': 3, '1': 4, '\u{1f600}': 5, '\u0080': 6, '\u00f6': 7 };
  assert.match(canonicalBody({ ...event, detail: names }), /{"\\r":2,"1":4,"\u0080":6,"ö":7,"€":1,"😀":5,"\ufb33":3}/);
});

test('the body reads back as the event', () => {
  const text = fc.string({ unit: 'grapheme' }).filter((candidate) => !candidate.includes('\0'));
  const fact = fc.oneof(
    text,
    fc.boolean(),
    fc.constant(null),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0),
    fc.array(text),
  );
  fc.assert(
    fc.property(fc.dictionary(text, text), fc.dictionary(text, fact), (context, detail) => {
      const body = canonicalBody({ ...event, context, detail });
      assert.deepEqual(JSON.parse(body), JSON.parse(JSON.stringify({ ...event, context, detail })));
      assert.equal(canonicalBody(JSON.parse(body)), body);
    }),
  );
});

for (const [why, wrong] of [
  ['an unknown field', { ...event, value: 'x' }],
  ['an unknown field of the actor', { ...event, actor: { ...event.actor, email: 'x' } }],
  ['an unknown field of the target', { ...event, target: { kind: 'secret', id: 'x', name: 'x', value: 'x' } }],
  ['an unknown outcome', { ...event, outcome: 'perhaps' }],
  ['an unknown kind of actor', { ...event, actor: { kind: 'robot', id: null, name: 'x' } }],
  ['an action that is no text', { ...event, action: 1 }],
  ['no actor', { action: 'x', outcome: 'success' }],
  ['a lone surrogate', { ...event, context: { run: '\ud800' } }],
  ['a lone surrogate in a name', { ...event, detail: { '\udfff': 1 } }],
  ['a NUL character', { ...event, context: { userAgent: 'a\0b' } }],
  ['a context that is no text', { ...event, context: { run: 1 } }],
  ['a number without end', { ...event, detail: { n: Number.POSITIVE_INFINITY } }],
  ['a number that is none', { ...event, detail: { n: Number.NaN } }],
  ['a function', { ...event, detail: { f: () => 1 } }],
  ['a big integer', { ...event, detail: { n: 1n } }],
  ['an object in the detail', { ...event, detail: { o: { nested: true } } }],
  ['a date', { ...event, detail: { d: new Date() } }],
  ['a list of numbers', { ...event, detail: { l: [1] } }],
  ['more than 65,536 bytes', { ...event, detail: { long: 'é'.repeat(33_000) } }],
] as const) {
  test(`an event with ${why} is refused`, () => {
    assert.throws(() => canonicalBody(wrong as unknown as AuditEvent), AuditEventError);
  });
}
