import {
  AppendError,
  type AuditAction,
  type AuditActor,
  type AuditEvent,
  createGroupAppender,
  createRepeatFold,
  type LogEntry,
  type Outcome,
  ownValueName,
} from '@holdfast/audit';
import {
  type AppendedUses,
  appendIfUnchanged,
  appendUses,
  type CountedUses,
  connect,
  type Database,
  type DatabaseConnection,
  type ReadBefore,
} from '@holdfast/db/data';
import type { Kysely } from 'kysely';
import { LRUCache } from 'lru-cache';
import { type DataEvents, NOT_COUNTED } from '../../metrics.ts';
import type { RecordFollower } from '../../record/follower.ts';
import type { Consumer, WantedValue } from './wanted-use.ts';

const USE = 'secret.use';
const RECORD_CONNECTIONS = 6;
const ANSWER_MILLISECONDS = 2_000;
/**
 * A secret says when it was used last to this precision: a row that is written for every use keeps those
 * waiting who change the secret.
 */
const STAMPED_MILLISECONDS = 1_000;
const STAMPED_KEPT = 10_000;
const OUTCOME = 'secret.use-outcome';
const OBSERVED = 'destination.observe';

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

/** What the statement found that committed the intents of a use. */
export interface UnchangedUse {
  readonly intents: readonly LogEntry[];
  /** The sealed bytes of what the consumer is bound to, by their versions. */
  readonly sealed: ReadonlyMap<string, Buffer>;
}

/** `entry`: `undefined` when it was not appended. */
interface Recorded {
  readonly entry: LogEntry | undefined;
  readonly sealed?: ReadonlyMap<string, Buffer> | undefined;
}

/** Writes uses into the audit record. */
export interface UseRecord {
  /**
   * Resolves with the entry when the intent is committed. What it announces must not happen when this
   * rejects.
   */
  intend(occasion: UseOccasion, consumer: Consumer, value: UsedValue): Promise<LogEntry>;
  /**
   * The same for all values of a use, at least one, when their consumer is still what it was read as; it is
   * looked at by the statement that appends. `undefined` when it is not: then nothing was appended.
   */
  intendIfUnchanged(
    occasion: UseOccasion,
    consumer: Consumer,
    values: readonly UsedValue[],
    readBefore: ReadBefore,
  ): Promise<UnchangedUse | undefined>;
  /**
   * The same refusal, repeated, is counted and recorded as one event more. Rejects when the first cannot be
   * recorded.
   *
   * @param value `undefined` when it is the consumer itself that is refused.
   */
  refuse(occasion: UseOccasion, consumer: Consumer, value: UsedValue | undefined, code: string): Promise<void>;
  /**
   * A use that goes on in spite of its destination, which nobody has approved: counted like refusals. Rejects
   * when the first cannot be recorded.
   */
  observe(occasion: UseOccasion, consumer: Consumer, value: UsedValue, destination: string): Promise<void>;
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

/**
 * Connections for the events of uses alone: a use whose intent the database does not answer in time is
 * refused.
 */
export function connectForRecord(databaseUrl: string, name = 'holdfast-data-record'): DatabaseConnection {
  return connect(databaseUrl, {
    name,
    maximumConnections: RECORD_CONNECTIONS,
    plansOnce: true,
    findsByKey: true,
    answerTimeoutMilliseconds: ANSWER_MILLISECONDS,
    connectTimeoutMilliseconds: ANSWER_MILLISECONDS,
  });
}

/**
 * Events of many uses are committed together: one batch at a time for each organization, the next one as soon
 * as the former is durable.
 *
 * @param db made by {@link connectForRecord}, so that uses do not wait behind other work.
 * @param events counts what is recorded.
 * @param follower is given what was appended, so that it need not read it.
 * @throws nothing by itself: what appends rejects with AppendError `audit_unavailable` when the database does
 *   not commit it within 2 seconds, or 10,000 events of the organization wait already; with AuditEventError
 *   `audit_event_invalid` for an event that cannot be recorded.
 */
export function createUseRecord(
  db: Kysely<Database>,
  events: DataEvents = NOT_COUNTED,
  follower?: Pick<RecordFollower, 'handOver'>,
): UseRecord {
  /** The day for which each was counted then. */
  const stamped = new LRUCache<string, string>({ max: STAMPED_KEPT, ttl: STAMPED_MILLISECONDS });
  const appender = createGroupAppender<Recorded, ReadBefore>({
    async append(organizationId, bodies, batch, conditions) {
      const secretIds = batch.flatMap(({ action, target }) => (action === OUTCOME && target !== undefined ? [target.id] : []));
      const days = new Set(secretIds.map((id) => stamped.get(id)));
      const stamp = days.has(undefined);
      const [day] = days;
      // The counts are in the transaction of the outcomes.
      const counted = { secretIds, stamp, day };
      const { appended, answers } = await appendBatch(organizationId, bodies, conditions, counted);
      if (appended === undefined) return answers;
      if (stamp && appended.day !== undefined) for (const id of secretIds) stamped.set(id, appended.day);
      const made = batch.filter((_, position) => answers[position]?.entry !== undefined);
      const handOver = () => follower?.handOver(organizationId, appended, made);
      if (batch.some(({ outcome }) => outcome === 'intent')) await handOver();
      // Nobody waits for these: they are taken in while the next statement is under way.
      else setImmediate(() => void handOver());
      return answers;
    },
  });

  async function appendBatch(
    organizationId: string,
    bodies: readonly string[],
    conditions: readonly (ReadBefore | undefined)[],
    counted: CountedUses,
  ): Promise<{ appended: AppendedUses | undefined; answers: readonly Recorded[] }> {
    if (conditions.every((condition) => condition === undefined)) {
      const appended = await appendUses(db, organizationId, bodies, counted);
      return { appended, answers: appended.entries.map((entry) => ({ entry })) };
    }
    const { appended, entryOf, sealed } = await appendIfUnchanged(db, organizationId, { bodies, conditions, counted });
    const answers = entryOf.map((entry, position) => {
      const condition = conditions[position];
      return { entry, sealed: condition && sealed.get(condition) };
    });
    return { appended, answers };
  }

  const repeats = createRepeatFold();

  return {
    async intend(occasion, consumer, value) {
      const { entry } = await appender.append(occasion.organizationId, useEvent(USE, occasion, consumer, value, 'intent'));
      if (entry === undefined) throw new AppendError('The audit record did not take an event that depends on nothing.');
      return entry;
    },
    async intendIfUnchanged(occasion, consumer, values, readBefore) {
      const events = values.map((value) => useEvent(USE, occasion, consumer, value, 'intent'));
      const recorded = await appender.appendIf(occasion.organizationId, events, readBefore);
      const intents = recorded.flatMap(({ entry }) => entry ?? []);
      const sealed = recorded[0]?.sealed;
      return intents.length < events.length || sealed === undefined ? undefined : { intents, sealed };
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
    async observe(occasion, consumer, value, destination) {
      const event = useEvent(OBSERVED, occasion, consumer, value, 'success');
      const { organizationId } = occasion;
      const same = JSON.stringify([OBSERVED, organizationId, consumer.id, event.target?.id, destination]);
      await repeats.note(same, async (repeated) => {
        await appender.append(organizationId, { ...event, detail: { destination, ...repeated } });
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
      name: value?.secret?.name ?? value?.secretName ?? ownValueName(consumer.name),
      ...(version !== undefined && { versionId: version.id }),
    },
    context,
  };
}
