import type { LogEntry } from '@holdfast/audit';
import { rowsOf, type Statements } from '../connection/statements.ts';
import {
  type AppendedUses,
  COUNTING,
  type CountedUses,
  countingOf,
  FOLLOWED,
  type FollowedRow,
  followedEntries,
  joinLines,
  LINES,
  ONCE_COUNTED,
} from './append-audit.ts';

/** How consumers of one kind are read, in SQL. */
export interface ConsumerRows {
  /** Its table, with the name that the rest calls it by; it has `organization_id` and `id`. */
  readonly table: readonly [name: string, alias: string];
  /** Joins what it is bound to, each with `CURRENT_VALUE`. */
  readonly boundTo: string;
  /** Such a row as a bigint, which is another one once anything of it but the sealed bytes is. */
  readonly rowReadAs: string;
}

/** The statements that append if consumers of a kind are unchanged: see {@link ifUnchanged}. */
export interface IfUnchanged {
  readonly one: string;
  /** By how uses are counted. */
  readonly several: Readonly<Record<'none' | keyof typeof COUNTING, string>>;
}

/** A consumer as it was read before. */
export interface ReadBefore {
  readonly ifUnchanged: IfUnchanged;
  readonly id: string;
  /** Its rows' `rowReadAs` together, by `bit_xor`. */
  readonly readAs: string;
}

/** Events, in order, some of which are appended only when a consumer is what it was read as. */
export interface ConditionalEvents {
  readonly bodies: readonly string[];
  /** Of each event: the consumer that it depends on; `undefined` when it is appended anyhow. */
  readonly conditions: readonly (ReadBefore | undefined)[];
  readonly counted: CountedUses;
}

export interface AppendedIfUnchanged {
  /** `undefined` when nothing was appended. */
  readonly appended: AppendedUses | undefined;
  /** The entry of each event; `undefined` when it was not appended. */
  readonly entryOf: readonly (LogEntry | undefined)[];
  /**
   * By what was given in `conditions`, for each consumer that is what it was: the sealed bytes that it is
   * bound to, by their versions.
   */
  readonly sealed: ReadonlyMap<ReadBefore, ReadonlyMap<string, Buffer>>;
}

type Row = FollowedRow & {
  readonly first: number | null;
  readonly day?: string | null;
  /** The place of the consumer among those asked for, from 1; of one alone it is not said. */
  readonly place?: number | null;
  readonly version_id: string | null;
  readonly sealed: Buffer | null;
};

/**
 * Looks at consumers, and appends what depends on them if they are still what they were read as, with what is
 * appended anyhow: one statement, and so one transaction. What is seen of the consumers is what was committed
 * when the statement began. It looks at those of one kind, that of the first; one of another counts as
 * changed, and so is read before its intent.
 *
 * @param db whose locks are waited for as long as a connection of the record waits.
 * @throws TypeError when no event depends on a consumer; AuditEventError as {@link joinLines}; what the
 *   database says, such as 55P03 (lock_not_available).
 */
export async function appendIfUnchanged(
  db: Statements,
  organizationId: string,
  { bodies, conditions, counted }: ConditionalEvents,
): Promise<AppendedIfUnchanged> {
  const first = conditions.find((each) => each !== undefined);
  if (first === undefined) throw new TypeError('No event depends on a consumer.');
  const { ifUnchanged } = first;
  const consumers = [...new Set(conditions)].filter((each) => each !== undefined).filter((each) => each.ifUnchanged === ifUnchanged);
  const lines = joinLines(bodies);
  const { kind, values } = countingOf(counted);
  if (kind === undefined && conditions.every((each) => each === first)) {
    const rows = await rowsOf<Row>(db, ifUnchanged.one, [organizationId, lines, first.id, first.readAs]);
    return answerOf(rows, bodies, conditions, () => first);
  }
  const places = conditions.map((each) => (each === undefined ? ANYHOW : consumers.indexOf(each) + 1 || OF_ANOTHER_KIND));
  const asked = [consumers.map(({ id }) => id), consumers.map(({ readAs }) => readAs), places];
  const rows = await rowsOf<Row>(db, ifUnchanged.several[kind ?? 'none'], [organizationId, lines, ...values, ...asked]);
  return answerOf(rows, bodies, conditions, ({ place }) => (place == null ? undefined : consumers[place - 1]));
}

