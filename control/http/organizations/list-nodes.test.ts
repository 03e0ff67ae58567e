import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { sql } from 'kysely';
import { createFixtures, type Fixtures } from '../../testing/fixtures.ts';
import { type TestInstance, testInstance } from '../../testing/instance.ts';

let instance: TestInstance;
let own: Fixtures;
let other: Fixtures;
before(async () => {
  instance = await testInstance();
  own = await createFixtures(instance, 'own');
  other = await createFixtures(instance, 'other');
});
after(() => instance[Symbol.asyncDispose]());

interface Changes {
  readonly plane?: 'control' | 'data';
  readonly host?: string;
  /** Seconds since it was heard from. */
  readonly silent?: number;
  readonly stopped?: boolean;
}

async function addNode({
  plane = 'data',
  host = 'one',
  silent = 0,
  stopped = false,
}: Changes): Promise<{ id: string; incarnation: string }> {
  const node = { id: randomUUID(), incarnation: randomUUID() };
  await sql`insert into node (id, plane, incarnation, host, process_id, version, started_at, seen_at, stopped_at)
    values (${node.id}, ${plane}, ${node.incarnation}, ${host}, 1, '9.9.9', now() - make_interval(secs => ${silent + 60}),
      now() - make_interval(secs => ${silent}), ${stopped ? sql`now()` : null})`.execute(instance.db);
  return node;
}

const nodesOf = async (organization: Fixtures) => {
  const { slug, owner } = organization.organization;
  const answer = await instance.call('GET', `/api/organizations/${slug}/nodes`, { token: owner.token });
  assert.equal(answer.status, 200, answer.text);
  return answer.json.items as { id: string; plane: string; host: string; state: string; [more: string]: unknown }[];
};

test('nodes are shown with their state, who leads, and what of the organization each holds', async () => {
  const leader = await addNode({ host: 'leader' });
  const away = await addNode({ host: 'away', silent: 120 });
  const stopped = await addNode({ host: 'stopped', silent: 300, stopped: true });
  await sql`update lease set node_id = ${leader.id}, incarnation = ${leader.incarnation}, until = now() + interval '1 minute'`.execute(
    instance.db,
  );
  for (const [organization, name, node] of [
    ['own', 'shared', leader.id],
    ['own', 'shared', away.id],
    ['own', 'only away', away.id],
    ['other', 'of another', leader.id],
  ]) {
    await sql`insert into source_folder (organization_slug, name, node_id) values (${organization}, ${name}, ${node})`.execute(instance.db);
  }
  await sql`update run set status = 'running', node_id = ${leader.id}`.execute(instance.db);
  const shown = (await nodesOf(own)).filter(({ plane }) => plane === 'data');
  assert.deepEqual(
    shown.map(({ host, state, leads, folders, foldersMissing, runs }) => ({ host, state, leads, folders, foldersMissing, runs })),
    [
      { host: 'leader', state: 'running', leads: true, folders: ['shared'], foldersMissing: [], runs: 1 },
      { host: 'away', state: 'away', leads: false, folders: ['only away', 'shared'], foldersMissing: ['only away'], runs: 0 },
      { host: 'stopped', state: 'stopped', leads: false, folders: [], foldersMissing: [], runs: 0 },
    ],
  );
  assert.equal(shown[2]?.id, stopped.id);
  assert.deepEqual((await nodesOf(other)).find(({ id }) => id === leader.id)?.folders, ['of another']);
});

test('of control planes those are shown that run, or are away and not followed by another on their host', async () => {
  const before = (await nodesOf(own)).filter(({ plane }) => plane === 'control').length;
  await addNode({ plane: 'control', host: 'ended', stopped: true });
  await addNode({ plane: 'control', host: 'crashed', silent: 100 });
  await addNode({ plane: 'control', host: 'crashed' });
  await addNode({ plane: 'control', host: 'gone', silent: 100 });
  const shown = (await nodesOf(own)).filter(({ plane }) => plane === 'control');
  assert.equal(before, 1, 'The one that this test asks.');
  assert.deepEqual(
    shown.map(({ host, state }) => `${host} ${state}`).filter((words) => /^(ended|crashed|gone)/.test(words)),
    ['crashed running', 'gone away'],
  );
});

test('editors and viewers do not see them', async () => {
  for (const role of ['editor', 'viewer'] as const) {
    const { token } = await instance.addMember(own.organization, role);
    assert.equal((await instance.call('GET', '/api/organizations/own/nodes', { token })).status, 403);
  }
});
