import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ACTIONS, type AuditEvent, createStatements, type LogEntry, RECORDERS, RecordViolation } from './index.ts';
import { entryOf } from './testing/log.ts';

type Part = Partial<AuditEvent>;
const hashOf = (versionId: string) => `hash of ${versionId}`;

function version(action: 'secret.create' | 'secret.replace', id: string, versionId: string, more: Part = {}): Part {
  const target = { kind: 'secret', id, name: id.toUpperCase(), versionId };
  return { action, target, commitment: { versionId, ciphertextHash: hashOf(versionId) }, ...more };
}
const created = (id: string, versionId: string, more?: Part) => version('secret.create', id, versionId, more);
const replaced = (id: string, versionId: string, more?: Part) => version('secret.replace', id, versionId, more);
const deleted = (id: string): Part => ({ action: 'secret.delete', target: { kind: 'secret', id, name: id.toUpperCase() } });

function stated(...events: readonly Part[]) {
  const statements = createStatements();
  for (const [index, event] of events.entries()) statements.apply(entryOf(index + 1, event));
  return statements;
}

function violation(...events: readonly Part[]): RecordViolation {
  const statements = stated(...events.slice(0, -1));
  return refused(() => statements.apply(entryOf(events.length, events.at(-1))));
}

function refused(apply: () => unknown): RecordViolation {
  try {
    apply();
  } catch (error) {
    assert.ok(error instanceof RecordViolation, String(error));
    return error;
  }
  assert.fail('It was accepted.');
}

test('the newest version of a secret is the one that may be used', () => {
  const { secrets } = stated(created('a', 'v1'), created('b', 'v9'), replaced('a', 'v2'), replaced('a', 'v3'));
  assert.deepEqual(secrets.get('a'), { versionId: 'v3', ciphertextHash: hashOf('v3'), policy: undefined, former: ['v1', 'v2'] });
  assert.equal(secrets.get('b')?.versionId, 'v9');
  assert.equal(secrets.get('c'), undefined);
});

test('after its deletion no version of a secret may be used', () => {
  assert.equal(stated(created('a', 'v1'), deleted('a')).secrets.get('a')?.versionId, null);
});

test('a component that gets another value of its own gives up the secret that it had', () => {
  const { secrets } = stated(created('own 1', 'v1'), replaced('own 2', 'v2', { detail: { option: 'key', replaces: 'own 1' } }));
  assert.deepEqual([secrets.get('own 1')?.versionId, secrets.get('own 2')?.versionId], [null, 'v2']);
});

test('what was refused or failed states nothing', () => {
  const definitions = [{ kind: 'secret', id: 'a', digest: 'wider' } as const];
  const { secrets } = stated(
    created('a', 'v1', { definitions: [{ kind: 'secret', id: 'a', digest: 'narrow' }] }),
    replaced('a', 'v2', { outcome: 'refused' }),
    { ...deleted('a'), outcome: 'failed' },
    { action: 'secret.update', outcome: 'refused', definitions },
  );
  assert.deepEqual([secrets.get('a')?.versionId, secrets.get('a')?.policy], ['v1', 'narrow']);
});

test('the newest definition of a secret and of a component holds, through a new value, and until deletion', () => {
  const define = (kind: 'secret' | 'component', id: string, digest: string | null): Part => ({
    action: 'component.update',
    definitions: [{ kind, id, digest }],
  });
  const first = stated(created('a', 'v1'), define('secret', 'a', 'one'), replaced('a', 'v2'), define('component', 'c', 'x'));
  assert.deepEqual([first.secrets.get('a')?.policy, first.components.get('c')], ['one', 'x']);
  const second = stated(created('a', 'v1'), define('secret', 'a', 'one'), define('secret', 'a', 'two'), define('component', 'c', null));
  assert.deepEqual([second.secrets.get('a')?.policy, second.components.get('c')], ['two', null]);
  const third = stated(created('a', 'v1', define('secret', 'a', 'one')), deleted('a'), define('secret', 'a', 'one'));
  assert.deepEqual([third.secrets.get('a')?.policy, third.secrets.get('a')?.versionId], [undefined, null]);
  assert.equal(stated(define('secret', 'unknown', 'one')).secrets.size, 0);
});

