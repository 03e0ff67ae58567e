import type { Failure } from '@holdfast/api';
import { HoldfastError } from '@holdfast/api';
import { logEvent } from '@holdfast/service';
import { sql } from 'kysely';
import { toFailure } from '../../runs/failure.ts';
import { toActor } from '../../runs/run.ts';
import { storableJson } from '../../storable.ts';
import { loadBoundComponent } from './load-component.ts';
import { loadDraftComponent } from './load-draft.ts';
import { type ComponentDependencies, type OpenComponent, openComponent } from './open-component.ts';

/** Nobody waits for the answer any longer than this: the control plane gives up after 30 seconds. */
const WAITED_FOR_SECONDS = 60;
const DEADLINE_MILLISECONDS = 25_000;

interface Answer {
  readonly passed: boolean;
  readonly detail: string;
  readonly failure: Failure | null;
  readonly destinations: readonly string[];
  readonly milliseconds: number;
}

/** Tries a component against its real service and writes the answer into the row that asked. */
export async function testComponent(
  dependencies: ComponentDependencies,
  job: { organizationId: string; testId: string },
  signal: AbortSignal,
): Promise<void> {
  const { db } = dependencies;
  const asked = await db
    .selectFrom('component_test')
    .select(['component_id', 'requested_by', 'answer', sql<boolean>`draft is not null`.as('unsaved')])
    .where('organization_id', '=', job.organizationId)
    .where('id', '=', job.testId)
    // Both times are the database's. One in the future was written before the clock was set back.
    .where(sql<boolean>`abs(extract(epoch from now() - requested_at)) < ${WAITED_FOR_SECONDS}`)
    .executeTakeFirst();
  if (asked === undefined || asked.answer !== null) return;
  const answer = await runConnectionTest(dependencies, signal, {
    ...job,
    componentId: asked.unsaved ? null : asked.component_id,
    requestedBy: asked.requested_by,
  });
  await db
    .updateTable('component_test')
    .set({ answer: storableJson(answer) })
    .where('organization_id', '=', job.organizationId)
    .where('id', '=', job.testId)
    .execute();
}

async function runConnectionTest(
  dependencies: ComponentDependencies,
  signal: AbortSignal,
  asked: { organizationId: string; testId: string; componentId: string | null; requestedBy: unknown },
): Promise<Answer> {
  const started = performance.now();
  const elapsed = () => Math.round(performance.now() - started);
  let use: OpenComponent | undefined;
  try {
    const { db } = dependencies;
    const component =
      asked.componentId === null
        ? await loadDraftComponent(db, asked.organizationId, asked.testId)
        : await loadBoundComponent(db, asked.organizationId, asked.componentId);
    if (component === undefined) throw new HoldfastError('not_found', 'The component does not exist any more.');
    const context = { project: component.projectName, component: component.name, test: 'true' };
    use = await openComponent(dependencies, component, {
      organizationId: asked.organizationId,
      actor: toActor(asked.requestedBy),
      context,
    });
    const found = await use.connector.check(
      use.options,
      use.contextFor(AbortSignal.any([signal, AbortSignal.timeout(DEADLINE_MILLISECONDS)])),
    );
    const detail = use.redactor.redact(found);
    await use.close('success');
    return { passed: true, detail, failure: null, destinations: use.destinations, milliseconds: elapsed() };
  } catch (error) {
    if (signal.aborted) {
      // This process stops; the job comes back to another.
      await use?.close('failed', 'unavailable');
      throw error;
    }
    // What failed before it was open holds no value: see useValues.
    const failure = timedOut(error) ? TIMED_OUT : toFailure(use === undefined ? error : use.redactor.redactError(error));
    if (failure.code === 'internal')
      logEvent(dependencies.logger, 'component_test.failed', { errorName: error instanceof Error ? error.name : typeof error });
    await use?.close('failed', failure.code);
    return { passed: false, detail: failure.detail, failure, destinations: use?.destinations ?? [], milliseconds: elapsed() };
  } finally {
    // Whatever else was thrown; once it is closed, this does nothing.
    await use?.close('failed', 'internal');
  }
}

const TIMED_OUT: Failure = {
  code: 'upstream_unreachable',
  detail: 'The service did not answer within 25 seconds.',
  remedy: 'Check the address and that the service is up.',
};

function timedOut(error: unknown): boolean {
  return error instanceof Error && error.name === 'TimeoutError';
}
