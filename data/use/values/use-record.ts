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
import { appendAuditBodies, connect, type Database, type DatabaseConnection, type Tx, transaction } from '@holdfast/db/data';
import { type Kysely, sql } from 'kysely';
import type { BoundSecret } from '../component/load-component.ts';

const USE = 'secret.use';
const RECORD_CONNECTIONS = 6;
const ANSWER_MILLISECONDS = 2_000;
const OUTCOME = 'secret.use-outcome';

/** Who uses a secret, and where. The names are those of the time. */
export interface UseOccasion {
  readonly organizationId: string;
  readonly actor: AuditActor;
  /** project, workflow, run, step, component. */
  readonly context: Readonly<Record<string, string>>;
}

/** Writes uses into the audit record. */
export interface UseRecord {
  /** Resolves with the entry when the intent is committed. What it announces must not happen when this rejects. */
  intend(occasion: UseOccasion, secret: BoundSecret): Promise<LogEntry>;
  /** The same refusal, repeated, is counted and recorded as one event more. Rejects when the first cannot be recorded. */
  refuse(occasion: UseOccasion, secret: BoundSecret | undefined, secretName: string | null, code: string): Promise<void>;
  /** Says how a use ended, and counts it. */
  conclude(occasion: UseOccasion, secret: BoundSecret, outcome: Outcome, facts: { destination: string; code?: string }): Promise<void>;
  /** Records what was counted. @returns how many refusals could not be recorded. */
  close(): Promise<number>;
}

/** Connections for the events of uses alone: a use whose intent the database does not answer in time is refused. */
export function connectForRecord(databaseUrl: string): DatabaseConnection {
  return connect(databaseUrl, {
    name: 'holdfast-data-record',
    maximumConnections: RECORD_CONNECTIONS,
    answerTimeoutMilliseconds: ANSWER_MILLISECONDS,
    connectTimeoutMilliseconds: ANSWER_MILLISECONDS,
  });
}

export function createUseRecord(db: Kysely<Database>): UseRecord {
  // Events of many uses leave together, one batch at a time for each organization; each use waits for its own batch.
  const events = createGroupAppender({
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
    async intend(occasion, secret) {
      const event = useEvent(USE, occasion, secret, secret.name, 'intent');
      const { sequence, time, recordedBy } = await events.append(occasion.organizationId, event);
      return { sequence, time: time.toISOString(), recordedBy, body: canonicalBody(event) };
    },
    async refuse(occasion, secret, secretName, code) {
      const event = useEvent(USE, occasion, secret, secretName, 'refused');
      const { organizationId, actor, context } = occasion;
      const consumer = [context.project, context.component, context.test];
      const same = JSON.stringify([organizationId, actor.kind, actor.id, event.target?.id, event.target?.name, consumer, code]);
      await repeats.note(same, async (repeated) => {
        await events.append(organizationId, { ...event, detail: { code, ...repeated } });
      });
    },
    async conclude(occasion, secret, outcome, { destination, code }) {
      const placed = destination === '' ? occasion : { ...occasion, context: { ...occasion.context, destination } };
      const event = useEvent(OUTCOME, placed, secret, secret.name, outcome);
      await events.append(occasion.organizationId, code === undefined ? event : { ...event, detail: { code } });
    },
    close: () => repeats.close(),
  };
}

/**
 * Counts each of these uses for its secret. Before the audit's head is locked, and the secrets in one order, so that nobody waits
 * for us while we wait for them. A secret that was deleted meanwhile has nothing left to count for.
 */
async function countUses(tx: Tx, organizationId: string, secretIds: readonly string[]): Promise<void> {
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
  secret: BoundSecret | undefined,
  secretName: string | null,
  outcome: Outcome,
): AuditEvent {
  const name = secretName ?? `own value of ${context.component ?? 'a component'}`;
  return {
    action,
    actor,
    outcome,
    target: {
      kind: 'secret',
      id: secret?.id ?? '',
      name,
      ...(secret?.version !== undefined && { versionId: secret.version.id }),
    },
    context,
  };
}
