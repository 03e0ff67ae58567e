import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { WaitingItem } from './items.ts';
import { processItems, type Work } from './process-items.ts';
import { createStopRequest } from './stop-request.ts';

const ITEM: WaitingItem = {
  id: '01940000-0000-7000-8000-000000000001',
  documentId: null,
  source: 'source',
  reference: null,
  name: 'a.txt',
  publishName: 'a.txt',
  contentType: 'text/plain',
  size: 3,
  attempts: 0,
  sha256: undefined,
};

/** Nothing may be claimed, opened or written. */
function workOn(stop: Work['stop'], ...waiting: readonly WaitingItem[]): Work {
  async function* items() {
    yield* waiting;
  }
  return {
    session: { items: { flush: () => undefined }, writeLog: async () => assert.fail('nothing is to be said') },
    run: { organizationId: 'organization', id: 'run', sources: [] },
    steps: { steps: [], sources: new Map(), openedAt: performance.now(), redact: (text: string) => text },
    evaluator: { ofOne: () => undefined },
    items: items(),
    stop,
  } as unknown as Work;
}

describe('processItems', () => {
  for (const reason of ['interrupted', 'cancelled', 'too-long', 'yielded'] as const) {
    it(`is stopped, not done, when it was asked to stop before it claimed what waits: ${reason}`, async () => {
      using stop = createStopRequest();
      stop.ask(reason, 0);
      assert.deepEqual(await processItems(workOn(stop, ITEM)), { kind: reason });
    });
  }

  it('is done when it is asked to stop after all documents were handed out', async () => {
    using stop = createStopRequest();
    async function* noneAnyMore(): Work['items'] {
      stop.ask('interrupted', 0);
      yield* [];
    }
    assert.deepEqual(await processItems({ ...workOn(stop), items: noneAnyMore() }), { kind: 'done' });
  });
});
