import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { ConnectorError, type PublisherConnector, type SourceConnector } from '@holdfast/connector';
import { deleteRows, transaction } from '@holdfast/db';
import { latestTime, nextTimes } from '@holdfast/schedule';
import { sql } from 'kysely';
import { eventually } from '../../tests/harness/eventually.ts';
import { type TestInstance, type TestOrganization, testComponent, testInstance, testOrganization } from '../testing/instance.ts';
import { finishedRun, itemsOf } from '../testing/runs.ts';
import { firedBy, publish, stateTrigger, testTrigger, testWorkflow } from '../testing/triggers.ts';
import { fire } from '../triggers/fire.ts';
import { dueTriggers, findTimesAgain, fireSchedules } from './schedule.ts';

const schema = { type: 'object', additionalProperties: false, required: [], properties: {} } as const;
const base = { destinations: () => [], check: async () => 'It is there.' };
const service = {
  documents: new Map<string, string>(),
  listed: 0,
  /** What the second listing waits for: a poll is the first, and its run the second. */
  heldSecond: Promise.resolve(),
  away: false,
  /** Milliseconds for which it asks to be left alone while it is away. */
  asksFor: 0,
  refuses: new Set<string>(),
  published: [] as string[],
  slow: { listing: 0, held: Promise.resolve() },
};

const source: SourceConnector = {
  ...base,
  role: 'connector',
  type: { type: 'test-source', role: 'connector', title: 'Source', description: '', schema },
  async *list() {
    service.listed += 1;
    if (service.listed === 2) await service.heldSecond;
    if (service.away) {
      throw new ConnectorError('upstream_unreachable', 'The service is away.', {
        retryable: true,
        retryAfterMilliseconds: service.asksFor,
      });
    }
    for (const [reference, version] of service.documents) yield { reference, name: reference, contentType: 'text/plain', version };
  },
  async read(reference) {
    const bytes = Buffer.from(reference);
    return {
      size: bytes.length,
      body: (async function* () {
        yield bytes;
      })(),
    };
  },
};
const slowSource: SourceConnector = {
  ...source,
  type: { ...source.type, type: 'test-slow-source' },
  // biome-ignore lint/correctness/useYield: it finds nothing.
  async *list() {
    service.slow.listing += 1;
    await service.slow.held;
  },
};
const publisher: PublisherConnector = {
  ...base,
  role: 'publisher',
  type: { type: 'test-publisher', role: 'publisher', title: 'Publisher', description: '', schema },
  async publish(document) {
    if (service.refuses.has(document.name)) throw new ConnectorError('upstream_refused', 'No.', { documentOnly: true });
    service.published.push(document.name);
    return { outcome: 'published', publishedAs: document.name };
  },
};

let instance: TestInstance;
let organization: TestOrganization;
let from: string;
let to: string;
before(async () => {
  instance = await testInstance({}, { connectors: [source, slowSource, publisher] });
});
after(() => instance?.[Symbol.asyncDispose]());
beforeEach(async () => {
  // Those of former tests come due each minute, and would ask the same service.
  await instance.owner.updateTable('workflow_trigger').set({ enabled: false }).execute();
  await eventually('the end of what they started', async () => {
    const left = await instance.owner.selectFrom('run').select('id').where('status', 'in', ['queued', 'running']).execute();
    return left.length === 0 ? true : undefined;
  });
  organization = await testOrganization(instance);
  service.documents.clear();
  service.refuses.clear();
  Object.assign(service, { listed: 0, heldSecond: Promise.resolve(), away: false, asksFor: 0, published: [] });
  from = await testComponent(instance, organization, {}, {}, undefined, 'test-source');
  to = await testComponent(instance, organization, {}, {}, undefined, 'test-publisher');
});

const reading = (documents: 'all' | 'new' = 'all') =>
  testWorkflow(instance, organization, to, { name: 'incoming', kind: 'component', componentId: from, documents });
