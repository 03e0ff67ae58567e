import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { auditFact } from '@holdfast/db';
import { createFixtures, type Fixtures } from '../testing/fixtures.ts';
import { type TestInstance, testInstance } from '../testing/instance.ts';

let instance: TestInstance;
let own: Fixtures;
before(async () => {
  instance = await testInstance();
  own = await createFixtures(instance, 'own');
  await recorded(1);
});
after(() => instance[Symbol.asyncDispose]());

async function upload(text: string): Promise<{ id: string; size: number; sha256: string }> {
  const reply = await instance.call('POST', `/api/organizations/own/projects/${own.ids.project}/documents?name=a.txt`, {
    token: own.organization.owner.token,
    body: text,
    headers: { 'content-type': 'text/plain' },
  });
  assert.equal(reply.status, 201, reply.text);
  return reply.json;
}

interface Event {
  readonly actor: { readonly id: string };
  readonly context: Readonly<Record<string, string>>;
  readonly detail: { readonly documents: number; readonly bytes: number; readonly digest: string };
}

async function events(action: string): Promise<Event[]> {
  const rows = await instance.db
    .selectFrom('audit_event')
    .select('body')
    .where('organization_id', '=', own.organization.id)
    .where(auditFact('action'), '=', action)
    .orderBy('sequence')
    .execute();
  return rows.map(({ body }) => JSON.parse(body));
}

/** Waits until so many documents are on the record. */
async function recorded(documents: number): Promise<Event[]> {
  for (const until = Date.now() + 15_000; Date.now() < until; await sleep(50)) {
    const found = await events('document.upload');
    if (found.reduce((sum, { detail }) => sum + detail.documents, 0) >= documents) return found;
  }
  return assert.fail('They were not recorded within 15 seconds.');
}

function digestOf(documents: readonly { id: string; size: number; sha256: string }[]): string {
  const lines = documents.toSorted((a, b) => (a.id < b.id ? -1 : 1)).map(({ id, size, sha256 }) => `${id} ${size} ${sha256}\n`);
  return createHash('sha256').update(lines.join('')).digest('hex');
}

/** Keeps uploads from being recorded, and answers what ends the time in which they are gathered. */
function gathering(t: TestContext): () => void {
  const due: (() => void)[] = [];
  const { setTimeout: begin } = globalThis;
  const begun = t.mock.method(globalThis, 'setTimeout', ((
    work: (...given: unknown[]) => void,
    milliseconds: number,
    ...given: unknown[]
  ) => {
    if (work.name !== 'flush') return begin(work, milliseconds, ...given);
    due.push(() => work(...given));
    return begin(() => undefined, 0);
  }) as typeof setTimeout);
  return () => {
    begun.mock.restore();
    for (const work of due) work();
  };
}

test('uploads are on the record: one event for many documents, with a digest that commits to each', async (t) => {
  const endGathering = gathering(t);
  const documents: Awaited<ReturnType<typeof upload>>[] = [];
  // A person has eight uploads at once.
  for (let first = 0; first < 32; first += 8) {
    documents.push(...(await Promise.all(Array.from({ length: 8 }, (_, number) => upload(`document ${first + number}`)))));
  }
  endGathering();
  const [, ...found] = await recorded(33);
  assert.equal(found.length, 1);
  const total = found.reduce((sum, { detail }) => sum + detail.bytes, 0);
  assert.equal(
    total,
    documents.reduce((sum, { size }) => sum + size, 0),
  );
  assert.equal(found[0]?.detail.digest, digestOf(documents));
  for (const { actor, context } of found) assert.deepEqual([actor.id, context.project], [own.organization.owner.userId, 'Project of own']);

  const run = await instance.call('POST', `/api/organizations/own/workflows/${own.ids.workflow}/runs`, {
    token: own.organization.owner.token,
    body: { documentIds: documents.map(({ id }) => id) },
  });
  assert.equal(run.status, 201, run.text);
  const started = (await events('run.start')).at(-1);
  assert.deepEqual(started?.detail, { version: 1, documents: 32, bytes: total, digest: digestOf(documents) });
});

test('uploads that a killed process did not record are recorded at the next start', async () => {
  const before = (await recorded(1)).reduce((sum, { detail }) => sum + detail.documents, 0);
  const { id } = await upload('forgotten');
  await recorded(before + 1);
  await instance.db
    .updateTable('document')
    .set({ recorded: false, created_at: new Date(Date.now() - 3_600_000) })
    .where('id', '=', id)
    .execute();
  const other = await instance.another();
  try {
    const found = await recorded(before + 2);
    assert.equal(found.at(-1)?.detail.documents, 1);
  } finally {
    await other.close();
  }
});
