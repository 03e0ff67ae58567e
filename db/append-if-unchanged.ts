import type { LogEntry } from '@holdfast/audit';
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
import { BOUND_TO, ROW_READ_AS } from './bound-components.ts';
import { rowsOf, type Statements } from './statements.ts';

/** A component as it was read before: see ROW_READ_AS. */
export interface ReadBefore {
  readonly componentId: string;
  readonly readAs: string;
}

/** Events, in order, some of which are appended only when a component is what it was read as. */
export interface ConditionalEvents {
  readonly bodies: readonly string[];
  /** Of each event: the component that it depends on; `undefined` when it is appended anyhow. */
  readonly conditions: readonly (ReadBefore | undefined)[];
  readonly counted: CountedUses;
}

export interface AppendedIfUnchanged {
  /** `undefined` when nothing was appended. */
  readonly appended: AppendedUses | undefined;
  /** The entry of each event; `undefined` when it was not appended. */
  readonly entryOf: readonly (LogEntry | undefined)[];
  /**
   * By what was given in `conditions`, for each component that is what it was: the sealed bytes that it is
   * bound to, by their versions.
   */
  readonly sealed: ReadonlyMap<ReadBefore, ReadonlyMap<string, Buffer>>;
}

type Row = FollowedRow & {
  readonly first: number | null;
  readonly day?: string | null;
  /** The place of the component among those asked for, from 1; of one alone it is not said. */
  readonly place?: number | null;
  readonly version_id: string | null;
  readonly sealed: Buffer | null;
};

/**
 * Looks at components, and appends what depends on them if they are still what they were read as, with what
 * is appended anyhow: one statement, and so one transaction. What is seen of the components is what was
 * committed when the statement began.
 *
 * @param db whose locks are waited for as long as a connection of the record waits.
 */
export async function appendIfUnchanged(
  db: Statements,
  organizationId: string,
  { bodies, conditions, counted }: ConditionalEvents,
): Promise<AppendedIfUnchanged> {
  const components = [...new Set(conditions)].filter((each) => each !== undefined);
  const lines = joinLines(bodies);
  const [first] = components;
  const { kind, values } = countingOf(counted);
  if (components.length === 1 && first !== undefined && kind === undefined && !conditions.includes(undefined)) {
    const rows = await rowsOf<Row>(db, APPEND_IF_ONE, [organizationId, lines, first.componentId, first.readAs]);
    return answerOf(rows, bodies, conditions, () => first);
  }
  const places = conditions.map((each) => (each === undefined ? 0 : components.indexOf(each) + 1));
  const asked = [components.map(({ componentId }) => componentId), components.map(({ readAs }) => readAs), places];
  const rows = await rowsOf<Row>(db, APPEND_IF[kind ?? 'none'], [organizationId, lines, ...values, ...asked]);
  return answerOf(rows, bodies, conditions, ({ place }) => (place == null ? undefined : components[place - 1]));
}

function answerOf(
  rows: readonly Row[],
  bodies: readonly string[],
  conditions: readonly (ReadBefore | undefined)[],
  componentOf: (row: Row) => ReadBefore | undefined,
): AppendedIfUnchanged {
  const sealed = new Map<ReadBefore, Map<string, Buffer>>();
  for (const row of rows) {
    const component = componentOf(row);
    if (component === undefined) continue;
    const own = sealed.get(component) ?? new Map<string, Buffer>();
    sealed.set(component, own);
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

/** The head is the only lock here, and connections wait no longer for one than a deadline would. */
const APPEND_IF_ONE = `
  with found as materialized (
    select v.id as version_id, sealed.sealed, ${ROW_READ_AS} as read_as
    from component c ${BOUND_TO} where c.organization_id = $1::uuid and c.id = $3::uuid
  ), unchanged as (
    select from found having bit_xor(read_as) = $4::bigint
  ), appended as materialized (
    select a.* from unchanged cross join lateral append_audit($1::uuid, ${LINES}, true) a
  )
  select ${FOLLOWED}, found.version_id, found.sealed from appended cross join found`;

/** @param at the number of the first value that asks for components. */
const appendingIf = (counting: string, at: number) => `
  with ${counting}, asked as (
    select * from unnest($${at}::uuid[], $${at + 1}::bigint[]) with ordinality as asked (component_id, read_as, place)
  ), found as materialized (
    select asked.place, asked.read_as as read_before, v.id as version_id, sealed.sealed, ${ROW_READ_AS} as read_as
    from asked join component c on c.organization_id = $1::uuid and c.id = asked.component_id ${BOUND_TO}
  ), unchanged as materialized (
    select place from found group by place, read_before having bit_xor(read_as) = read_before
  ), lines as (
    select array_agg(line.body order by line.number) as bodies
    from unnest(${LINES}, $${at + 2}::integer[]) with ordinality as line (body, place, number)
    where line.place = 0 or line.place in (select place from unchanged)
  ), appended as materialized (
    select a.* from before cross join lines cross join lateral append_audit(${ONCE_COUNTED}, lines.bodies, true) a
    where lines.bodies is not null
  )
  select ${FOLLOWED}, before.day, there.place, there.version_id, there.sealed
  from before left join appended on true
  left join (select found.* from found join unchanged using (place)) there on true`;
const APPEND_IF = {
  none: appendingIf('before as materialized (select 0 as secrets, null::date as day)', 3),
  more: appendingIf(COUNTING.more, 6),
  count: appendingIf(COUNTING.count, 5),
  stamp: appendingIf(COUNTING.stamp, 5),
};