const MINUTELY = { kind: 'cron', expression: '* * * * *', timeZone: 'UTC', missed: 'once', missedHours: 24 } as const;
const YEARLY = { ...MINUTELY, expression: '0 0 1 1 *' } as const;
const WITHIN_A_YEAR = 24 * 367;
const minutes = (count: number) => new Date(Date.now() + count * 60_000);
/** As if the time had come. */
const due = (id: string, at: Date) =>
  instance.owner.updateTable('trigger_state').set({ next_at: at }).where('trigger_id', '=', id).execute();
const known = (id: string) => eventually('the next time', async () => ((await firedBy(instance, id)).state?.next_at ? true : undefined));
const ended = (id: string, outcome: string) =>
  eventually(`${outcome} of a trigger`, async () => {
    const found = await firedBy(instance, id);
    return found.state?.outcome === outcome ? found : undefined;
  });

describe('a schedule', { concurrency: false }, () => {
  it('starts a run at its time, once, however many look at the same time and however often', async () => {
    const workflow = await reading();
    const id = await testTrigger(instance, organization, workflow, { ...YEARLY, missedHours: WITHIN_A_YEAR });
    await known(id);
    const at = latestTime(YEARLY.expression, 'UTC', new Date());
    await using others = instance.connectAs('data');
    await using another = instance.connectAs('data');
    const { follower, logger } = instance.plane;
    const anybody = { confirm: async () => undefined };
    await due(id, at);
    await Promise.all(
      [others, another, others, another].flatMap((db) => [
        fireSchedules({ db, follower, logger }, anybody),
        fireSchedules({ db, follower, logger }, anybody),
      ]),
    );
    const { state, runs } = await ended(id, 'started');
    assert.equal(runs.length, 1);
    assert.deepEqual(state?.next_at, nextTimes(YEARLY.expression, 'UTC', new Date(), 1)[0]);
    assert.equal(runs[0]?.idempotency_key, `trigger ${id} cron ${at.toISOString()}`);
    // A row that was set back, as by a restored backup or a clock: the time itself is the key.
    await due(id, at);
    await ended(id, 'repeated');
    assert.equal((await firedBy(instance, id)).runs.length, 1);
    await finishedRun(instance, runs[0]?.id ?? '');
  });

  it('starts one run for all times that were missed, or none, and none for what was missed too long ago', async () => {
    for (const [changes, at, outcome, starts] of [
      [{ missed: 'once' }, minutes(-600), 'started', 1],
      [{ missed: 'skip', expression: '0 0 * * *' }, minutes(-60 * 30), 'missed', 0],
      [{ missed: 'once', missedHours: 1, expression: '0 0 1 1 *' }, minutes(-120), 'missed', 0],
    ] as const) {
      const configuration = { ...MINUTELY, ...changes };
      const id = await testTrigger(instance, organization, await reading(), configuration);
      await known(id);
      await due(id, latestTime(configuration.expression, 'UTC', at));
      const { state, runs } = await ended(id, outcome);
      assert.equal(runs.length, starts, JSON.stringify(changes));
      assert.ok((state?.next_at?.getTime() ?? 0) > Date.now() - 1_000);
    }
  });

  it('is not there when it is paused or changed: nothing is due, and a new time is found', async () => {
    const id = await testTrigger(instance, organization, await reading(), YEARLY);
    await known(id);
    const change = (values: object) => instance.control.updateTable('workflow_trigger').set(values).where('id', '=', id).execute();
    await change({ enabled: false, revision: 2 });
    await due(id, minutes(-1));
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    assert.equal((await firedBy(instance, id)).runs.length, 0);
    await change({ enabled: true, revision: 3 });
    await eventually('a new time', async () => ((await firedBy(instance, id)).state?.revision === 3 ? true : undefined));
    assert.equal((await firedBy(instance, id)).runs.length, 0, 'what passed while it was paused is not missed');
  });

  it('finds its time again when a clock that was in the future left one there', async () => {
    const id = await testTrigger(instance, organization, await reading(), { ...YEARLY, expression: '0 0 1 * *' });
    await known(id);
    await due(id, minutes(60 * 24 * 400));
    await findTimesAgain(instance.owner as never, { confirm: async () => undefined });
    const expected = nextTimes('0 0 1 * *', 'UTC', new Date(), 1)[0];
    await eventually('the right time', async () =>
      (await firedBy(instance, id)).state?.next_at?.getTime() === expected?.getTime() ? true : undefined,
    );
  });

  it('starts its run when its time comes before it was found again, unless it was changed meanwhile', async () => {
    const changed = { ...YEARLY, missedHours: WITHIN_A_YEAR };
    for (const [revision, starts] of [
      [1, 1],
      [2, 0],
    ] as const) {
      const id = await testTrigger(instance, organization, await reading(), changed);
      await known(id);
      const change = (values: object) => instance.owner.updateTable('workflow_trigger').set(values).where('id', '=', id).execute();
      // Nobody looks at it meanwhile, as if two hundred others came first.
      await change({ enabled: false });
      await findTimesAgain(instance.owner as never, { confirm: async () => undefined });
      await due(id, latestTime(changed.expression, 'UTC', new Date()));
      await change({ enabled: true, revision });
      await eventually('the next time', async () => {
        const { state } = await firedBy(instance, id);
        return state?.revision === revision && (state.next_at?.getTime() ?? 0) > Date.now() ? true : undefined;
      });
      assert.equal((await firedBy(instance, id)).runs.length, starts, `revision ${revision}`);
    }
  });

  it('says why it could start nothing, and goes on with its next time', async () => {
    const workflow = await reading();
    const id = await testTrigger(instance, organization, workflow, { ...YEARLY, missedHours: WITHIN_A_YEAR });
    await known(id);
    await publish(instance, organization, workflow, to, { name: 'upload', kind: 'upload' });
    await due(id, latestTime(YEARLY.expression, 'UTC', new Date()));
    const { state, runs } = await ended(id, 'failed');
    assert.deepEqual([state?.failure?.code, state?.failures, runs], ['invalid_request', 1, []]);
    assert.deepEqual(state?.next_at, nextTimes(YEARLY.expression, 'UTC', new Date(), 1)[0]);
  });

  it('that fails for a reason of ours goes behind all others, and is tried again later each time', async () => {
    const broken = await testTrigger(instance, organization, await reading(), { ...YEARLY, missedHours: WITHIN_A_YEAR });
    const id = await testTrigger(instance, organization, await reading(), { ...YEARLY, missedHours: WITHIN_A_YEAR });
    await Promise.all([known(broken), known(id)]);
    // As if a rule of the table refused its run.
    await sql`create function refuse_row() returns trigger language plpgsql as ${sql.raw(
      `'begin if new.started_by ->> ''id'' = ''${broken}'' then raise exception ''no such run''; end if; return new; end'`,
    )}`.execute(instance.owner);
    await sql`create trigger refuse_row before insert on run for each row execute function refuse_row()`.execute(instance.owner);
    try {
      const at = latestTime(YEARLY.expression, 'UTC', new Date());
      await due(broken, at);
      const { state } = await ended(broken, 'failed');
      assert.equal(state?.failure?.code, 'internal');
      assert.deepEqual(state?.next_at, at);
      await due(id, at);
      await using db = instance.connectAs('data');
      // Its pause is over.
      await instance.owner
        .updateTable('trigger_state')
        .set({ last_at: minutes(-5) })
        .where('trigger_id', '=', broken)
        .execute();
      const order = (await dueTriggers(db as never, 'cron')).map((each) => each.id).filter((each) => each === broken || each === id);
      assert.notEqual(order[0], broken);
      await ended(id, 'started');
      await eventually('another attempt', async () => ((await firedBy(instance, broken)).state?.failures ?? 0) >= 2);
    } finally {
      await sql`drop trigger refuse_row on run`.execute(instance.owner);
      await sql`drop function refuse_row`.execute(instance.owner);
    }
    await instance.owner
      .updateTable('trigger_state')
      .set({ last_at: minutes(-5) })
      .where('trigger_id', '=', broken)
      .execute();
    await ended(broken, 'started');
  });

  it('is not looked for in an organization that is being deleted, and nor is what asks connectors', async () => {
    const cron = await testTrigger(instance, organization, await reading(), { ...YEARLY, missedHours: WITHIN_A_YEAR });
    const poll = await testTrigger(instance, organization, await reading('new'), { kind: 'poll', everyMinutes: 15 });
    await Promise.all([known(cron), ended(poll, 'nothing-new')]);
    // In a transaction, so that no plane serves them or deletes the organization meanwhile.
    await transaction(instance.owner, async (tx) => {
      const found = async () => {
        const both = [...(await dueTriggers(tx as never, 'cron')), ...(await dueTriggers(tx as never, 'poll'))];
        return both.map(({ id }) => id).filter((id) => id === cron || id === poll);
      };
      await tx
        .updateTable('trigger_state')
        .set({ next_at: minutes(-1) })
        .where('trigger_id', 'in', [cron, poll])
        .execute();
      const deletion = { organization_id: organization.id, requested_by: '{}', delete_at: minutes(-1) };
      await tx.insertInto('organization_deletion').values(deletion).execute();
      assert.deepEqual(await found(), [cron, poll], 'until it has begun');
      await tx
        .updateTable('organization_deletion')
        .set({ begun_at: minutes(-1) })
        .where('organization_id', '=', organization.id)
        .execute();
      assert.deepEqual(await found(), []);
      await tx.deleteFrom('organization_deletion').where('organization_id', '=', organization.id).execute();
      await tx
        .updateTable('trigger_state')
        .set({ next_at: minutes(60) })
        .where('trigger_id', 'in', [cron, poll])
        .execute();
    });
  });

  it('whose workflow is locked goes behind all others, and starts its run when it is free again', async () => {
    const workflow = await reading();
    const locked = await testTrigger(instance, organization, workflow, { ...YEARLY, missedHours: WITHIN_A_YEAR });
    await known(locked);
    await transaction(instance.owner, async (tx) => {
      await tx.selectFrom('workflow').select('id').where('id', '=', workflow).forUpdate().execute();
      await due(locked, latestTime(YEARLY.expression, 'UTC', new Date()));
      const { state, runs } = await ended(locked, 'failed');
      assert.deepEqual([state?.failure?.code, runs], ['internal', []]);
    });
    const { runs } = await ended(locked, 'started');
    assert.equal(runs.length, 1);
    await finishedRun(instance, runs[0]?.id ?? '');
  });

  it('starts nothing when it was paused, changed, served or deleted after it was found to be due', async () => {
    const workflowId = await reading();
    const id = await testTrigger(instance, organization, workflowId, YEARLY);
    const at = (await known(id)) && (await firedBy(instance, id)).state?.next_at;
    assert.ok(at);
    await using db = instance.connectAs('data');
    const change = (values: object) => instance.control.updateTable('workflow_trigger').set(values).where('id', '=', id).execute();
    const trigger = { organizationId: organization.id, id, name: 'read before', workflowId };
    const attempt = (revision: number, time = at) =>
      fire({ db, follower: instance.plane.follower }, trigger, {
        occasion: `cron ${revision} ${time.toISOString()}`,
        due: { revision, at: time, nextAt: at },
      });
    await change({ enabled: false });
    assert.equal(await attempt(1), undefined, 'paused');
    await change({ enabled: true });
    assert.equal(await attempt(2), undefined, 'changed');
    assert.equal(await attempt(1, minutes(1)), undefined, 'served by another node');
    assert.deepEqual((await firedBy(instance, id)).runs, []);
    assert.equal((await attempt(1))?.repeated, false, 'as it was found');
    await deleteRows(instance.control, 'workflow_trigger', organization.id, [id]);
    await assert.rejects(attempt(1), { code: 'not_found' });
    const { runs } = await firedBy(instance, id);
    assert.equal(runs.length, 1);
    await finishedRun(instance, runs[0]?.id ?? '');
  });
});

