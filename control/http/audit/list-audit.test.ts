import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { AuditEvent } from '@holdfast/audit';
import { appendAudit, transaction } from '@holdfast/db';
import { uuidv7 } from '@holdfast/envelope';
import { type TestInstance, type TestOrganization, testInstance } from '../../testing/instance.ts';

let instance: TestInstance;
let organization: TestOrganization;
const ADA = { kind: 'member', id: uuidv7(), name: 'Ada' } as const;
const GRACE = { kind: 'member', id: uuidv7(), name: 'Grace' } as const;
/** Somebody whose name is another's id. */
const ODD = { kind: 'member', id: GRACE.id, name: GRACE.id } as const;
const [RUN, OTHER_RUN] = [uuidv7(), uuidv7()];

before(async () => {
  instance = await testInstance();
  organization = await instance.addOrganization('listed');
  const secret = (name: string) => ({ target: { kind: 'secret', id: uuidv7(), name } });
  const events: AuditEvent[] = [
    { action: 'session.sign-in', actor: GRACE, outcome: 'refused' },
    { action: 'secret.use', actor: ADA, outcome: 'intent', ...secret('KEY'), context: { run: RUN } },
    { action: 'secret.use-outcome', actor: ADA, outcome: 'success', ...secret('KEY'), context: { run: RUN } },
    { action: 'secret.use', actor: GRACE, outcome: 'intent', ...secret('OTHER'), context: { run: OTHER_RUN } },
    { action: 'secret.use-outcome', actor: GRACE, outcome: 'failed', ...secret('OTHER'), context: { run: OTHER_RUN } },
    { action: 'run.finish', actor: ODD, outcome: 'success', target: { kind: 'run', id: RUN, name: 'KEY' } },
    { action: 'secret.re-seal', actor: ADA, outcome: 'success', ...secret('KEY') },
  ];
  await transaction(instance.db, (tx) => appendAudit(tx, organization.id, events));
});
after(() => instance[Symbol.asyncDispose]());

/** The actions found, newest first, over pages of two events. */
async function actions(filter: string): Promise<string[]> {
  const found: string[] = [];
  for (let cursor = ''; ; ) {
    const path = `/api/organizations/${organization.slug}/audit?${filter}&limit=2${cursor && `&cursor=${encodeURIComponent(cursor)}`}`;
    const { json } = await instance.call('GET', path, { token: organization.owner.token });
    found.push(...json.items.map(({ action }: { action: string }) => action));
    if (json.nextCursor === null) return found;
    cursor = json.nextCursor;
  }
}

for (const [filter, expected] of [
  ['secret=KEY', ['secret.re-seal', 'secret.use-outcome', 'secret.use']],
  ['secret=NONE', []],
  ['action=run.finish', ['run.finish']],
  [
    'action=secret.use,run.finish,secret.use-outcome',
    ['run.finish', 'secret.use-outcome', 'secret.use', 'secret.use-outcome', 'secret.use'],
  ],
  ['action=run.finish,run.finish,nothing', ['run.finish']],
  ['actor=ada&action=secret.use,secret.use-outcome,secret.re-seal', ['secret.re-seal', 'secret.use-outcome', 'secret.use']],
  [`actor=${ADA.id}`, ['secret.re-seal', 'secret.use-outcome', 'secret.use']],
  [`actor=${GRACE.id}`, ['run.finish', 'secret.use-outcome', 'secret.use', 'session.sign-in']],
  ['actor=GRACE', ['secret.use-outcome', 'secret.use', 'session.sign-in']],
  [`run=${RUN}`, ['secret.use-outcome', 'secret.use']],
  [`run=${RUN.toUpperCase()}`, ['secret.use-outcome', 'secret.use']],
  [`actor=${GRACE.id.toUpperCase()}`, ['run.finish', 'secret.use-outcome', 'secret.use', 'session.sign-in']],
  ['outcome=refused', ['session.sign-in']],
  ['outcome=failed&secret=OTHER', ['secret.use-outcome']],
  ['outcome=intent', ['secret.use', 'secret.use']],
  [`actor=${ADA.id}&fold=re-seals`, ['secret.use-outcome', 'secret.use']],
  ['actor=Ada&to=2020-01-01T00:00:00.000Z', []],
] as const) {
  test(`the list filtered by ${filter.replaceAll(/[0-9a-f-]{36}/g, 'an id')} has each event once, newest first`, async () => {
    assert.deepEqual(await actions(filter), expected);
  });
}

test('the times of a list are dates, which are their first moment in UTC, or times with their zone', async () => {
  const day = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
  const all = await actions('');
  assert.deepEqual(await actions(`from=${day(-1)}&to=${day(1)}`), all);
  assert.deepEqual(await actions(`from=${encodeURIComponent(`${day(-1)}T00:00:00+01:00`)}`), all);
  assert.deepEqual(await actions(`from=${day(1)}`), []);
  assert.deepEqual(await actions(`to=${day(-1)}`), []);
  for (const wrong of ['2026-02-30', 'yesterday', '2026-02-03T10:00:00', '']) {
    const path = `/api/organizations/${organization.slug}/audit?from=${wrong}`;
    const { status, json } = await instance.call('GET', path, { token: organization.owner.token });
    assert.deepEqual([status, json.field], [400, 'from'], wrong);
    assert.match(JSON.stringify(json), /Write a date such as/, wrong);
  }
});
