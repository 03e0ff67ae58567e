import { setTimeout as sleep } from 'node:timers/promises';
import { ERROR_CODES, type Failure } from '@holdfast/api';
import { ConnectorError } from '@holdfast/connector';
import { type Logger, logEvent } from '@holdfast/service';
import type { SourceFolder } from '@holdfast/settings';
import type { DocumentStore } from '../documents/document-store.ts';
import type { DataEvents } from '../metrics.ts';
import type { ComponentDependencies } from '../use/component/open-component.ts';
import type { ClaimedRun } from './claim-runs.ts';
import { isOutage, secretNameOf, toFailure } from './failure.ts';
import { logInterrupted, returnInterrupted, waitingItems } from './items.ts';
import { foldersOf, insertItems, type LeftOut, listFromComponent, listFromFolder, type SourceListing, wasListed } from './list-source.ts';
import { type Opened, type OpenSteps, openSteps, StepError } from './open-steps.ts';
import { processItems } from './process-items.ts';
import { asksForTooLong, DEFAULT_RETRY, delayAfter, type RetryPolicy } from './retry.ts';
import { createRunLog, type RunLog } from './run-log.ts';
import type { RunSession } from './run-session.ts';
import type { RunEnd, RunStop } from './run-stop.ts';
import type { StopRequest } from './stop-request.ts';
import { tokensInWords } from './tokens-in-words.ts';

export interface RunDependencies extends ComponentDependencies {
  /** Of this process, see data/nodes. */
  readonly nodeId: string;
  readonly folders: readonly SourceFolder[];
  readonly retry?: RetryPolicy;
  readonly documents: DocumentStore;
  /** How long a run may take, from its start. */
  readonly runMaximumHours: number;
  readonly logger: Logger;
  /** Counts what happens. */
  readonly events: DataEvents;
  /** Runs that are executed by this process. */
  readonly active: Set<ActiveRun>;
}

/** A run that has a slot of this process. */
export interface ActiveRun {
  readonly organizationId: string;
  readonly runId: string;
  /** By the monotonic clock, in milliseconds. */
  readonly since: number;
  readonly stop: StopRequest;
}

/**
 * Works on a run, whose lock the session holds, from wherever it stands: the first time, or again after a
 * crash or a pause. Answers whether the run has ended. Throws when the database is away; the run is then
 * taken up again later.
 */
export async function executeRun(dependencies: RunDependencies, session: RunSession, run: ClaimedRun, stop: StopRequest): Promise<boolean> {
  const log = createRunLog(session.writeLog, run, (text) => text);
  if (!run.first) await returnWhatWasUnderWay(session, run, log);
  const stopped = await execute(dependencies, session, run, log, stop);
  if (stopped.kind === 'yielded') await log.write('info', 'The run waits, so that another organization gets a turn.');
  const end = endOf(stopped, dependencies.runMaximumHours);
  if (end === undefined) return false;
  if (stopped.kind === 'too-long') logEvent(dependencies.logger, 'run.too_long', { runId: run.id });
  await session.finish({ run, stop: end, from: 'running' });
  return true;
}

/** `undefined` for one that is taken up again. */
function endOf(stopped: RunStop, maximumHours: number): RunEnd | undefined {
  switch (stopped.kind) {
    case 'done':
    case 'cancelled':
    case 'failed':
      return stopped;
    case 'too-long':
      return tooLong(maximumHours);
    case 'interrupted':
    case 'yielded':
    case 'changed':
      return undefined;
  }
}

function tooLong(maximumHours: number): RunEnd {
  const failure: Failure = {
    code: 'run_too_long',
    detail: `The run took longer than ${maximumHours} ${maximumHours === 1 ? 'hour' : 'hours'}, the longest that a run may take: what was under way is stopped.`,
    remedy: ERROR_CODES.run_too_long.remedy,
  };
  return { kind: 'failed', failure, component: null, secretName: null };
}

