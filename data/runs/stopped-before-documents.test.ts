import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { SourceConnector } from '@holdfast/connector';
import type { TestInstance, TestOrganization } from '../testing/instance.ts';
import { finishedRun, itemsOf, logOf, startTestRun } from '../testing/runs.ts';
import { fresh, type StandInInstance, source, standInInstance, state } from '../testing/stand-in-connectors.ts';

describe('a run that is asked to stop before its first document', { concurrency: false }, () => {
  let standIns: StandInInstance;
  let instance: TestInstance;
  let place: TestOrganization;
  const { list } = source;
  before(async () => {
    standIns = await standInInstance();
    ({ instance, place } = standIns);
  });
  after(async () => {
    Object.assign(source, { list });
    await standIns?.[Symbol.asyncDispose]();
  });

  /** A run whose source answers in spite of being aborted, as soon as it is. */
  async function listingRun(): Promise<string> {
    fresh({ 'a.txt': 'one', 'b.txt': 'two' });
    const { promise: listing, resolve: isListing } = Promise.withResolvers<void>();
    Object.assign(source, {
      async *list(...[options, context]: Parameters<SourceConnector['list']>) {
        isListing();
        if (!context.signal.aborted) {
          await new Promise<void>((resolve) => context.signal.addEventListener('abort', () => resolve(), { once: true }));
        }
        yield* list(options, context);
      },
    });
    const from = { kind: 'component', componentId: standIns.reader, documents: 'new' } as const;
    const runId = await startTestRun(instance, place, [standIns.store], [], from);
    await listing;
    Object.assign(source, { list });
    return runId;
  }

  it('is cancelled when somebody cancelled it, and its documents wait', async () => {
    const runId = await listingRun();
    await instance.control.updateTable('run').set({ cancel_requested: true }).where('id', '=', runId).execute();
    const { status, failure } = await finishedRun(instance, runId);
    assert.deepEqual([status, failure], ['cancelled', null]);
    assert.deepEqual(
      (await itemsOf(instance, runId)).map((item) => item.status),
      ['waiting', 'waiting'],
    );
    assert.deepEqual([...state.published], []);
  });

  it('waits for another process when its own stops, which then sends its documents', async () => {
    const runId = await listingRun();
    await instance.plane.close();
    const { status } = await instance.control.selectFrom('run').select('status').where('id', '=', runId).executeTakeFirstOrThrow();
    await instance.restart();
    assert.equal(status, 'queued', (await logOf(instance, runId)).join('\n'));
    assert.equal((await finishedRun(instance, runId)).status, 'succeeded');
    assert.deepEqual([...state.published].toSorted(), [
      ['in/a.txt', 'one'],
      ['in/b.txt', 'two'],
    ]);
  });
});
