import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { ConnectorError } from '@holdfast/connector';
import { finishedRun, itemsOf, logOf, retryTestRun, startTestRun } from '../testing/runs.ts';
import { fresh, type StandInInstance, source, standInInstance, state, upload } from '../testing/stand-in-connectors.ts';

const DAY_MILLISECONDS = 86_400_000;
const ASKS_FOR_A_DAY =
  /^The service is busy\. It asks to be left alone for 24 hours, until \d{4}-\d{2}-\d{2} \d{2}:\d{2} UTC; a run waits for 5 minutes at most\.$/;
const askingForADay = () =>
  new ConnectorError('upstream_refused', 'The service is busy.', {
    remedy: 'Start the run again.',
    retryable: true,
    retryAfterMilliseconds: DAY_MILLISECONDS,
  });

describe('a service that asks for more time than a run waits', { concurrency: false }, () => {
  let standIns: StandInInstance;
  before(async () => {
    standIns = await standInInstance();
  });
  after(() => standIns?.[Symbol.asyncDispose]());
  const start = (names: readonly string[]) =>
    startTestRun(standIns.instance, standIns.place, [standIns.store], upload(Object.fromEntries(names.map((name) => [name, name]))));

  it('is not asked again: the document is set aside and says until when, the others go on, and it can be retried alone', async () => {
    fresh();
    const { instance } = standIns;
    const sent: string[] = [];
    let busy = true;
    state.before = async (_step, name) => {
      sent.push(name);
      if (busy && name === 'c.txt') throw askingForADay();
    };
    const names = ['a.txt', 'b.txt', 'c.txt', 'd.txt', 'e.txt', 'f.txt', 'g.txt', 'h.txt'];
    const runId = await start(names);
    const run = await finishedRun(instance, runId);
    const log = await logOf(instance, runId);
    assert.deepEqual(sent.toSorted(), names);
    assert.deepEqual([run.status, run.counts?.failed, run.counts?.published], ['failed', 1, 7], log.join('\n'));
    const item = (await itemsOf(instance, runId)).find(({ name }) => name === 'c.txt');
    assert.equal(item?.status, 'failed');
    assert.match(item?.failure?.detail ?? '', ASKS_FOR_A_DAY);
    assert.match(item?.failure?.remedy ?? '', /^Try again after that time/);
    assert.ok(log.some((line) => line.startsWith('error: “c.txt”: The service is busy. It asks to be left alone for 24 hours')));
    busy = false;
    assert.equal(await retryTestRun(instance, runId, { chosen: [item?.id ?? ''] }), 1);
    assert.equal((await finishedRun(instance, runId)).status, 'succeeded');
    assert.equal(sent.length, names.length + 1);
  });

  it('is not asked with every document of the run: it ends with the second one, the rest is not sent and goes on later', async () => {
    fresh();
    const { instance } = standIns;
    const sent: string[] = [];
    state.before = async (_step, name) => {
      sent.push(name);
      throw askingForADay();
    };
    const names = Array.from({ length: 20 }, (_, index) => `${index + 10}.txt`);
    const runId = await start(names);
    const run = await finishedRun(instance, runId);
    assert.equal(run.status, 'failed');
    assert.match(run.failure?.detail ?? '', ASKS_FOR_A_DAY);
    // Those that were under way beside it.
    assert.ok(sent.length >= 2 && sent.length <= 5, sent.join());
    assert.equal(new Set(sent).size, sent.length, 'None of them is sent twice.');
    assert.equal((await itemsOf(instance, runId)).filter(({ status }) => status === 'waiting').length, names.length - sent.length);
    state.before = async () => undefined;
    assert.equal(await retryTestRun(instance, runId), names.length);
    assert.equal((await finishedRun(instance, runId)).status, 'succeeded');
  });

  it('is not asked again for its list', async ({ mock }) => {
    fresh();
    const { instance, place, reader, store } = standIns;
    const listing = mock.method(source, 'list', () => {
      throw askingForADay();
    });
    const runId = await startTestRun(instance, place, [store], [], { kind: 'component', componentId: reader, documents: 'all' });
    const run = await finishedRun(instance, runId);
    assert.equal(run.status, 'failed');
    assert.match(run.failure?.detail ?? '', ASKS_FOR_A_DAY);
    assert.equal(listing.mock.callCount(), 1);
  });
});