describe('a trigger whose row the owner of the database has changed', { concurrency: false }, () => {
  const changed = (id: string, values: object) => instance.owner.updateTable('workflow_trigger').set(values).where('id', '=', id).execute();

  it('starts nothing: not another workflow, not at another time, not while it is paused', async () => {
    const other = await reading();
    const hourly = { ...MINUTELY, expression: '0 * * * *' };
    const last = latestTime(hourly.expression, 'UTC', new Date());
    const cases: [string, object, object][] = [
      ['another workflow', { workflow_id: other }, {}],
      ['another schedule', { configuration: JSON.stringify({ ...hourly, missedHours: 25 }) }, {}],
      ['no pause any more', { enabled: true }, { enabled: false }],
    ];
    for (const [what, values, former] of cases) {
      const id = await testTrigger(instance, organization, await reading(), hourly, former);
      if (!('enabled' in former)) await known(id);
      await changed(id, values);
      await known(id);
      await due(id, last);
      const { state, runs } = await ended(id, 'failed');
      assert.deepEqual([state?.failure?.code, runs], ['definition_refused', []], what);
      // Once it is on the record, it is what the trigger does.
      await stateTrigger(instance, organization, id);
      await due(id, last);
      const started = await ended(id, 'started');
      assert.equal(started.runs.length, 1, what);
    }
  });

  it('starts nothing at a time that its schedule does not have, and finds the next one', async () => {
    const id = await testTrigger(instance, organization, await reading(), YEARLY);
    await known(id);
    await due(id, minutes(0));
    const next = nextTimes(YEARLY.expression, 'UTC', new Date(), 1)[0];
    await eventually('the right time', async () => (await firedBy(instance, id)).state?.next_at?.getTime() === next?.getTime());
    assert.deepEqual((await firedBy(instance, id)).runs, []);
  });
});