test('statements go on from what was stored, and leave it as it was', () => {
  const former = stated(created('a', 'v1'));
  const next = createStatements(former);
  next.apply(entryOf(2, replaced('a', 'v2')));
  assert.deepEqual([former.secrets.get('a')?.versionId, next.secrets.get('a')?.versionId], ['v1', 'v2']);
  assert.match(refused(() => next.apply(entryOf(3, replaced('a', 'v1')))).message, /puts a former version of a secret back/);
});

for (const [what, events, words] of [
  ['puts a former version back', [created('a', 'v1'), replaced('a', 'v2'), replaced('a', 'v1')], /puts a former version/],
  ['states the current version once more', [created('a', 'v1'), replaced('a', 'v1')], /puts a former version/],
  ['creates a secret a second time', [created('a', 'v1'), created('a', 'v2')], /creates a secret that was created before/],
  ['creates a secret that was deleted', [created('a', 'v1'), deleted('a'), created('a', 'v2')], /creates a secret that was created before/],
  ['replaces the value of a deleted secret', [created('a', 'v1'), deleted('a'), replaced('a', 'v2')], /was deleted/],
  ['replaces the value of a secret that never was', [replaced('a', 'v1')], /never created/],
  [
    'gives a value to what another replaced',
    [created('a', 'v1'), replaced('b', 'v2', { detail: { replaces: 'a' } }), replaced('a', 'v3')],
    /was deleted/,
  ],
  ['makes a version without a commitment', [{ ...created('a', 'v1'), commitment: undefined }], /does not commit/],
  [
    'commits to another version than it names',
    [created('a', 'v1', { commitment: { versionId: 'v0', ciphertextHash: 'x' } })],
    /names one version/,
  ],
] as const) {
  test(`an entry that ${what} is a violation, by number`, () => {
    const found = violation(...(events as readonly Part[]));
    assert.equal(found.sequence, events.length);
    assert.match(found.message, words);
  });
}

test('every action may be recorded by its recorder alone', () => {
  for (const [action, recorder] of Object.entries(ACTIONS)) {
    for (const by of [...RECORDERS, 'postgres', '']) {
      const entry = entryOf(1, { action: action as AuditEvent['action'] }, by);
      if (by === recorder) createStatements().apply(entry);
      else assert.match(refused(() => createStatements().apply(entry)).message, /may not record/, `${action} by ${by}`);
    }
  }
});

const good = entryOf(1);
for (const [what, body] of [
  ['that is no JSON', 'hello'],
  ['that is a number', '1'],
  ['that is null', 'null'],
  ['that is a list', '[]'],
  ['without an action', '{"actor":{"id":null,"kind":"system","name":"x"},"outcome":"success"}'],
  ['with an unknown action', good.body.replace('run.start', 'secret.reveal')],
  ['with the name of an inherited property as action', good.body.replace('run.start', 'toString')],
  ['without an actor', '{"action":"run.start","outcome":"success"}'],
  ['with an unknown outcome', good.body.replace('success', 'perhaps')],
  ['with an unknown field', good.body.replace('{"action"', '{"abc":1,"action"')],
  ['that is not canonical', good.body.replace(',"outcome"', ', "outcome"')],
  ['with a field twice', good.body.replace('{"action"', '{"action":"secret.use","action"')],
  ['with definitions that are no list', good.body.replace('"actor"', '"actor"').replace(',"outcome"', ',"definitions":7,"outcome"')],
  ['with a context that is null', good.body.replace(',"outcome"', ',"context":null,"outcome"')],
  ['with a detail that is null', good.body.replace(',"outcome"', ',"detail":null,"outcome"')],
  ['with a NUL character', good.body.replace('"name":"1"', '"name":"\\u0000"')],
  ['that is too long', good.body.replace('"name":"1"', `"name":"${'x'.repeat(61_440)}"`)],
] as const) {
  test(`an entry ${what} is a violation`, () => {
    refused(() => createStatements().apply({ ...good, body }));
  });
}

test('no body makes anything else than an event or a violation', () => {
  const apply = (body: string) => {
    try {
      createStatements().apply({ ...good, body } satisfies LogEntry);
    } catch (error) {
      assert.ok(error instanceof RecordViolation, String(error));
    }
  };
  fc.assert(fc.property(fc.json(), apply));
  const anything = fc.jsonValue();
  fc.assert(
    fc.property(fc.constantFrom('actor', 'target', 'context', 'detail', 'commitment', 'definitions', 'outcome'), anything, (field, value) =>
      apply(JSON.stringify({ ...JSON.parse(good.body), action: 'secret.create', [field]: value })),
    ),
  );
});
