import { HoldfastError } from '@holdfast/api';
import { ConnectorError } from '@holdfast/connector';
import { type Database, transaction, type WorkflowSource } from '@holdfast/db/data';
import { type Logger, logEvent } from '@holdfast/service';
import { type Kysely, sql } from 'kysely';
import type { Term } from '../nodes/lease.ts';
import { toFailure } from '../runs/failure.ts';
import { newDocuments } from '../runs/list-source.ts';
import { listComponent } from '../sources/list-component.ts';
import { fire } from '../triggers/fire.ts';
import { writeState } from '../triggers/state.ts';
import { actorOf } from '../triggers/trigger.ts';
import { loadBoundComponent } from '../use/component/load-component.ts';
import { type ComponentDependencies, openSavedComponent } from '../use/component/open-component.ts';
import { dueTriggers, LONGEST_POLL_PAUSE_MINUTES, type Scheduled } from './schedule.ts';

const AT_ONCE = 8;
/** Of one organization, so that a slow service of it holds up nobody else. */
const OF_AN_ORGANIZATION = 2;
const MINUTE_MILLISECONDS = 60_000;
/** A listing that takes longer counts as failed. */
const LISTING_MILLISECONDS = 5 * MINUTE_MILLISECONDS;

export interface PollDependencies extends ComponentDependencies {
  readonly logger: Logger;
}

/** Asks connectors for new documents, a few at once; organizations take turns. */
export interface Polling {
  /** Takes on what is due, and answers when it is taken on: the work goes on beside. */
  look(term: Pick<Term, 'confirm'>): Promise<void>;
  /** Resolves when nothing is under way any more. */
  idle(): Promise<void>;
  /** Ends what is under way. */
  stop(): Promise<void>;
}

export function createPolling(dependencies: PollDependencies): Polling {
  const { db, logger } = dependencies;
  const stopping = new AbortController();
  const underWay = new Map<string, Promise<void>>();
  const underWayOf = new Map<string, number>();
  /** When an organization had its latest turn; of one that had none there is nothing. */
  const turns = new Map<string, number>();
  let turn = 0;

  /** One of the organization with the fewest under way, and of these the one that was served longest ago. */
  function takeNext(due: Set<Scheduled>): Scheduled | undefined {
    const order = ({ organizationId }: Scheduled) => [underWayOf.get(organizationId) ?? 0, turns.get(organizationId) ?? 0] as const;
    let next: Scheduled | undefined;
    for (const each of due) {
      const [busy, served] = order(each);
      if (busy >= OF_AN_ORGANIZATION || underWay.has(each.id)) continue;
      const [fewest, longest] = next === undefined ? [OF_AN_ORGANIZATION, 0] : order(next);
      if (busy < fewest || (busy === fewest && served < longest)) next = each;
    }
    if (next !== undefined) due.delete(next);
    return next;
  }

  const left = ({ id, organizationId }: Scheduled) => {
    underWay.delete(id);
    underWayOf.set(organizationId, (underWayOf.get(organizationId) ?? 0) - 1);
  };

  return {
    async look(term) {
      if (underWay.size >= AT_ONCE) return;
      const due = new Set(await dueTriggers(db, 'poll', 2 * OF_AN_ORGANIZATION));
      while (underWay.size < AT_ONCE && !stopping.signal.aborted) {
        const scheduled = takeNext(due);
        if (scheduled === undefined) return;
        if (!(await claimTrigger(db, scheduled, term))) continue;
        turn += 1;
        turns.set(scheduled.organizationId, turn);
        underWayOf.set(scheduled.organizationId, (underWayOf.get(scheduled.organizationId) ?? 0) + 1);
        const work = poll(dependencies, scheduled, stopping.signal)
          .catch((error: unknown) =>
            logEvent(logger, 'trigger.failed', { organizationId: scheduled.organizationId, triggerId: scheduled.id, error }),
          )
          .finally(() => left(scheduled));
        underWay.set(scheduled.id, work);
      }
    },
    async idle() {
      await Promise.all(underWay.values());
    },
    async stop() {
      stopping.abort();
      await Promise.all(underWay.values());
    },
  };
}

/**
 * Moves the next time before anything is asked: a node that dies now leaves the next poll to another, and two
 * never ask at once.
 */
async function claimTrigger(db: Kysely<Database>, scheduled: Scheduled, term: Pick<Term, 'confirm'>): Promise<boolean> {
  return transaction(db, async (tx) => {
    await term.confirm(tx);
    const nextAt = nextAfter(scheduled, 0);
    const { numAffectedRows } = await sql`
      insert into trigger_state as s (organization_id, trigger_id, revision, next_at)
      values (${scheduled.organizationId}, ${scheduled.id}, ${scheduled.revision}, ${nextAt})
      on conflict (organization_id, trigger_id) do update set revision = excluded.revision, next_at = excluded.next_at
      where s.next_at is not distinct from ${scheduled.nextAt}::timestamptz`.execute(tx);
    return numAffectedRows === 1n;
  });
}

/** @param askedMilliseconds for which the service asks to be left alone. */
function nextAfter({ configuration, now }: Scheduled, failures: number, askedMilliseconds = 0): Date {
  const every = configuration.kind === 'poll' ? configuration.everyMinutes : LONGEST_POLL_PAUSE_MINUTES;
  const wanted = Math.max(every * 2 ** Math.min(failures, 20), Math.ceil(askedMilliseconds / MINUTE_MILLISECONDS));
  const minutes = Math.max(every, Math.min(wanted, LONGEST_POLL_PAUSE_MINUTES));
  return new Date(now.getTime() + minutes * MINUTE_MILLISECONDS);
}

