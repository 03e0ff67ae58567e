import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { createFixtures } from '../../testing/fixtures.ts';
import { testInstance } from '../../testing/instance.ts';

test('a run that has ended says what it came to without its documents being counted', async () => {
  await using instance = await testInstance();
  const own = await createFixtures(instance, 'own');
  const counts = {
    ...{ total: 10_000, waiting: 1, running: 0, published: 9_000, unchanged: 700, skipped: 99, failed: 200 },
    bytes: { total: 4_000_000_000, sent: 3_999_999_999 },
  };
  await sql`update run set status = 'failed', finished_at = now(), counts = ${JSON.stringify(counts)}::jsonb`.execute(instance.db);
  const { bytes, ...items } = counts;
  const listed = await instance.call('GET', '/api/organizations/own/runs', { token: own.organization.owner.token });
  assert.equal(listed.status, 200, listed.text);
  const shown = listed.json.items.map((run: { items: unknown; bytes: unknown }) => [run.items, run.bytes]);
  assert.deepEqual(shown, [[items, bytes]]);
  // Its only step took what it took.
  const { json: steps } = await instance.call('GET', `/api/organizations/own/runs/${own.ids.run}/steps`, {
    token: own.organization.owner.token,
  });
  assert.deepEqual(steps.steps[0].documents, { done: 9_700, skipped: 99, running: 0, failed: 200 });
  // One that was taken up again is counted.
  await sql`update run set status = 'running', finished_at = null, counts = null`.execute(instance.db);
  const again = await instance.call('GET', '/api/organizations/own/runs', { token: own.organization.owner.token });
  const { rows } = await sql<{ documents: number }>`select count(*)::integer as documents from run_item`.execute(instance.db);
  assert.equal(again.json.items[0].items.total, rows[0]?.documents);
});