async function returnWhatWasUnderWay(session: RunSession, run: ClaimedRun, log: RunLog): Promise<void> {
  await logInterrupted(log, await returnInterrupted(session.locks.connection, run.organizationId, run.id));
}

/** Ends a run that the same error interrupts whenever it is taken up. */
export async function giveUp(session: RunSession, run: ClaimedRun, interruptions: number): Promise<void> {
  await returnWhatWasUnderWay(
    session,
    run,
    createRunLog(session.writeLog, run, (text) => text),
  );
  const failure: Failure = {
    code: 'run_interrupted',
    detail: `The run was interrupted ${interruptions} times by an error of ours, and no document came to its end meanwhile.`,
    remedy: ERROR_CODES.run_interrupted.remedy,
  };
  await session.finish({ run, stop: { kind: 'failed', failure, component: null, secretName: null }, from: 'running' });
}

/** Opens the steps, works, and opens them again when a value was replaced meanwhile. */
async function execute(
  dependencies: RunDependencies,
  session: RunSession,
  run: ClaimedRun,
  log: RunLog,
  stopRequest: StopRequest,
): Promise<RunStop> {
  const { db, logger } = dependencies;
  const retry = dependencies.retry ?? DEFAULT_RETRY;
  let folders: ReadonlyMap<string, string>;
  let listed: boolean;
  try {
    folders = await foldersOf(db, run, dependencies.folders);
    // Uploaded documents are items already.
    listed = run.sources.every(({ kind }) => kind === 'upload') || (await wasListed(db, run));
    // What a connector finds is known once its values are open.
    if (!listed && run.sources.every(({ kind }) => kind !== 'component')) {
      await listSources(db, run, folders, new Map(), { retry, stop: stopRequest, log });
      listed = true;
    }
  } catch (error) {
    return failedBy(logger, error);
  }
  for (;;) {
    const reason = stopRequest.reason();
    if (reason !== undefined && reason !== 'too-long') return { kind: reason };
    // Nothing is opened for nothing.
    let waiting = listed ? await startOf(waitingItems(db, session.readItemPage, run)) : undefined;
    if (listed && waiting === undefined) return { kind: 'done' };
    if (reason !== undefined) return { kind: reason };
    let steps: OpenSteps;
    try {
      steps = await openSteps(dependencies, session, run);
    } catch (error) {
      if (!(error instanceof StepError)) throw error;
      return failedBy(logger, error.cause, error.component);
    }
    if (!listed) {
      try {
        await listSources(db, run, folders, steps.sources, { retry, stop: stopRequest, log });
      } catch (error) {
        // Once the steps are closed, nothing knows their values any more.
        const shown = steps.redactError(error instanceof StepError ? error.cause : error);
        await steps.close('failed', toFailure(shown).code).catch(() => undefined);
        const interrupted = stopRequest.reason();
        const component = error instanceof StepError ? error.component : null;
        return interrupted === undefined ? failedBy(logger, shown, component) : { kind: interrupted };
      }
    }
    const { documents, evaluator } = dependencies;
    let stop: RunStop = { kind: 'done' };
    try {
      if (!listed) {
        listed = true;
        waiting = await startOf(waitingItems(db, session.readItemPage, run));
      }
      if (waiting !== undefined) {
        stop = await processItems({
          db,
          logger,
          documents,
          evaluator,
          session,
          run,
          folders,
          items: waiting,
          steps,
          stop: stopRequest,
          retry,
        });
      }
    } catch (error) {
      await steps.close('failed', 'internal').catch(() => undefined);
      throw error;
    }
    await steps.close(stop.kind === 'failed' ? 'failed' : 'success', stop.kind === 'failed' ? stop.failure.code : undefined);
    // Without this line the work is as good: a run that lost its database has more to say.
    await logTokenUsage(log, steps).catch(() => undefined);
    if (stop.kind !== 'changed') return stop;
    await log.write('info', 'A value or setting was changed meanwhile; the run goes on with what holds now.');
  }
}

