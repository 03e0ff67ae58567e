import { Worker } from 'node:worker_threads';
import { createFairQueue } from '../fair-queue.ts';
import type { EvaluationTime } from './evaluation-time.ts';
import type { EvaluationOutcome, EvaluationRequest, ThreadAnswer, ThreadRequest } from './requests.ts';

/** One evaluation, in the line of its organization. */
export interface Evaluation {
  readonly organizationId: string;
  readonly request: EvaluationRequest;
  /** For this one, of a processor. */
  readonly milliseconds: number;
  /** Of all that belong together. */
  readonly time: EvaluationTime;
  /** Aborted when nobody waits for it any more. */
  readonly signal: AbortSignal;
}

/** `used_up`: the time of all that belong together; it was not begun. */
export type LaneOutcome = EvaluationOutcome | { readonly kind: 'used_up' };

/** A thread that evaluates one after the other, a turn for each organization. */
export interface Lane {
  /**
   * @throws what breaks the thread, when that is not the evaluation’s doing; when the lane is closed; and the
   *   reason of the signal as soon as it is aborted. What is under way then goes on in the thread to its end,
   *   for nobody, and takes of its time: who is behind it waits no longer than without the signal.
   */
  evaluate(evaluation: Evaluation): Promise<LaneOutcome>;
  close(): Promise<void>;
}

interface Waiting {
  readonly evaluation: Evaluation;
  readonly settle: PromiseWithResolvers<LaneOutcome>;
}

/**
 * The thread starts with the first evaluation. It has no environment, and as much memory as is said: an
 * evaluation that takes more ends as one that takes too long, and the next begins with another thread.
 */
export function createLane({ memoryMebibytes }: { readonly memoryMebibytes: number }): Lane {
  const queue = createFairQueue<Waiting>();
  let underWay: Waiting | undefined;
  let thread: Worker | undefined;
  let isClosed = false;

  function takeTurn(): Waiting | undefined {
    for (let next = queue.next()?.waiting; next !== undefined; next = queue.next()?.waiting) {
      if (!next.evaluation.time.isUsedUp()) return next;
      next.settle.resolve({ kind: 'used_up' });
    }
    return undefined;
  }

  function begin(): void {
    if (underWay !== undefined) return;
    underWay = takeTurn();
    if (underWay === undefined) {
      // An idle thread keeps no process running.
      thread?.unref();
      return;
    }
    const { request, milliseconds } = underWay.evaluation;
    thread ??= start();
    thread.ref();
    thread.postMessage({ request, milliseconds } satisfies ThreadRequest);
  }

  function end(settle: (waiting: Waiting) => void): void {
    const ended = underWay;
    underWay = undefined;
    if (ended !== undefined) settle(ended);
    begin();
  }

  function start(): Worker {
    const started = new Worker(new URL('./evaluation-thread.ts', import.meta.url), {
      env: {},
      stdin: false,
      // What is printed there could hold parts of a document.
      stdout: true,
      stderr: true,
      resourceLimits: { maxOldGenerationSizeMb: memoryMebibytes },
    });
    started.on('message', ({ outcome, spentMilliseconds }: ThreadAnswer) =>
      end(({ evaluation, settle }) => {
        evaluation.time.take(spentMilliseconds, bytesOf(evaluation.request));
        settle.resolve(outcome);
      }),
    );
    started.on('error', (error: NodeJS.ErrnoException) => {
      thread = undefined;
      end(({ evaluation, settle }) => {
        if (error.code !== 'ERR_WORKER_OUT_OF_MEMORY') return settle.reject(error);
        evaluation.time.take(evaluation.milliseconds, 0);
        settle.resolve({ kind: 'too_long', during: '' });
      });
    });
    return started;
  }

  return {
    async evaluate(evaluation) {
      const { organizationId, signal } = evaluation;
      signal.throwIfAborted();
      if (isClosed) throw closed();
      const settle = Promise.withResolvers<LaneOutcome>();
      const waiting: Waiting = { evaluation, settle };
      const giveUp = () => {
        queue.remove(organizationId, waiting);
        settle.reject(signal.reason);
      };
      signal.addEventListener('abort', giveUp, { once: true });
      try {
        queue.add(organizationId, waiting);
        begin();
        return await settle.promise;
      } finally {
        signal.removeEventListener('abort', giveUp);
      }
    },
    async close() {
      isClosed = true;
      const left = [...(underWay === undefined ? [] : [underWay]), ...queue.clear()];
      underWay = undefined;
      for (const { settle } of left) settle.reject(closed());
      await thread?.terminate();
    },
  };
}

const closed = () => new Error('Nothing is evaluated any more: the process ends.');

/** Of what is looked through; a schema and expressions are short. */
export function bytesOf(request: EvaluationRequest): number {
  return request.kind === 'answer' ? request.answer.length : (request.bytes?.length ?? 0);
}