function answerOf(
  rows: readonly Row[],
  bodies: readonly string[],
  conditions: readonly (ReadBefore | undefined)[],
  consumerOf: (row: Row) => ReadBefore | undefined,
): AppendedIfUnchanged {
  const sealed = new Map<ReadBefore, Map<string, Buffer>>();
  for (const row of rows) {
    const consumer = consumerOf(row);
    if (consumer === undefined) continue;
    const own = sealed.get(consumer) ?? new Map<string, Buffer>();
    sealed.set(consumer, own);
    if (row.version_id !== null && row.sealed !== null) own.set(row.version_id, row.sealed);
  }
  const chosen = bodies.map((_, position) => {
    const condition = conditions[position];
    return condition === undefined || sealed.has(condition);
  });
  const [row] = rows;
  if (row === undefined || row.first === null) return { appended: undefined, entryOf: bodies.map(() => undefined), sealed };
  const appended = {
    ...followedEntries(
      row,
      bodies.filter((_, position) => chosen[position]),
    ),
    day: row.day ?? undefined,
  };
  const entries = appended.entries.values();
  return { appended, entryOf: chosen.map((is) => (is ? entries.next().value : undefined)), sealed };
}

/** Where there is no consumer to look at, in place of its number from 1. */
const ANYHOW = 0;
const OF_ANOTHER_KIND = -1;

/** Call it once for each kind of consumer: statements are prepared by their text, and never change. */
export function ifUnchanged(rows: ConsumerRows): IfUnchanged {
  return {
    one: appendingIfOne(rows),
    several: {
      none: appendingIf(rows, `before as materialized (select 0 as secrets, null::date as day)`, 3),
      more: appendingIf(rows, COUNTING.more, 6),
      count: appendingIf(rows, COUNTING.count, 5),
      stamp: appendingIf(rows, COUNTING.stamp, 5),
    },
  };
}

/** The head is the only lock here, and connections wait no longer for one than a deadline would. */
const appendingIfOne = ({ table: [name, alias], boundTo, rowReadAs }: ConsumerRows) => `
  with found as materialized (
    select v.id as version_id, sealed.sealed, ${rowReadAs} as read_as
    from ${name} ${alias} ${boundTo} where ${alias}.organization_id = $1::uuid and ${alias}.id = $3::uuid
  ), unchanged as (
    select from found having bit_xor(read_as) = $4::bigint
  ), appended as materialized (
    select a.* from unchanged cross join lateral append_audit($1::uuid, ${LINES}, true) a
  )
  select ${FOLLOWED}, found.version_id, found.sealed from appended cross join found`;

/** @param at the number of the first value that asks for consumers. */
const appendingIf = ({ table: [name, alias], boundTo, rowReadAs }: ConsumerRows, counting: string, at: number) => `
  with ${counting}, asked as (
    select * from unnest($${at}::uuid[], $${at + 1}::bigint[]) with ordinality as asked (consumer_id, read_as, place)
  ), found as materialized (
    select asked.place, asked.read_as as read_before, v.id as version_id, sealed.sealed, ${rowReadAs} as read_as
    from asked join ${name} ${alias} on ${alias}.organization_id = $1::uuid and ${alias}.id = asked.consumer_id ${boundTo}
  ), unchanged as materialized (
    select place from found group by place, read_before having bit_xor(read_as) = read_before
  ), lines as (
    select array_agg(line.body order by line.number) as bodies
    from unnest(${LINES}, $${at + 2}::integer[]) with ordinality as line (body, place, number)
    where line.place = ${ANYHOW} or line.place in (select place from unchanged)
  ), appended as materialized (
    select a.* from before cross join lines cross join lateral append_audit(${ONCE_COUNTED}, lines.bodies, true) a
    where lines.bodies is not null
  )
  select ${FOLLOWED}, before.day, there.place, there.version_id, there.sealed
  from before left join appended on true
  left join (select found.* from found join unchanged using (place)) there on true`;
