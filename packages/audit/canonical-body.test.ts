import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isCanonicalBody } from './canonical-body.ts';
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

test('a text is a canonical body when it is what would be written of its event, and only then', () => {
  const written = (text: string) => {
    try {
      return canonicalBody(JSON.parse(text)) === text;
    } catch (error) {
      if (error instanceof AuditEventError) return false;
      throw error;
    }
  };
  const check = (text: string) => assert.equal(isCanonicalBody(text, JSON.parse(text)), written(text), text);
  const name = fc.oneof(fc.constantFrom('a', 'b', '1', '10', '9', '\r', '\ud800', '\0', 'é'), fc.string({ unit: 'binary', maxLength: 4 }));
  const fact = fc.oneof(name, fc.double(), fc.boolean(), fc.array(name), fc.constant(null), fc.dictionary(name, name));
  fc.assert(
    fc.property(fc.dictionary(name, name, { maxKeys: 4 }), fc.dictionary(name, fact, { maxKeys: 4 }), (context, detail) => {
      check(JSON.stringify({ ...event, context, detail }));
      const sorted = { action: event.action, actor: { id: 'u', kind: 'member', name: 'Ada' }, context, detail, outcome: event.outcome };
      check(JSON.stringify(sorted));
      if (written(JSON.stringify(sorted))) assert.ok(isCanonicalBody(canonicalBody(sorted as AuditEvent), sorted as AuditEvent));
    }),
    { numRuns: 300 },
  );
  check(canonicalBody({ ...event, detail: { long: 'x'.repeat(25_000) } }));
  check(canonicalBody({ ...event, detail: { long: '' } }).replace('""', `"${'x'.repeat(70_000)}"`));
});

test('a text that is nested deeper than the stack is no canonical body', () => {
  const nested = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
  for (const field of ['action', 'actor', 'commitment', 'context', 'definitions', 'detail', 'outcome', 'target']) {
    for (const value of [nested, `{"a":${nested}}`]) {
      const text = JSON.stringify({ ...event, [field]: 0 }).replace(`"${field}":0`, `"${field}":${value}`);
      assert.equal(isCanonicalBody(text, JSON.parse(text)), false, field);
    }
  }
});

for (const [why, wrong] of [
  ['an unknown field', { ...event, value: 'x' }],
  ['an unknown field of the actor', { ...event, actor: { ...event.actor, email: 'x' } }],
  ['an unknown field of the target', { ...event, target: { kind: 'secret', id: 'x', name: 'x', value: 'x' } }],
  ['an unknown outcome', { ...event, outcome: 'perhaps' }],
  ['an unknown kind of actor', { ...event, actor: { kind: 'robot', id: null, name: 'x' } }],
  ['an action that is no text', { ...event, action: 1 }],
  ['an unknown action', { ...event, action: 'secret.reveal' }],
  ['no actor', { action: 'run.start', outcome: 'success' }],
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
  ['more than 61,440 bytes', { ...event, detail: { long: 'é'.repeat(30_700) } }],
  ['a context that is null', { ...event, context: null }],
  ['a detail that is null', { ...event, detail: null }],
  ['definitions that are no list', { ...event, definitions: 7 }],
  ['a definition of an unknown kind', { ...event, definitions: [{ kind: 'project', id: 'x', digest: null }] }],
  ['a definition without a digest', { ...event, definitions: [{ kind: 'secret', id: 'x' }] }],
  ['a definition with an unknown field', { ...event, definitions: [{ kind: 'secret', id: 'x', digest: null, more: 1 }] }],
] as const) {
  test(`an event with ${why} is refused`, () => {
    assert.throws(() => canonicalBody(wrong as unknown as AuditEvent), AuditEventError);
  });
}
