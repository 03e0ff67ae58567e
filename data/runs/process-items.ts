import { setTimeout as sleep } from 'node:timers/promises';
import { type Failure, HoldfastError } from '@holdfast/api';
import { type Database, isRowError } from '@holdfast/db/data';
import { type Logger, logEvent } from '@holdfast/service';
import type { Kysely } from 'kysely';
import { throwFirst } from '../all-settled.ts';
import type { DocumentStore } from '../documents/document-store.ts';
import type { NewDocument } from '../documents/store-document.ts';
import type { Evaluator } from '../evaluation/evaluator.ts';
import type { BoundComponent } from '../use/component/load-component.ts';
import { type Claimed, claimItems } from './claim-items.ts';
import type { ClaimedRun } from './claim-runs.ts';
import { componentBytes } from './component-bytes.ts';
import { type DocumentBytes, documentBytes } from './document-bytes.ts';
import { settleFailedAttempt } from './failed-attempt.ts';
import { isOutage, toFailure } from './failure.ts';
import type { ItemPlace, ItemResult } from './item-changes.ts';
import { type FinishedStep, readFinishedSteps, readSharedStems } from './item-steps.ts';
import type { WaitingItem } from './items.ts';
import type { OpenSteps } from './open-steps.ts';
import { type ItemEnd, processItem } from './process-item.ts';
import type { RetryPolicy } from './retry.ts';
import { createRunLog } from './run-log.ts';
import type { RunSession } from './run-session.ts';
import type { RunStop } from './run-stop.ts';
import type { StopRequest } from './stop-request.ts';

export interface Work {
  readonly logger: Logger;
  readonly db: Kysely<Database>;
  readonly documents: DocumentStore;
  readonly evaluator: Evaluator;
  /** It holds the run's lock: what is changed of an item fails when the lock is lost. */
  readonly session: RunSession;
  readonly run: ClaimedRun;
  /** Real paths of the folders that it reads, by the names of its sources. */
  readonly folders: ReadonlyMap<string, string>;
  readonly items: AsyncGenerator<WaitingItem>;
  readonly steps: OpenSteps;
  readonly retry: RetryPolicy;
  readonly stop: StopRequest;
}

/** Of one run: each is worked on by a worker of its own. */
const ITEMS_AT_ONCE = 4;
/** Results of one worker that may be on their way to the database while it goes on. */
const RESULTS_ON_THEIR_WAY = 8;
/** Documents that begin within this time share one look at whether the run may go on. */
const CHECKED_MILLISECONDS = 50;

const NO_STEPS: ReadonlyMap<string, FinishedStep> = new Map();
const NONE: ReadonlySet<string> = new Set();

/**
 * Takes the items through the steps, a few at a time. Ends when all are done; when the run is asked to stop,
 * with those under way waiting again; when a value was changed; or with the first failure that the other
 * items would meet as well.
 */
