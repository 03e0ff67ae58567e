import { type Database, databaseFaultOf, type TriggerConfiguration, transaction } from '@holdfast/db/data';
import { isTimeOf, latestTime, nextTimes } from '@holdfast/schedule';
import { type Logger, logEvent } from '@holdfast/service';
import { type Kysely, sql } from 'kysely';
import type { Term } from '../nodes/lease.ts';
import { isOutage, toFailure } from '../runs/failure.ts';
import { type FireDependencies, fire } from '../triggers/fire.ts';
import { writeNext, writeState } from '../triggers/state.ts';
import type { Trigger } from '../triggers/trigger.ts';

/** Until so long after its time, a run starts as usual; later, its time counts as missed. */
const ON_TIME_MILLISECONDS = 60_000;
const AT_ONCE = 200;
/** What failed for a reason of ours is tried again after twice as long each time, up to this. */
const LONGEST_PAUSE_SECONDS = 60;
/** However often it failed, and whatever time it asks for, a connector is asked once in this time. */
export const LONGEST_POLL_PAUSE_MINUTES = 1_440;

export interface Scheduled extends Pick<Trigger, 'organizationId' | 'id' | 'name' | 'workflowId' | 'revision'> {
  readonly configuration: TriggerConfiguration;
  /** By its row; `null` when it was not found out yet. */
  readonly nextAt: Date | null;
  /** The revision that `nextAt` was found for; below zero when it is to be found again. */
  readonly foundFor: number | null;
  readonly failures: number;
  /** Of the database: one clock for all nodes. */
  readonly now: Date;
}

/**
 * Triggers of a kind that are due, or for which it is not known when they are: the first of each organization
 * before the second of any, and what failed for a reason of ours last. None of an organization that is being
 * deleted: its rows are locked for minutes.
 *
 * @param ofOrganization so many of one organization at most.
 */
export async function dueTriggers(db: Kysely<Database>, kind: 'cron' | 'poll', ofOrganization = AT_ONCE): Promise<Scheduled[]> {
  const { rows } = await sql<Scheduled>`
    with due as (
    select t.organization_id as "organizationId", t.id, t.name, t.workflow_id as "workflowId", t.revision, t.configuration,
      s.next_at as "nextAt", s.revision as "foundFor", coalesce(s.failures, 0) as failures, now() as now,
      row_number() over (partition by t.organization_id order by s.failure ->> 'code' is not distinct from 'internal', s.next_at nulls first, t.id)
        as place, s.failure ->> 'code' is not distinct from 'internal' as broken
    from workflow_trigger t
    left join trigger_state s on s.organization_id = t.organization_id and s.trigger_id = t.id
    where t.enabled and t.kind = ${kind} and (s.next_at is null or s.revision <> t.revision or s.next_at <= now())
      and not exists (select from organization_deletion d where d.organization_id = t.organization_id and d.begun_at is not null)
      and (s.failure ->> 'code' is distinct from 'internal'
        or s.last_at not between now() - make_interval(secs => least(power(2, s.failures), ${LONGEST_PAUSE_SECONDS})) and now())
    )
    select * from due where place <= ${ofOrganization} order by broken, place, "nextAt" nulls first limit ${AT_ONCE}`.execute(db);
  return rows;
}

/**
 * Starts what is due by a schedule. Each time starts one run, however many nodes look: its row says which
 * time is next, and is moved in the transaction that starts the run, whose key is the time.
 */
export async function fireSchedules(
  { logger, ...dependencies }: FireDependencies & { readonly logger: Logger },
  term: Pick<Term, 'confirm'>,
): Promise<void> {
  for (const scheduled of await dueTriggers(dependencies.db, 'cron')) {
    try {
      await fireSchedule(dependencies, scheduled, term);
    } catch (error) {
      if ((error as Error).name === 'LeaseLost') throw error;
      logEvent(logger, 'trigger.failed', { organizationId: scheduled.organizationId, triggerId: scheduled.id, error });
      // Without a database there is nobody else whom it would hold up; what is locked is of one organization.
      if (!isOutage(error) || isLocked(error)) await noteBroken(dependencies.db, scheduled, term, error);
    }
  }
}

