import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { AppendError, type Appended, type AuditEvent, AuditEventError, createGroupAppender } from './index.ts';

const event = (name: string): AuditEvent => ({ action: 'secret.use', actor: { kind: 'system', id: null, name }, outcome: 'intent' });
const nameIn = (body: string): string => JSON.parse(body).actor.name;

/** A record whose groups land when the test says so. */
function record() {
  const groups: { organizationId: string; names: string[]; land: () => void; fail: (error: Error) => void }[] = [];
  let sequence = 0;
  const append = (organizationId: string, bodies: string[]) =>
    new Promise<Appended[]>((resolve, reject) => {
      const land = () => resolve(bodies.map(() => ({ sequence: ++sequence })));
      groups.push({ organizationId, names: bodies.map(nameIn), land, fail: reject });
    });
  return { groups, append };
}
const turn = () => pause(1);

test('what is asked for while a group is under way leaves as one group, in order, when it has landed', async () => {
  const { groups, append } = record();
  const appender = createGroupAppender({ append });
  const first = appender.append('org', event('1'));
  await turn();
  const rest = ['2', '3', '4'].map((name) => appender.append('org', event(name)));
  await turn();
  assert.deepEqual(
    groups.map((group) => group.names),
    [['1']],
  );
  groups[0]?.land();
  assert.equal((await first).sequence, 1);
  await turn();
  assert.deepEqual(
    groups.map((group) => group.names),
    [['1'], ['2', '3', '4']],
  );
  groups[1]?.land();
  assert.deepEqual(
    (await Promise.all(rest)).map((appended) => appended.sequence),
    [2, 3, 4],
  );
});

test('what is asked for in one turn leaves in one group without a wait', async () => {
  const { groups, append } = record();
  const appender = createGroupAppender({ append });
  const both = [appender.append('org', event('1')), appender.append('org', event('2'))];
  await turn();
  assert.deepEqual(
    groups.map((group) => group.names),
    [['1', '2']],
  );
  groups[0]?.land();
  await Promise.all(both);
});

test('a group has at most the number of events it may have', async () => {
  const { groups, append } = record();
  const appender = createGroupAppender({ append, maximumBatch: 2 });
  const all = ['1', '2', '3', '4', '5'].map((name) => appender.append('org', event(name)));
  for (let number = 0; number < 3; number++) {
    await turn();
    groups[number]?.land();
  }
  await Promise.all(all);
  assert.deepEqual(
    groups.map((group) => group.names),
    [['1', '2'], ['3', '4'], ['5']],
  );
});

test('organizations do not wait for each other', async () => {
  const { groups, append } = record();
  const appender = createGroupAppender({ append });
  void appender.append('slow', event('1')).catch(() => {});
  const quick = appender.append('quick', event('2'));
  await turn();
  groups.find((group) => group.organizationId === 'quick')?.land();
  await quick;
  groups.find((group) => group.organizationId === 'slow')?.land();
});

test('a group that fails rejects every one of its callers and nobody else', async () => {
  const { groups, append } = record();
  const appender = createGroupAppender({ append });
  const failing = [appender.append('org', event('1')), appender.append('org', event('2'))];
  await turn();
  const next = appender.append('org', event('3'));
  const other = appender.append('other', event('4'));
  await turn();
  groups.find((group) => group.organizationId === 'other')?.land();
  groups[0]?.fail(new Error('connection lost'));
  for (const result of await Promise.allSettled(failing)) {
    assert.ok(
      result.status === 'rejected' && result.reason instanceof AppendError && (result.reason.cause as Error).message === 'connection lost',
    );
  }
  await turn();
  groups.find((group) => group.names.includes('3'))?.land();
  await Promise.all([next, other]);
});

for (const count of [0, 2]) {
  test(`${count} answers to one event count as a failure`, async () => {
    const answers = Array.from({ length: count }, () => ({ sequence: 1 }));
    const appender = createGroupAppender({ append: async () => answers });
    await assert.rejects(appender.append('org', event('1')), AppendError);
  });
}

test('an event that is not valid is refused alone', async () => {
  const { groups, append } = record();
  const appender = createGroupAppender({ append });
  const wrong = appender.append('org', event('\ud800'));
  const right = appender.append('org', event('1'));
  await assert.rejects(wrong, AuditEventError);
  await turn();
  groups[0]?.land();
  await right;
});

test('a record that hangs refuses its callers in time, and does not send later what was refused in the queue', async () => {
  const { groups, append } = record();
  const appender = createGroupAppender({ append, timeoutMilliseconds: 30 });
  const underWay = appender.append('org', event('1'));
  await turn();
  const queued = appender.append('org', event('2'));
  const began = performance.now();
  for (const result of await Promise.allSettled([underWay, queued])) {
    assert.ok(result.status === 'rejected' && result.reason instanceof AppendError);
  }
  assert.ok(performance.now() - began < 1_000);
  groups[0]?.land();
  await appender.idle();
  assert.deepEqual(
    groups.map((group) => group.names),
    [['1']],
  );
});

test('a queue that is full refuses the next caller at once', async () => {
  const { groups, append } = record();
  const appender = createGroupAppender({ append, maximumWaiting: 1 });
  const first = appender.append('org', event('1'));
  await turn();
  const second = appender.append('org', event('2'));
  await assert.rejects(appender.append('org', event('3')), AppendError);
  groups[0]?.land();
  await turn();
  groups[1]?.land();
  await Promise.all([first, second]);
});

test('idle resolves when nothing is under way, at once when nothing ever was', async () => {
  const { groups, append } = record();
  const appender = createGroupAppender({ append });
  await appender.idle();
  const first = appender.append('org', event('1'));
  let idle = false;
  const waiting = appender.idle().then(() => {
    idle = true;
  });
  await turn();
  assert.equal(idle, false);
  groups[0]?.land();
  await Promise.all([first, waiting]);
});