export async function processItems(work: Work): Promise<RunStop> {
  const { db, documents, session, run, steps } = work;
  const log = createRunLog(session.writeLog, run, steps.redact);
  let stop: RunStop | undefined;
  const notes = new Set<string>();
  /** When a document was last published or found there, by the monotonic clock. */
  let lastSuccess = Number.NEGATIVE_INFINITY;
  /** When the latest attempt of a document that is being retried failed, by the item's id. */
  const failedAt = new Map<string, number>();
  /** When a document was last set aside, because its service asks for more time than a run waits. */
  let lastSetAside: number | undefined;
  /** Aborted when one worker has found a reason to stop: the others need not wait for their next attempt. */
  const over = new AbortController();

  let checkedAt = steps.openedAt;

  /** Before each attempt: may the run still go on, with the values that it has? */
  async function mayGoOn(): Promise<boolean> {
    const reason = work.stop.reason();
    if (reason !== undefined) stop ??= { kind: reason };
    if (stop !== undefined) return false;
    const now = performance.now();
    if (now - checkedAt < CHECKED_MILLISECONDS) return true;
    const [cancelled, changed] = await Promise.all([session.isCancelled(run), steps.changed()]);
    checkedAt = now;
    if (cancelled) stop ??= { kind: 'cancelled' };
    else if (changed) stop ??= { kind: 'changed' };
    return stop === undefined;
  }

  function read(item: WaitingItem): Promise<DocumentBytes> {
    const source = item.source === null ? undefined : steps.sources.get(item.source);
    if (source !== undefined) return componentBytes({ documents, run, source, signal: work.stop.aborted }, item);
    const folder = item.source === null ? undefined : work.folders.get(item.source);
    return documentBytes(documents, session.readSmallDocument, run.organizationId, item, folder, work.stop.aborted);
  }

  const claims = claimItems(work, read, () => stop !== undefined || work.stop.reason() !== undefined);

  const evaluations = work.evaluator.ofOne(run.organizationId);
  const hasModels = steps.steps.some(({ use }) => use.connector.role === 'model');
  let stems: Promise<ReadonlySet<string>> | undefined;
  const sharedStems = () => {
    stems ??= readSharedStems(db, run);
    return stems;
  };

  /** Of a first attempt in a run's first turn there are none. */
  async function finishedSteps({ place, number }: Claimed): Promise<ReadonlyMap<string, FinishedStep>> {
    if (steps.steps.length === 1 || (work.run.first && number === 1)) return NO_STEPS;
    return readFinishedSteps(documents, place);
  }

  async function attempt(claimed: Claimed, results: Set<Promise<void>>): Promise<{ again: number } | undefined> {
    const { item, place } = claimed;
    /** Where it is: in a step, or still in the source. */
    let at: { readonly component: BoundComponent } | undefined = item.source === null ? undefined : steps.sources.get(item.source);
    let bytes: DocumentBytes | undefined;
    let announced = false;
    let noting: Promise<unknown> = Promise.resolve();
    try {
      bytes = await (claimed.bytes ?? read(item));
      const progress = (sent: number) => {
        noting = noting.then(() => session.items.noteProgress(place, sent)).catch(() => undefined);
      };
      const end = await processItem({
        item,
        sourceName: item.source ?? run.sources.find(({ kind }) => kind === 'upload')?.name ?? '',
        original: bytes,
        steps: steps.steps,
        finished: await finishedSteps(claimed),
        evaluations,
        sharedStems: hasModels ? await sharedStems() : NONE,
        signal: work.stop.aborted,
        begin: (step) => {
          at = step;
        },
        async announce(step) {
          await session.items.announce(place, step.id);
          announced = true;
        },
        progress,
        store: (document, body) => documents.store({ ...document, ...ownerOf(run) }, body),
        async finishStep(step) {
          await session.finishStep({ ...step, place });
          announced = false;
        },
      });
      await noting;
      const result = resultOf(end, bytes.size);
      // Nothing is waited for while a document counts as one that may have been sent.
      const settling = storedOrFailed(
        item,
        place,
        announced ? session.items.settle(place, result) : session.items.settleSoon(place, result),
      );
      results.add(settling);
      settling.then(
        () => results.delete(settling),
        // Met by the worker.
        () => undefined,
      );
      lastSuccess = performance.now();
      const note = end.outcome === 'skipped' ? undefined : end.note;
      if (note !== undefined && !notes.has(note)) {
        notes.add(note);
        await log.write('warning', steps.redact(note));
      }
      return undefined;
    } catch (error) {
      await noting;
      return await settleFailure(error, claimed, at?.component, announced);
    } finally {
      await bytes?.discard?.().catch(() => undefined);
    }
  }

  /** What the database refuses for what it says, now and always, fails this document and no other. */
  async function storedOrFailed(item: WaitingItem, place: ItemPlace, settling: Promise<void>): Promise<void> {
    try {
      await settling;
    } catch (error) {
      if (!isRowError(error)) throw error;
      logEvent(work.logger, 'item.failed', { errorName: (error as Error).name, error: steps.redact((error as Error).message) });
      await session.items.settle(place, { status: 'failed', failure: NOT_STORED });
      await log.write('error', `“${item.name}”: ${NOT_STORED.detail} ${NOT_STORED.remedy}`, item.id);
    }
  }

  async function settleFailure(
    error: unknown,
    { item, place, number }: Claimed,
    component: BoundComponent | undefined,
    announced: boolean,
  ): Promise<{ again: number } | undefined> {
    const { aborted } = work.stop.aborted;
    if (aborted) stop ??= { kind: work.stop.reason() ?? 'interrupted' };
    else if (isOutage(error)) throw error;
    const redacted = steps.redactError(error);
    const failure = toFailure(redacted);
    if (!aborted && failure.code === 'internal')
      logEvent(work.logger, 'item.failed', { errorName: (error as Error).name, error: (redacted as Error).message });
    const outcome = settleFailedAttempt({ error, failure, documentName: item.name, number, announced, aborted }, work.retry);
    const { result, line, againMilliseconds, stopsRun } = outcome;
    const failedBefore = failedAt.get(item.id) ?? Number.POSITIVE_INFINITY;
    if (againMilliseconds !== undefined) failedAt.set(item.id, performance.now());
    await session.items.settle(place, result);
    if (line !== undefined) await log.writeFailure(line.level, line.failure, line.say, item.id);
    const metAgain = stopsRun === 'when-met-again' && lastSetAside !== undefined && lastSuccess <= lastSetAside;
    if (stopsRun === 'when-met-again') lastSetAside = performance.now();
    if (stopsRun === 'yes' || metAgain || (stopsRun === 'unless-others-pass' && lastSuccess <= failedBefore)) {
      stop ??= stoppedBy(failure, component);
    }
    return againMilliseconds === undefined ? undefined : { again: againMilliseconds };
  }

  /** Between two attempts; ends as soon as the run is to stop. */
  async function pause(milliseconds: number): Promise<void> {
    const signal = AbortSignal.any([work.stop.asked, over.signal]);
    await sleep(milliseconds, undefined, { signal }).catch(() => undefined);
  }

  async function worker(): Promise<void> {
    const results = new Set<Promise<void>>();
    for (let next = await claims.next(); next !== undefined; next = await claims.next()) {
      if (!(await mayGoOn())) {
        await session.items.release(next.place);
        break;
      }
      const { item } = next;
      let failed = await attempt(next, results);
      while (failed !== undefined) {
        await pause(failed.again);
        const again: Claimed | undefined = (await mayGoOn()) ? await claims.claim(item) : undefined;
        failed = again && (await attempt(again, results));
      }
      if (results.size >= RESULTS_ON_THEIR_WAY) {
        session.items.flush();
        await Promise.race(results);
      }
    }
    if (stop !== undefined) over.abort();
    session.items.flush();
    await Promise.all(results);
  }

  function stopAll(error: unknown): never {
    stop ??= { kind: 'interrupted' };
    over.abort();
    throw error;
  }

  /** A worker that got no document has not asked whether the run may go on; others may wait still. */
  function stoppedBeforeTheRest(): RunStop | undefined {
    const reason = work.stop.reason();
    return reason === undefined || claims.exhausted() ? undefined : { kind: reason };
  }

  // All of them come to their end, also when one fails: nothing of this run goes on in the background.
  const ends = await Promise.allSettled(Array.from({ length: ITEMS_AT_ONCE }, () => worker().catch(stopAll)));
  stop ??= stoppedBeforeTheRest();
  // Without the locks they wait again when the run is taken up.
  if (stop !== undefined) await claims.releaseAhead().catch(() => undefined);
  throwFirst(ends);
  return stop ?? { kind: 'done' };
}

const NOT_STORED: Failure = {
  code: 'internal',
  detail: 'What became of the document could not be stored: it may have been published.',
  remedy: 'Look whether it has arrived; the operator finds the reason in the log of the data plane.',
};

function resultOf(end: ItemEnd, size: number): ItemResult {
  if (end.outcome !== 'skipped') return { status: end.outcome, publishedAs: end.publishedAs, size };
  const { code, message, remedy } = new HoldfastError('condition_false', end.detail);
  return { status: 'skipped', failure: { code, detail: message, remedy } };
}

function stoppedBy(failure: Failure, component: BoundComponent | undefined): RunStop {
  const ofSecret = failure.code === 'upstream_credentials' || failure.code === 'option_invalid';
  const secretName = component?.bindings.find((binding) => binding.secretName !== null)?.secretName ?? null;
  return {
    kind: 'failed',
    failure,
    component: component === undefined ? null : { id: component.id, name: component.name },
    secretName: ofSecret ? secretName : null,
  };
}

function ownerOf({ organizationId, projectId, id, startedBy }: ClaimedRun): Omit<NewDocument, 'name' | 'contentType'> {
  return { organizationId, projectId, runId: id, createdBy: startedBy };
}
