import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { hash, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { uuidv7 } from '@holdfast/envelope';
import fc from 'fast-check';
import { createIdSet } from './id-set.ts';
import { createSecretStatements, DELETED, type SecretStatement } from './secret-statements.ts';

const digest = () => hash('sha256', randomBytes(8), 'base64url');

test('statements come back as they were put in, whatever their ids and hashes look like', () => {
  const text = fc.oneof(
    fc.constantFrom('v1', '', 'A'.repeat(43), '_'.repeat(43), `${'A'.repeat(42)}B`, '00000000-0000-0000-0000-000000000000'),
    fc.uuid(),
    fc.uuid().map((id) => id.toUpperCase()),
    fc.constant(0).map(digest),
    fc.string(),
  );
  const statement = fc.record(
    {
      versionId: text,
      ciphertextHash: text,
      policy: fc.option(text, { nil: undefined }),
      former: fc.array(text, { maxLength: 2 }),
      approved: fc.array(text, { maxLength: 2 }),
    },
    { noNullPrototype: true },
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(text, fc.oneof(statement, fc.constant(DELETED))), { maxLength: 30 }), (stated) => {
      const map = new Map<string, SecretStatement>();
      const statements = createSecretStatements();
      for (const [id, each] of stated) {
        // What was deleted never comes back.
        if (map.get(id)?.versionId === null) continue;
        map.set(id, each);
        statements.set(id, each);
      }
      assert.equal(statements.size, map.size);
      for (const [id, each] of map) assert.deepEqual(statements.get(id), each);
      assert.deepEqual(new Map(statements), map);
      assert.deepEqual(new Map(createSecretStatements(map)), map);
    }),
  );
});

test('a hash that is written in another way stays another one', () => {
  const usual = hash('sha256', 'x', 'base64url');
  // The last character has two bits that say nothing.
  const other = `${usual.slice(0, -1)}${String.fromCharCode(usual.charCodeAt(42) + 1)}`;
  assert.deepEqual(Buffer.from(other, 'base64url'), Buffer.from(usual, 'base64url'));
  for (const [ciphertextHash, policy] of [
    [other, undefined],
    [usual, other],
    [other, other],
  ] as const) {
    const statements = createSecretStatements();
    statements.set('a', { versionId: uuidv7(), ciphertextHash, policy, former: [], approved: [] });
    assert.deepEqual([statements.get('a')?.ciphertextHash, statements.get('a')?.policy], [ciphertextHash, policy]);
  }
});

test('a secret that was deleted is known for ever', () => {
  const statements = createSecretStatements();
  const [id, versionId] = [uuidv7(), uuidv7()];
  statements.set(id, DELETED);
  statements.set(id, { versionId, ciphertextHash: digest(), policy: undefined, former: [], approved: [] });
  assert.deepEqual([statements.has(id), statements.get(id), statements.size], [true, DELETED, 1]);
});

test('a set of ids grows, and knows each of them and no other', () => {
  const set = createIdSet();
  const ids = Array.from({ length: 5_000 }, () => uuidv7());
  for (const id of [...ids, ...ids.slice(0, 10)]) set.add(id);
  assert.equal(set.size, ids.length);
  assert.deepEqual(new Set(set), new Set(ids));
  assert.ok(ids.every((id) => set.has(id)) && !set.has(uuidv7()) && !set.has(ids[0]?.toUpperCase() ?? ''));
});

test('ids that somebody made alike do not meet in one place', { timeout: 60_000 }, () => {
  const set = createIdSet();
  const alike = (number: number) => `${number.toString(16).padStart(8, '0')}-0000-7000-8000-000000000000`;
  // Had they one place, the last alone would take 200,000 steps, and all of them minutes.
  for (let number = 1; number <= 200_000; number += 1) set.add(alike(number));
  assert.deepEqual([set.size, set.has(alike(200_000)), set.has(alike(200_001))], [200_000, true, false]);
});

test('what is kept of deleted secrets takes a few bytes each, and of living ones a fifth of an object', () => {
  const script = `
    import { hash, randomBytes, randomUUID } from 'node:crypto';
    import { createSecretStatements, DELETED } from ${JSON.stringify(new URL('secret-statements.ts', import.meta.url).href)};
    const digest = () => hash('sha256', randomBytes(8), 'base64url');
    const used = () => { gc(); gc(); const { heapUsed, arrayBuffers } = process.memoryUsage(); return heapUsed + arrayBuffers; };
    const count = 50_000;
    for (const make of [() => DELETED, () => ({ versionId: randomUUID(), ciphertextHash: digest(), policy: digest(), former: [], approved: [] })]) {
      const statements = createSecretStatements();
      const before = used();
      for (let n = 0; n < count; n += 1) statements.set(randomUUID(), make());
      console.log((used() - before) / count, statements.size);
    }`;
  const { stdout } = spawnSync(process.execPath, ['--expose-gc', '--input-type=module', '-e', script], { encoding: 'utf8' });
  const [deleted = Number.NaN, living = Number.NaN] = stdout.split('\n').map((line) => Number.parseFloat(line));
  assert.ok(deleted > 15 && deleted <= 64, `${deleted} bytes for a deleted one: ${stdout}`);
  assert.ok(living > 90 && living <= 320, `${living} bytes for a living one`);
});