interface PolledWorkflow {
  /** Of the version that a run would have. */
  readonly sources: readonly WorkflowSource[];
  readonly name: string;
  readonly project: string;
  /** A run that the trigger started is waiting or running. */
  readonly underWay: boolean;
  /** How the last run that it started ended. */
  readonly lastStatus: string | null;
}

async function poll(dependencies: PollDependencies, scheduled: Scheduled, signal: AbortSignal): Promise<void> {
  const { db } = dependencies;
  const { revision } = scheduled;
  try {
    const workflow = await polledWorkflow(db, scheduled);
    if (workflow === undefined) return;
    if (workflow.underWay) {
      await writeState(db, scheduled, { outcome: 'under-way', failures: scheduled.failures });
      return;
    }
    if (!(await hasNew(dependencies, scheduled, workflow, signal))) {
      await writeState(db, scheduled, { outcome: 'nothing-new' });
      return;
    }
    // The last one failed: the next comes later, the more so the more of them failed.
    const failures = workflow.lastStatus === 'failed' ? scheduled.failures + 1 : 0;
    const taken = nextAfter(scheduled, 0);
    const due = { revision, at: taken, nextAt: nextAfter(scheduled, failures) };
    await fire(dependencies, scheduled, { occasion: `poll ${scheduled.now.toISOString()}`, eachOnce: true, failures, due });
  } catch (error) {
    if (signal.aborted) return;
    const failures = scheduled.failures + 1;
    const asked = error instanceof ConnectorError ? error.retryAfterMilliseconds : undefined;
    await writeState(db, scheduled, {
      outcome: 'failed',
      failure: toFailure(error),
      failures,
      revision,
      nextAt: nextAfter(scheduled, failures, asked),
    });
  }
}

async function polledWorkflow(db: Kysely<Database>, { organizationId, id, workflowId }: Scheduled): Promise<PolledWorkflow | undefined> {
  const { rows } = await sql<PolledWorkflow>`
    select w.name, p.name as project,
      coalesce((select v.definition -> 'sources' from workflow_version v where v.organization_id = w.organization_id and v.workflow_id = w.id
        order by v.number desc limit 1), '[]') as sources,
      exists (select from run r where r.organization_id = w.organization_id and r.workflow_id = w.id
        and r.status in ('queued', 'running') and r.started_by ->> 'id' = ${id}::text) as "underWay",
      (select r.status from trigger_state s join run r on r.organization_id = s.organization_id and r.id = s.run_id
        where s.organization_id = w.organization_id and s.trigger_id = ${id}::uuid) as "lastStatus"
    from workflow w join project p on p.organization_id = w.organization_id and p.id = w.project_id
    where w.organization_id = ${organizationId} and w.id = ${workflowId}`.execute(db);
  return rows[0];
}

/** One is enough: the run lists for itself. */
class FoundNew extends Error {}

/** Whether any connector of the workflow has something that no run has taken. */
async function hasNew(
  dependencies: PollDependencies,
  scheduled: Scheduled,
  workflow: PolledWorkflow,
  signal: AbortSignal,
): Promise<boolean> {
  const connectors = workflow.sources.filter((source) => source.kind === 'component');
  if (connectors.length === 0) {
    throw new HoldfastError('workflow_not_runnable', `“${workflow.name}” reads no connector that could be asked.`, {
      remedy: 'Let it read its documents from a connector, or delete the trigger.',
    });
  }
  for (const source of connectors) if (await sourceHasNew(dependencies, scheduled, workflow, source, signal)) return true;
  return false;
}

async function sourceHasNew(
  dependencies: PollDependencies,
  scheduled: Scheduled,
  workflow: PolledWorkflow,
  source: Extract<WorkflowSource, { kind: 'component' }>,
  signal: AbortSignal,
): Promise<boolean> {
  const { db } = dependencies;
  const { organizationId, workflowId } = scheduled;
  const opened = await openSavedComponent(dependencies, {
    organizationId,
    componentId: source.componentId,
    load: () => loadBoundComponent(db, organizationId, source.componentId),
    occasionOf({ name }) {
      const context = { project: workflow.project, workflow: workflow.name, trigger: scheduled.name, component: name };
      return { organizationId, actor: actorOf(scheduled), context };
    },
  });
  if (opened === undefined) {
    throw new HoldfastError('workflow_not_runnable', `The source “${source.name}” of “${workflow.name}” does not exist any more.`);
  }
  const { component, use } = opened;
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(LISTING_MILLISECONDS)]);
  try {
    const { connector, options, redactor } = use;
    if (connector.role !== 'connector') {
      throw new HoldfastError('workflow_not_runnable', `“${component.name}” is a ${connector.role}, and cannot be the source.`);
    }
    const polled = { organizationId, workflowId, id: undefined };
    const listed = { connector, options, context: use.contextFor(deadline), name: component.name, redactor };
    await listComponent(listed, async (found) => {
      const fresh = await newDocuments(db, polled, { name: source.name, leavesFailed: true }, found);
      if (fresh.length > 0) throw new FoundNew();
      return [];
    });
    await use.close('success');
    return false;
  } catch (error) {
    if (error instanceof FoundNew) {
      await use.close('success');
      return true;
    }
    // Once the use is closed, nothing knows its values any more.
    const shown = use.redactor.redactError(error);
    await use.close('failed', toFailure(shown).code);
    throw shown;
  }
}