/** Its time stays, and others go before it. A row that is locked stays as it is. */
async function noteBroken(db: Kysely<Database>, scheduled: Scheduled, term: Pick<Term, 'confirm'>, error: unknown): Promise<void> {
  try {
    await transaction(db, async (tx) => {
      await term.confirm(tx);
      await writeState(tx, scheduled, { outcome: 'failed', failure: toFailure(error), failures: scheduled.failures + 1 });
    });
  } catch (again) {
    if (!isLocked(again)) throw again;
  }
}

function isLocked(error: unknown): boolean {
  return databaseFaultOf(error) === 'locked';
}

async function fireSchedule(dependencies: FireDependencies, scheduled: Scheduled, term: Pick<Term, 'confirm'>): Promise<void> {
  const { db } = dependencies;
  const { configuration, nextAt, now, revision } = scheduled;
  if (configuration.kind !== 'cron') return;
  const { expression, timeZone, missed, missedHours } = configuration;
  // A row that names a time which the schedule does not have was not written by this program.
  if (nextAt === null || !isKnown(scheduled, nextAt) || !isTimeOf(expression, timeZone, nextAt)) {
    await moveTo(db, scheduled, term, firstAfter(expression, timeZone, now));
    return;
  }
  // Of several times that have passed, the newest stands for all.
  const latest = latestTime(expression, timeZone, now);
  const time = new Date(Math.max(latest.getTime(), nextAt.getTime()));
  const late = now.getTime() - time.getTime();
  const due = { revision, at: nextAt, nextAt: firstAfter(expression, timeZone, now) };
  const isMissed = late > ON_TIME_MILLISECONDS;
  if (isMissed && (missed === 'skip' || late > missedHours * 3_600_000)) {
    await transaction(db, async (tx) => {
      await term.confirm(tx);
      await writeState(tx, scheduled, { outcome: 'missed', revision, nextAt: due.nextAt });
    });
    return;
  }
  const context = { scheduledFor: time.toISOString(), ...(isMissed && { missed: 'true' }) };
  try {
    await fire(dependencies, scheduled, { occasion: `cron ${time.toISOString()}`, due, context, confirm: term.confirm });
  } catch (error) {
    const failure = toFailure(error);
    // Nothing was decided: the same time is tried again.
    if (failure.code === 'internal') throw error;
    await transaction(db, async (tx) => {
      await term.confirm(tx);
      await writeState(tx, scheduled, { outcome: 'failed', failure, failures: scheduled.failures + 1, revision, nextAt: due.nextAt });
    });
  }
}

/**
 * Whether a row's time is that of the trigger as it is now. What was to be found again, and came before its
 * turn, is right: with many schedules the turn takes longer than a minute, and a time that is found again is
 * after it.
 */
function isKnown({ foundFor, revision, now }: Scheduled, nextAt: Date): boolean {
  return foundFor === revision || (foundFor === -revision && nextAt.getTime() <= now.getTime());
}

function firstAfter(expression: string, timeZone: string, moment: Date): Date {
  const [next] = nextTimes(expression, timeZone, moment, 1);
  if (next === undefined) throw new Error('A schedule without a next time is not saved.');
  return next;
}

async function moveTo(db: Kysely<Database>, scheduled: Scheduled, term: Pick<Term, 'confirm'>, nextAt: Date): Promise<void> {
  await transaction(db, async (tx) => {
    await term.confirm(tx);
    await writeNext(tx, scheduled, { revision: scheduled.revision, nextAt });
  });
}

/**
 * A clock that was in the future and was set back leaves times there. To be called when a node begins to do
 * periodic work, and when the database's clock went back: what is further away than the next time by the
 * clock is found again. A time that comes again starts nothing: its key has started a run. For a connector
 * that failed, or asked to be left alone, the time stands that was found then, unless no pause is so long.
 */
export async function findTimesAgain(db: Kysely<Database>, term: Pick<Term, 'confirm'>): Promise<void> {
  await transaction(db, async (tx) => {
    await term.confirm(tx);
    await sql`
      update trigger_state s set revision = -s.revision from workflow_trigger t
      where t.organization_id = s.organization_id and t.id = s.trigger_id and s.revision > 0
        and s.next_at > now() + case when t.kind <> 'poll' then interval '0'
          when s.failures = 0 then make_interval(mins => (t.configuration ->> 'everyMinutes')::integer)
          else make_interval(mins => ${LONGEST_POLL_PAUSE_MINUTES}) end`.execute(tx);
  });
}
