import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  ACTIONS,
  type AuditEvent,
  createReSealCheck,
  createStatements,
  type LogEntry,
  RECORDERS,
  RecordViolation,
  type ReSeal,
  reSealBytes,
  statedDigest,
} from './index.ts';
import { entryOf, INSTANCE, ORGANIZATION, OTHER, testSigner } from './testing/log.ts';

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
  assert.deepEqual(secrets.get('a'), {
    versionId: 'v3',
    ciphertextHash: hashOf('v3'),
    policy: undefined,
    former: ['v1', 'v2'],
    approved: [],
  });
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

test('a test of what is not saved is stated by its intent until it has ended, and defines nothing else', () => {
  const tested = (outcome: 'intent' | 'success' | 'failed', digest: string | null): Part => ({
    action: 'component.test',
    outcome,
    definitions: [
      { kind: 'component-test', id: 't', digest },
      { kind: 'component', id: 'c', digest: 'smuggled' },
    ],
  });
  const began = stated(tested('intent', 'one'));
  assert.deepEqual([began.tests.get('t'), began.components.size], ['one', 0]);
  for (const outcome of ['success', 'failed'] as const) assert.equal(stated(tested('intent', 'one'), tested(outcome, null)).tests.size, 0);
  const elsewhere: Part = { action: 'component.update', definitions: [{ kind: 'component-test', id: 't', digest: 'one' }] };
  assert.deepEqual([stated(elsewhere).tests.size, stated(elsewhere).components.size], [0, 0]);
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

const decided = (verb: 'approve' | 'refuse' | 'revoke', id: string, destination: string | null, more: Part = {}): Part => ({
  action: `destination.${verb}`,
  target: { kind: 'secret', id, name: id.toUpperCase() },
  detail: { destination },
  ...more,
});

test('a destination is approved for one secret, through new values, until it is refused, revoked or the secret deleted', () => {
  const approved = (...events: readonly Part[]) => stated(created('a', 'v1'), created('b', 'v9'), ...events).secrets.get('a')?.approved;
  const both = [
    decided('approve', 'a', 'https://b:443'),
    decided('approve', 'a', 'https://a:443'),
    decided('approve', 'b', 'https://c:443'),
  ];
  assert.deepEqual(approved(...both), ['https://a:443', 'https://b:443']);
  assert.deepEqual(approved(...both, replaced('a', 'v2')), ['https://a:443', 'https://b:443']);
  for (const verb of ['refuse', 'revoke'] as const)
    assert.deepEqual(approved(...both, decided(verb, 'a', 'https://a:443')), ['https://b:443']);
  assert.deepEqual(approved(...both, deleted('a')), []);
  assert.deepEqual(approved(deleted('a'), ...both), []);
  assert.deepEqual(approved(decided('approve', 'a', 'https://a:443', { outcome: 'refused' })), []);
  assert.deepEqual(approved({ ...decided('approve', 'a', 'https://a:443'), action: 'destination.request' }), []);
  assert.equal(stated(decided('approve', 'c', 'https://a:443')).secrets.size, 0);
  assert.match(violation(created('a', 'v1'), decided('approve', 'a', null)).message, /names none/);
});

test('destinations are enforced until the record says that they are observed', () => {
  const set = (mode: string): Part => ({ action: 'organization.set-destination-mode', detail: { mode } });
  assert.equal(stated().destinationMode, 'enforce');
  assert.equal(stated(set('observe')).destinationMode, 'observe');
  assert.equal(stated(set('observe'), set('enforce')).destinationMode, 'enforce');
  assert.equal(createStatements(stated(set('observe'))).destinationMode, 'observe');
  assert.match(violation(set('off')).message, /does not know/);
});

const signer = testSigner();
const isReSealSigned = createReSealCheck({ instanceId: INSTANCE, organizationId: ORGANIZATION, signingKeys: [signer.signingKey] });

/** Version `v1` of the secret `a`, sealed again; `changes` are of what is stated, not of what is signed. */
function reSealed(changes: Part = {}, signed: Partial<ReSeal> = {}, sign = signer.sign): Part {
  const own = { instanceId: INSTANCE, organizationId: ORGANIZATION, secretId: 'a', versionId: 'v1', keyId: 'key 2' };
  const facts = { ...own, formerHash: hashOf('v1'), ciphertextHash: 'new', ...signed };
  const bytes = reSealBytes(facts);
  const { secretId, versionId, keyId, formerHash, ciphertextHash } = facts;
  return {
    action: 'secret.re-seal',
    target: { kind: 'secret', id: secretId, name: 'A', versionId },
    commitment: { versionId, ciphertextHash },
    detail: { key: keyId, formerHash, signature: Buffer.from(sign(bytes)).toString('base64url') },
    ...changes,
  };
}

function applied(events: readonly Part[], statements = createStatements(undefined, isReSealSigned)) {
  for (const [index, event] of events.entries()) {
    statements.apply(entryOf(index + 1, event, event.action === 'secret.re-seal' ? 'data' : 'control'));
  }
  return statements;
}

test('a version that was sealed again is the same version with other bytes', () => {
  const { secrets } = applied([created('a', 'v1'), reSealed()]);
  assert.deepEqual(secrets.get('a'), { versionId: 'v1', ciphertextHash: 'new', policy: undefined, former: [], approved: [] });
  const later = applied([
    created('a', 'v1'),
    reSealed(),
    reSealed({}, { formerHash: 'new', ciphertextHash: 'newer', keyId: 'key 3' }),
    replaced('a', 'v2'),
  ]);
  assert.deepEqual(later.secrets.get('a'), {
    versionId: 'v2',
    ciphertextHash: hashOf('v2'),
    policy: undefined,
    former: ['v1'],
    approved: [],
  });
});

test('a value that could not be sealed again stays what it was', () => {
  const { secrets } = applied([
    created('a', 'v1'),
    reSealed({ outcome: 'failed', commitment: undefined, detail: { code: 'value_refused' } }),
  ]);
  assert.equal(secrets.get('a')?.ciphertextHash, hashOf('v1'));
});

const stranger = testSigner();
for (const [what, events, words] of [
  ['of a secret that never was', [reSealed()], /is not the one that holds/],
  ['of a former version', [created('a', 'v1'), replaced('a', 'v2'), reSealed()], /is not the one that holds/],
  ['of a deleted secret', [created('a', 'v1'), deleted('a'), reSealed()], /is not the one that holds/],
  ['that names another version', [created('a', 'v1'), reSealed({ target: { kind: 'secret', id: 'a', name: 'A' } })], /is not the one that/],
  ['without a commitment', [created('a', 'v1'), reSealed({ commitment: undefined })], /does not commit/],
  ['of other bytes than those that hold', [created('a', 'v1'), reSealed({}, { formerHash: 'other' })], /other bytes/],
  ['a second time, as it was', [created('a', 'v1'), reSealed(), reSealed()], /other bytes/],
  ['signed by somebody else', [created('a', 'v1'), reSealed({}, {}, stranger.sign)], /without the signature/],
  ['without a signature', [created('a', 'v1'), reSealed({ detail: { key: 'key 2', formerHash: hashOf('v1') } })], /without the signature/],
  [
    'whose signature is no signature',
    [created('a', 'v1'), reSealed({ detail: { key: 'key 2', formerHash: hashOf('v1'), signature: 'é' } })],
    /without the signature/,
  ],
  ['signed for other bytes', [created('a', 'v1'), reSealed({ commitment: { versionId: 'v1', ciphertextHash: 'x' } })], /without the sig/],
  [
    'signed for another key',
    [created('a', 'v1'), { ...reSealed(), detail: { ...reSealed().detail, key: 'key 9' } }],
    /without the signature/,
  ],
  ['signed in another organization', [created('a', 'v1'), reSealed({}, { organizationId: OTHER })], /without the signature/],
  ['signed in another instance', [created('a', 'v1'), reSealed({}, { instanceId: OTHER })], /without the signature/],
] as const) {
  test(`a re-seal ${what} is a violation`, () => {
    assert.match(refused(() => applied(events as readonly Part[])).message, words);
  });
}

test('without a signing key no re-seal is believed', () => {
  assert.match(refused(() => applied([created('a', 'v1'), reSealed()], createStatements())).message, /without the signature/);
  const none = createReSealCheck({ instanceId: INSTANCE, organizationId: ORGANIZATION, signingKeys: ['A'.repeat(43), ''] });
  assert.match(
    refused(() => applied([created('a', 'v1'), reSealed()], createStatements(undefined, none))).message,
    /without the signature/,
  );
});

test('every action may be recorded by its recorders alone', () => {
  for (const [action, recorders] of Object.entries(ACTIONS)) {
    for (const by of [...RECORDERS, 'postgres', '']) {
      const detail = { destination: 'https://api.example.com:443', mode: 'observe' };
      const entry = entryOf(1, { action: action as AuditEvent['action'], detail }, by);
      if ([recorders].flat().some((recorder) => recorder === by)) createStatements().apply(entry);
      else {
        for (const made of [undefined, JSON.parse(entry.body)]) {
          assert.match(refused(() => createStatements().apply(entry, made)).message, /may not record/, `${action} by ${by}`);
        }
      }
    }
  }
});

test('definitions are stated by the control plane, and by the operator who restores, alone', () => {
  const secretId = 'a';
  const definitions: AuditEvent['definitions'] = [
    { kind: 'secret', id: secretId, digest: 'digest' },
    { kind: 'component', id: 'c', digest: 'digest' },
    { kind: 'trigger', id: 't', digest: 'digest' },
  ];
  for (const [action, recorders] of Object.entries(ACTIONS)) {
    if (action === 'component.test' || action === 'secret.re-seal') continue;
    for (const by of [recorders].flat()) {
      const statements = stated(created(secretId, 'v1'));
      const detail = { destination: 'https://api.example.com:443', mode: 'observe' };
      const entry = entryOf(2, { action: action as AuditEvent['action'], detail, definitions }, by);
      for (const made of [undefined, JSON.parse(entry.body)]) statements.apply(entry, made);
      const expected = by === 'control' || action === 'instance.restore' ? 'digest' : undefined;
      for (const { kind, id } of definitions) assert.equal(statedDigest(statements, { kind, id }), expected, `${action} by ${by}: ${kind}`);
    }
  }
});

test('an event that was made here states what its body does', () => {
  const events = [created('a', 'v1'), created('b', 'v9'), replaced('a', 'v2'), deleted('b')];
  const entries = events.map((event, index) => entryOf(index + 1, event));
  const [read, made] = [createStatements(), createStatements()];
  for (const entry of entries) assert.deepEqual(made.apply(entry, JSON.parse(entry.body)), read.apply(entry));
  assert.deepEqual(new Map(made.secrets), new Map(read.secrets));
});

const good = entryOf(1);
for (const [what, body] of [
  ['that is no JSON', 'hello'],
  ['that is a number', '1'],
  ['that is null', 'null'],
  ['that is a list', '[]'],
  ['without an action', '{"actor":{"id":null,"kind":"system","name":"x"},"outcome":"success"}'],
  ['with an unknown action', good.body.replace('run.cancel', 'secret.reveal')],
  ['with the name of an inherited property as action', good.body.replace('run.cancel', 'toString')],
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