describe('a connector that is asked for new documents', { concurrency: false }, () => {
  const POLL = { kind: 'poll', everyMinutes: 15 } as const;
  const again = async (id: string) => {
    await instance.owner.updateTable('trigger_state').set({ outcome: null }).where('trigger_id', '=', id).execute();
    await due(id, minutes(-1));
  };

  it('starts a run for what is new, each document and version once, and none for nothing', async () => {
    const id = await testTrigger(instance, organization, await reading('all'), POLL);
    const first = await ended(id, 'nothing-new');
    assert.equal(first.runs.length, 0);
    const pause = (first.state?.next_at?.getTime() ?? 0) - Date.now();
    assert.ok(pause > 13 * 60_000 && pause <= 15 * 60_000, `${pause}`);

    service.documents.set('a.txt', '1').set('b.txt', '1');
    await again(id);
    const { runs } = await ended(id, 'started');
    await finishedRun(instance, runs[0]?.id ?? '');
    assert.deepEqual(service.published.sort(), ['a.txt', 'b.txt']);
    await again(id);
    await ended(id, 'nothing-new');
    service.documents.set('b.txt', '2');
    await again(id);
    const second = await ended(id, 'started');
    assert.equal(second.runs.length, 2);
    await finishedRun(instance, second.runs[1]?.id ?? '');
    assert.deepEqual(
      (await itemsOf(instance, second.runs[1]?.id ?? '')).map(({ name }) => name),
      ['b.txt'],
    );
  });

  it('leaves what failed: a document is tried by one run, until somebody retries it', async () => {
    service.documents.set('bad.txt', '1').set('good.txt', '1');
    service.refuses.add('bad.txt');
    const id = await testTrigger(instance, organization, await reading('new'), POLL);
    const { runs } = await ended(id, 'started');
    assert.equal((await finishedRun(instance, runs[0]?.id ?? '')).status, 'failed');
    await again(id);
    await ended(id, 'nothing-new');
  });

  it('does not begin while a run that it started is under way', async () => {
    const held = Promise.withResolvers<void>();
    service.heldSecond = held.promise;
    service.documents.set('a.txt', '1');
    const id = await testTrigger(instance, organization, await reading('new'), POLL);
    try {
      await ended(id, 'started');
      await eventually('the run to list', () => (service.listed === 2 ? true : undefined));
      await again(id);
      const { runs } = await ended(id, 'under-way');
      assert.equal(runs.length, 1);
      assert.equal(service.listed, 2, 'nothing was asked');
    } finally {
      held.resolve();
    }
    await finishedRun(instance, (await firedBy(instance, id)).runs[0]?.id ?? '');
    await again(id);
    await ended(id, 'nothing-new');
  });

  it('of one organization hold up none of another, however many they are and however slow their service is', async () => {
    const held = Promise.withResolvers<void>();
    const slow = await testOrganization(instance);
    const slowFrom = await testComponent(instance, slow, {}, {}, undefined, 'test-slow-source');
    const slowTo = await testComponent(instance, slow, {}, {}, undefined, 'test-publisher');
    service.slow = { listing: 0, held: held.promise };
    try {
      for (let each = 0; each < 12; each += 1) {
        const from = { name: 'incoming', kind: 'component', componentId: slowFrom, documents: 'new' } as const;
        await testTrigger(instance, slow, await testWorkflow(instance, slow, slowTo, from), POLL);
      }
      await eventually('two of the slow ones', async () => service.slow.listing === 2);
      const id = await testTrigger(instance, organization, await reading('new'), POLL);
      await ended(id, 'nothing-new');
      assert.equal(service.slow.listing, 2);
    } finally {
      held.resolve();
    }
    await eventually('the turn of all others', async () => service.slow.listing === 12);
  });

  it('waits longer after each failure, says why, and is as before after a success', async () => {
    service.away = true;
    const id = await testTrigger(instance, organization, await reading('new'), POLL);
    for (const [failures, pause] of [
      [1, 30],
      [2, 60],
      [3, 120],
    ] as const) {
      const { state } = await ended(id, 'failed');
      assert.equal(state?.failures, failures);
      assert.equal(state?.failure?.code, 'upstream_unreachable');
      const minutesLeft = ((state?.next_at?.getTime() ?? 0) - Date.now()) / 60_000;
      assert.ok(minutesLeft > pause - 2 && minutesLeft <= pause, `${minutesLeft} after ${failures}`);
      if (failures === 3) service.away = false;
      await again(id);
    }
    const { state } = await ended(id, 'nothing-new');
    assert.deepEqual([state?.failures, state?.failure], [0, null]);
  });

  it('is left alone for as long as it asks, for a day at most', async () => {
    Object.assign(service, { away: true, asksFor: 5 * 3_600_000 });
    const id = await testTrigger(instance, organization, await reading('new'), POLL);
    for (const pause of [300, 1_440]) {
      const { state } = await ended(id, 'failed');
      assert.match(state?.failure?.detail ?? '', /^The service is away\. It asks to be left alone for \d+ (?:hours|days), until /);
      const minutesLeft = ((state?.next_at?.getTime() ?? 0) - Date.now()) / 60_000;
      assert.ok(minutesLeft > pause - 2 && minutesLeft <= pause, `${minutesLeft} in place of ${pause}`);
      service.asksFor = 30 * 24 * 3_600_000;
      await again(id);
    }
  });

  it('is asked no sooner because another node takes over, unless its time is one that no clock could have meant', async () => {
    const hour = 60;
    for (const [failures, asksFor, until, revision] of [
      [0, 0, undefined, 1],
      [1, 5 * 3_600_000, undefined, 1],
      [0, 0, 16, -1],
      [1, 0, 24 * hour - 1, 1],
      [1, 0, 24 * hour + 1, -1],
    ] as const) {
      Object.assign(service, { away: failures > 0, asksFor });
      const id = await testTrigger(instance, organization, await reading('new'), POLL);
      await ended(id, failures > 0 ? 'failed' : 'nothing-new');
      // Nobody asks it meanwhile, whatever its row says.
      await instance.owner.updateTable('workflow_trigger').set({ enabled: false }).where('id', '=', id).execute();
      if (until !== undefined) await due(id, minutes(until));
      await findTimesAgain(instance.owner as never, { confirm: async () => undefined });
      const { state } = await firedBy(instance, id);
      assert.deepEqual([state?.failures, state?.revision], [failures, revision], `${failures} ${asksFor} ${until}`);
      if (revision > 0) continue;
      Object.assign(service, { away: false, asksFor: 0 });
      await instance.owner.updateTable('workflow_trigger').set({ enabled: true }).where('id', '=', id).execute();
      await eventually('another time', async () => ((await firedBy(instance, id)).state?.next_at ?? minutes(hour)) < minutes(16));
    }
  });
});