/** What the models took since the steps were opened. It is paid for, however the work ended. */
async function logTokenUsage(log: RunLog, { steps }: OpenSteps): Promise<void> {
  for (const { name, use } of steps) {
    const said = tokensInWords(name, use.tokens());
    if (said !== undefined) await log.write('info', said);
  }
}

interface ListAttempts {
  readonly retry: RetryPolicy;
  readonly stop: StopRequest;
  readonly log: RunLog;
}

/** Makes the items of a run from all of its sources, or none of them. Throws StepError for a connector. */
async function listSources(
  db: RunDependencies['db'],
  run: ClaimedRun,
  folders: ReadonlyMap<string, string>,
  connectors: OpenSteps['sources'],
  attempts: ListAttempts,
): Promise<void> {
  const listings: SourceListing[] = [];
  for (const source of run.sources) {
    const folder = folders.get(source.name);
    const connector = connectors.get(source.name);
    if (source.kind === 'folder' && folder !== undefined) listings.push(await listFromFolder(source.name, folder, source.folder));
    if (source.kind === 'component' && connector !== undefined) {
      listings.push(await listWithRetries(connector, (signal) => listFromComponent(db, run, source, connector, signal), attempts));
    }
  }
  if (!(await insertItems(db, run, listings))) return;
  for (const listing of listings) await logLeftOut(attempts.log, listing);
}

async function listWithRetries(
  source: Opened,
  list: (signal: AbortSignal) => Promise<SourceListing>,
  { retry, stop, log }: ListAttempts,
): Promise<SourceListing> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await list(stop.aborted);
    } catch (error) {
      const again = error instanceof ConnectorError && error.retryable && !asksForTooLong(error) && attempt < retry.attempts;
      if (!again || stop.reason() !== undefined) throw new StepError(error, source.component);
      const pause = delayAfter(retry, attempt, error.retryAfterMilliseconds);
      const detail = source.use.redactor.redact(error.message);
      await log.write(
        'warning',
        `“${source.component.name}” cannot be listed yet. ${detail} Trying again in ${(pause / 1000).toFixed(1)} s.`,
      );
      await sleep(pause, undefined, { signal: stop.asked }).catch(() => undefined);
    }
  }
}

async function logLeftOut(log: RunLog, listing: LeftOut): Promise<void> {
  if (listing.skipped.length > 0) await log.write('warning', leftOutInWords(listing));
}

const NAMED_IN_LOG = 20;

/** The list of documents has all of them, each with its reason. */
function leftOutInWords({ skipped, skippedBeyond }: LeftOut): string {
  const named = skipped.slice(0, NAMED_IN_LOG).map(({ name }) => `“${name}”`);
  const more = skipped.length + skippedBeyond - named.length;
  return `Left out: ${named.join(', ')}${more === 0 ? '' : ` and ${more.toLocaleString('en')} more`}. The list of documents says why.`;
}

/** @param reason holds no value any more. */
function failedBy(logger: Logger, reason: unknown, component: StepError['component'] = null): RunStop {
  // Nothing in the run can change this: it is taken up again when the database answers.
  if (isOutage(reason)) throw reason;
  const failure = toFailure(reason);
  if (failure.code === 'internal') logEvent(logger, 'run.failed', { errorName: (reason as Error).name, error: reason });
  return { kind: 'failed', failure, component, secretName: secretNameOf(reason) };
}

/** The same generator, with its first element looked at; `undefined` when it has none. */
async function startOf<T>(generator: AsyncGenerator<T>): Promise<AsyncGenerator<T> | undefined> {
  const { done, value } = await generator.next();
  return done === true ? undefined : startingWith(value, generator);
}

async function* startingWith<T>(first: T, rest: AsyncGenerator<T>): AsyncGenerator<T> {
  yield first;
  yield* rest;
}
