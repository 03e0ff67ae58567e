import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { RunEvents } from '@holdfast/api';
import { sql } from 'kysely';
import { eventually } from '../../../tests/harness/eventually.ts';
import type { ControlPlane } from '../../app.ts';
import type { RunReader } from '../../runs/run-feeds.ts';
import { createFixtures, type Fixtures } from '../../testing/fixtures.ts';
import { type TestInstance, testInstance } from '../../testing/instance.ts';
import { watchRunHandler } from './watch-run.ts';

type Came = { [Name in keyof RunEvents]: { readonly event: Name; readonly id: string; readonly data: RunEvents[Name] } }[keyof RunEvents];

describe('who watches a run', { concurrency: false }, () => {
  let instance: TestInstance;
  let second: ControlPlane;
  let own: Fixtures;
  const addresses: string[] = [];
  before(async () => {
    instance = await testInstance();
    own = await createFixtures(instance, 'own');
    second = await instance.another();
    for (const { server } of [instance.plane, second]) addresses.push(await server.listen({ host: '127.0.0.1', port: 0 }));
  });
  after(async () => {
    await second?.close();
    await instance?.[Symbol.asyncDispose]();
  });

  /** What comes, as it comes. */
  async function watch({
    node = 0,
    lastLine,
    token = own.organization.owner.token,
  }: {
    node?: number;
    lastLine?: string;
    token?: string;
  } = {}) {
    const leaving = new AbortController();
    const response = await fetch(`${addresses[node]}/api/organizations/own/runs/${own.ids.run}/events`, {
      headers: { authorization: `Bearer ${token}`, ...(lastLine === undefined ? {} : { 'last-event-id': lastLine }) },
      signal: leaving.signal,
    });
    if (!response.ok || response.body === null) throw Object.assign(new Error(), await response.json());
    const body = response.body.pipeThrough(new TextDecoderStream());
    const came: Came[] = [];
    const over = (async () => {
      let text = '';
      for await (const piece of body) {
        const blocks = (text + piece).split('\n\n');
        text = blocks.pop() ?? '';
        for (const block of blocks) {
          const { id = '', event, data } = Object.fromEntries(block.split('\n').map((line) => line.split(/: (.*)/s)));
          if (event !== undefined) came.push({ event, id, data: JSON.parse(data) } as Came);
        }
      }
    })().catch(() => undefined);
    const first = <Name extends keyof RunEvents>(name: Name, fits: (data: RunEvents[Name]) => boolean) =>
      eventually(`an event ${name}`, async () =>
        came.find((each): each is Extract<Came, { event: Name }> => each.event === name && fits(each.data as RunEvents[Name])),
      );
    return { came, over, first, leave: () => leaving.abort() };
  }
  const say = (message: string) =>
    sql`insert into run_log (organization_id, run_id, level, message) values (${own.organization.id}, ${own.ids.run}, 'info', ${message})`.execute(
      instance.db,
    );
  const lines = (came: readonly Came[]) =>
    came.flatMap((each) => (each.event === 'log' ? each.data.lines.map(({ message }) => message) : []));

  it('gets the run as it is, and then what changes: documents, progress and the log', async () => {
    const reader = await watch();
    assert.equal((await reader.first('run', () => true)).data.status, 'queued');
    await instance.db.transaction().execute(async (tx) => {
      await tx.updateTable('run').set({ status: 'running', started_at: new Date() }).where('id', '=', own.ids.run).execute();
      await tx.updateTable('run_item').set({ status: 'running', attempts: 1, sent: 3 }).where('run_id', '=', own.ids.run).execute();
    });
    await say('It goes on.');
    assert.equal((await reader.first('run', ({ status }) => status === 'running')).data.items.running, 1);
    assert.deepEqual(
      (await reader.first('items', () => true)).data.items.map(({ name, sent }) => [name, sent]),
      [['a.txt', 3]],
    );
    assert.equal((await reader.first('steps', ({ steps }) => steps[0]?.documents.running === 1)).data.sources[0]?.kind, 'upload');
    const said = await reader.first('log', () => true);
    assert.deepEqual(
      said.data.lines.map(({ message, sequence }) => [message, String(sequence)]),
      [['It goes on.', said.id]],
    );
    reader.leave();
  });

  it('goes on at another node when the one that it asked ends, behind the last line that it has', async () => {
    const reader = await watch();
    await reader.first('run', () => true);
    await say('The first node is here.');
    const { id } = await reader.first('log', () => true);
    const first = await instance.another();
    addresses.push(await first.server.listen({ host: '127.0.0.1', port: 0 }));
    const other = await watch({ node: 2, lastLine: id });
    await other.first('run', () => true);
    await first.close();
    await other.over;
    await say('Nobody listens.');
    const next = await watch({ node: 1, lastLine: id });
    await next.first('log', () => true);
    assert.deepEqual(lines(next.came), ['Nobody listens.']);
    for (const each of [reader, next]) each.leave();
  });

  it('gets each line once when it comes back to a node that has looked on for others meanwhile', async () => {
    const other = await watch();
    await other.first('run', () => true);
    await say('All have this.');
    const { id } = await other.first('log', ({ lines: all }) => all.some(({ message }) => message === 'All have this.'));
    for (const message of ['One was missed.', 'And one more.']) {
      await say(message);
      await other.first('log', ({ lines: all }) => all.some((line) => line.message === message));
    }
    const back = await watch({ lastLine: id });
    await say('Then it goes on.');
    for (const reader of [back, other]) {
      await reader.first('log', ({ lines: all }) => all.some(({ message }) => message === 'Then it goes on.'));
    }
    assert.deepEqual(lines(back.came), ['One was missed.', 'And one more.', 'Then it goes on.']);
    const all = lines(other.came);
    assert.deepEqual(all.slice(all.indexOf('All have this.') + 1), lines(back.came));
    for (const each of [back, other]) each.leave();
  });

  it('is sent away at once when it is no member any more, and finds the reason when it asks again', async () => {
    const viewer = await instance.addMember(own.organization, 'viewer');
    const reader = await watch({ token: viewer.token });
    await reader.first('run', () => true);
    await instance.db.deleteFrom('auth.member').where('id', '=', viewer.memberId).execute();
    await reader.over;
    await assert.rejects(watch({ token: viewer.token }), { code: 'not_found' });
  });

  it('reads names of secrets as long as its role allows it, asked when there is one to read', async () => {
    const named = 'The secret “PARTNER_ACCESS” has expired.';
    const failure = { code: 'secret_expired', detail: named, remedy: 'Open PARTNER_ACCESS.' };
    const members = { viewer: 'viewer', editor: 'editor', demoted: 'editor' } as const;
    const tokens = await Promise.all(Object.values(members).map((role) => instance.addMember(own.organization, role)));
    const readers = await Promise.all(tokens.map(({ token }) => watch({ token })));
    for (const reader of readers) await reader.first('run', () => true);
    const fail = async (number: number) => {
      await sql`insert into run_log (organization_id, run_id, level, message, message_without_names)
        values (${own.organization.id}, ${own.ids.run}, 'error', ${`${number}: ${named}`}, ${`${number}: It failed.`})`.execute(
        instance.db,
      );
      await sql`update run_item set status = 'failed', attempts = ${number}, finished_at = now(), failure = ${JSON.stringify(failure)}::jsonb
        where run_id = ${own.ids.run}`.execute(instance.db);
      for (const reader of readers) {
        await reader.first('items', ({ items }) => items.some(({ attempts }) => attempts === number));
        await reader.first('log', ({ lines: all }) => all.some(({ message }) => message.startsWith(`${number}: `)));
      }
    };
    await fail(101);
    const [, , demoted] = tokens;
    const address = `/api/organizations/own/members/${demoted?.memberId}`;
    const { token } = own.organization.owner;
    assert.equal((await instance.call('PATCH', address, { token, body: { role: 'viewer' } })).status, 204);
    const before = readers[2]?.came.length;
    await fail(102);
    assert.deepEqual(
      readers.map(({ came }) => [101, 102].map((number) => lines(came).includes(`${number}: ${named}`))),
      [
        [false, false],
        [true, true],
        [true, false],
      ],
    );
    assert.ok(!JSON.stringify(readers[0]?.came).includes('PARTNER_ACCESS'));
    assert.ok(!JSON.stringify(readers[2]?.came.slice(before)).includes('PARTNER_ACCESS'));
    // What was missed is read with the right of now, too.
    const back = await watch({ token: demoted?.token ?? '', lastLine: '0' });
    await back.first('log', ({ lines: all }) => all.some(({ message }) => message === '101: It failed.'));
    assert.ok(!JSON.stringify(back.came).includes('PARTNER_ACCESS'));
    for (const reader of [...readers, back]) reader.leave();
    await instance.db
      .updateTable('run_item')
      .set({ status: 'running', failure: null, finished_at: null })
      .where('run_id', '=', own.ids.run)
      .execute();
  });

  it('is one of a few: a person may watch so many at once, and a place is free again when one leaves', async () => {
    const admin = await instance.addMember(own.organization, 'admin');
    const readers = await Promise.all(Array.from({ length: 12 }, () => watch({ token: admin.token })));
    await assert.rejects(watch({ token: admin.token }), { code: 'rate_limited' });
    readers[0]?.leave();
    const next = await eventually('a place', () => watch({ token: admin.token }).catch(() => undefined));
    for (const reader of [...readers, next]) reader.leave();
  });

  it('gets the end once, and the stream ends', async () => {
    const reader = await watch();
    await reader.first('run', () => true);
    const ended = { status: 'succeeded' as const, finished_at: new Date() };
    await instance.db.updateTable('run').set(ended).where('id', '=', own.ids.run).execute();
    await reader.over;
    assert.equal(reader.came.at(-1)?.event, 'end');
    assert.equal(reader.came.filter(({ event }) => event === 'end').length, 1);
    const late = await watch();
    await late.over;
    assert.equal(late.came.at(-1)?.event, 'end');
  });

  it('hears nothing after the end, when the run ends while it still joins', async () => {
    const watching = async (_place: unknown, reader: RunReader) => {
      reader.write('data: 1\n\n');
      reader.end();
      reader.write('data: 2\n\n');
      reader.end();
      return () => {};
    };
    const call = { headers: {}, organization: own.organization, params: { run: own.ids.run }, reply: { header: () => call.reply } };
    const control = { runFeeds: { watch: watching } };
    const answered = await watchRunHandler.handle(call as never, control as never);
    let text = '';
    for await (const piece of answered.body as AsyncIterable<Buffer>) text += piece;
    assert.match(text, /data: 1/);
    assert.doesNotMatch(text, /data: 2/);
  });

  it('finds headers that keep proxies from collecting or changing what comes', async () => {
    const response = await fetch(`${addresses[0]}/api/organizations/own/runs/${own.ids.run}/events`, {
      headers: { authorization: `Bearer ${own.organization.owner.token}`, 'accept-encoding': 'gzip' },
    });
    assert.deepEqual(
      ['content-type', 'cache-control', 'x-accel-buffering', 'content-encoding'].map((name) => response.headers.get(name)),
      ['text/event-stream; charset=utf-8', 'no-store, no-transform', 'no', null],
    );
    await response.body?.cancel();
  });
});
