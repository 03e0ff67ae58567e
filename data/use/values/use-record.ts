import {
  type AuditAction,
  type AuditActor,
  type AuditEvent,
  canonicalBody,
  createGroupAppender,
  createRepeatFold,
  type LogEntry,
  type Outcome,
} from '@holdfast/audit';
import { appendAuditBodies, connect, type Database, type DatabaseConnection, locking, type Tx, transaction } from '@holdfast/db/data';
import { type Kysely, sql } from 'kysely';
import { type DataEvents, NOT_COUNTED } from '../../metrics.ts';
import type { Consumer, WantedValue } from './wanted-use.ts';

const USE = 'secret.use';
const RECORD_CONNECTIONS = 6;
const ANSWER_MILLISECONDS = 2_000;
const OUTCOME = 'secret.use-outcome';

/** On what occasion a consumer uses values: by whom, and for what. The names are those of the time. */
export interface UseOccasion {
  readonly organizationId: string;
  readonly actor: AuditActor;
  /** For example project, workflow, run, step and component, or that it is a test. */
  readonly context: Readonly<Record<string, string>>;
}

/** What an event names of a value. */
export type UsedValue = Pick<WantedValue, 'secretName'> & {
  readonly secret: Pick<NonNullable<WantedValue['secret']>, 'id' | 'name' | 'version'> | undefined;
};

/** Writes uses into the audit record. */
export interface UseRecord {
  /** Resolves with the entry when the intent is committed. What it announces must not happen when this rejects. */
  intend(occasion: UseOccasion, consumer: Consumer, value: UsedValue): Promise<LogEntry>;
  /**
   * The same refusal, repeated, is counted and recorded as one event more. Rejects when the first cannot be recorded.
   *
   * @param value `undefined` when it is the consumer itself that is refused.
   */
  refuse(occasion: UseOccasion, consumer: Consumer, value: UsedValue | undefined, code: string): Promise<void>;
  /** Says how a use ended, and counts it. */
  conclude(
    occasion: UseOccasion,
    consumer: Consumer,
    value: UsedValue,
    outcome: Outcome,
    facts: { destination: string; code?: string },
  ): Promise<void>;
  /** Records what was counted. @returns how many refusals could not be recorded. */
  close(): Promise<number>;
}

/** Connections for the events of uses alone: a use whose intent the database does not answer in time is refused. */
export function connectForRecord(databaseUrl: string, name = 'holdfast-data-record'): DatabaseConnection {
  return connect(databaseUrl, {
    name,
    maximumConnections: RECORD_CONNECTIONS,
    answerTimeoutMilliseconds: ANSWER_MILLISECONDS,
    connectTimeoutMilliseconds: ANSWER_MILLISECONDS,
  });
}

/**
 * Events of many uses are committed together: one batch at a time for each organization, the next one as soon as the former is durable.
 *
 * @param db made by {@link connectForRecord}, so that uses do not wait behind other work.
 * @param events counts what is recorded.
 */
export function createUseRecord(db: Kysely<Database>, events: DataEvents = NOT_COUNTED): UseRecord {
  // Events of many uses leave together, one batch at a time for each organization; each use waits for its own batch.
  const appender = createGroupAppender({
    async append(organizationId, bodies, batch) {
      const concluded = batch.filter((event) => event.action === OUTCOME).map((event) => event.target?.id ?? '');
      if (concluded.length === 0) return appendAuditBodies(db, organizationId, bodies);
      return transaction(db, async (tx) => {
        await countUses(tx, organizationId, concluded);
        return appendAuditBodies(tx, organizationId, bodies);
      });
    },
  });

  const repeats = createRepeatFold();

  return {
    async intend(occasion, consumer, value) {
      const event = useEvent(USE, occasion, consumer, value, 'intent');
      const { sequence, time, recordedBy } = await appender.append(occasion.organizationId, event);
      return { sequence, time: time.toISOString(), recordedBy, body: canonicalBody(event) };
    },
    async refuse(occasion, consumer, value, code) {
      events.useRefused(code);
      const event = useEvent(USE, occasion, consumer, value, 'refused');
      const { organizationId, actor, context } = occasion;
      // By its name: a component that is tried before it is saved has another id each time.
      const by = [consumer.kind, consumer.projectId, consumer.name, context.test];
      const same = JSON.stringify([organizationId, actor.kind, actor.id, event.target?.id, event.target?.name, by, code]);
      await repeats.note(same, async (repeated) => {
        await appender.append(organizationId, { ...event, detail: { code, ...repeated } });
      });
    },
    async conclude(occasion, consumer, value, outcome, { destination, code }) {
      const placed = destination === '' ? occasion : { ...occasion, context: { ...occasion.context, destination } };
      const event = useEvent(OUTCOME, placed, consumer, value, outcome);
      events.useConcluded(outcome, code ?? '');
      await appender.append(occasion.organizationId, code === undefined ? event : { ...event, detail: { code } });
    },
    close: () => repeats.close(),
  };
}

/**
 * Counts each of these uses for its secret. Before the audit's head is locked, and the secrets in one order, so that nobody waits
 * for us while we wait for them. A secret that was deleted meanwhile has nothing left to count for.
 */
async function countUses(tx: Tx, organizationId: string, secretIds: readonly string[]): Promise<void> {
  locking(tx, 'secret');
  await sql`
    with used as (select id, count(*)::int as uses from unnest(${secretIds}::uuid[]) as id group by id),
    there as (
      select s.id, used.uses from secret s join used on used.id = s.id
      where s.organization_id = ${organizationId} order by s.id for no key update of s),
    stamped as (
      update secret s set last_used_at = now() from there
      where s.organization_id = ${organizationId} and s.id = there.id returning s.id, there.uses)
    insert into secret_use_day (organization_id, secret_id, day, uses)
    select ${organizationId}, id, (now() at time zone 'UTC')::date, uses from stamped
    on conflict (organization_id, secret_id, day) do update set uses = secret_use_day.uses + excluded.uses`.execute(tx);
}

function useEvent(
  action: AuditAction,
  { actor, context }: UseOccasion,
  consumer: Consumer,
  value: UsedValue | undefined,
  outcome: Outcome,
): AuditEvent {
  const version = value?.secret?.version;
  return {
    action,
    actor,
    outcome,
    target: {
      kind: 'secret',
      id: value?.secret?.id ?? '',
      name: value?.secret?.name ?? value?.secretName ?? `own value of ${consumer.name}`,
      ...(version !== undefined && { versionId: version.id }),
    },
    context,
  };
}
