import { listAudit } from '@holdfast/api';
import { type AuditEvent, AuditEventError, canonicalBody, entryTime, isUtcTime } from '@holdfast/audit';
import { auditFact } from '@holdfast/db/control';
import { cutPage, readCursor } from '@holdfast/endpoints';
import { isUuid } from '@holdfast/envelope';
import { type RawBuilder, sql } from 'kysely';
import { z } from 'zod';
import { limitTo } from '../../limit-to.ts';
import { implement } from '../implement.ts';

const cursorKey = z.tuple([z.int()]);

export const listAuditHandler = implement(listAudit, async ({ organization, query }, { db }) => {
  const after = readCursor(cursorKey, query.cursor);
  const { rows } = await findEvents(organization.id, query, after?.[0]).execute(db);
  const { page, nextCursor } = cutPage(rows, query.limit, ({ sequence }) => [sequence]);
  const items = page.map((row) => {
    const time = entryTime(row.time);
    const event = isUtcTime(time) ? eventOf(row.body) : notAnEvent(row.body, `Its time is none: ${time}.`);
    return {
      sequence: row.sequence,
      time: isUtcTime(time) ? time : NO_TIME,
      recordedBy: row.recorded_by,
      actor: event.actor,
      action: event.action,
      outcome: event.outcome,
      target: event.target ?? null,
      context: { ...event.context },
      detail: { ...detailOf(event) },
    };
  });
  return { status: 200, body: { items, nextCursor } };
});

type ListedEvent = Omit<AuditEvent, 'action'> & { readonly action: string };

/** In place of what cannot be written as a time. */
const NO_TIME = '9999-12-31T23:59:59.999Z';

interface EventRow {
  readonly sequence: number;
  readonly time: Date | number;
  readonly recorded_by: string;
  readonly body: string;
}

/**
 * One event more than a page has. Each alternative of a filter (one of several actions, a name or an id of
 * the actor) is cut to a page before they are put together, so that the time does not grow with the record.
 * An id of an actor alone, and times, have no index: events that they leave out are walked through.
 */
function findEvents(organizationId: string, query: z.infer<typeof listAudit.query>, before: number | undefined): RawBuilder<EventRow> {
  const { secret, actor, action, outcome, run, from, to, fold } = query;
  const conditions = [sql`organization_id = ${organizationId}`];
  if (before !== undefined) conditions.push(sql`sequence < ${before}`);
  if (secret) conditions.push(sql`${auditFact('secret_name')} = ${secret}`);
  if (outcome) conditions.push(sql`${auditFact('outcome')} = ${outcome}`);
  if (run) conditions.push(sql`${auditFact('run_id')} = ${run.toLowerCase()}`);
  if (fold && !action && !secret) {
    conditions.push(sql`(${auditFact('action')} <> 'secret.re-seal' or ${auditFact('outcome')} <> 'success')`);
  }
  if (from) conditions.push(sql`time >= ${new Date(from)}`);
  if (to) conditions.push(sql`time < ${new Date(to)}`);
  if (action) conditions.push(sql`${auditFact('action')} = wanted.action`);

  const newest = sql`order by sequence desc limit ${limitTo(query.limit + 1)}`;
  const select = (...more: RawBuilder<unknown>[]) =>
    sql`(select sequence, time, recorded_by, body from audit_event where ${sql.join([...conditions, ...more], sql` and `)} ${newest})`;
  const byName = sql`lower(${auditFact('actor_name')}) = ${actor?.toLowerCase()}`;
  const byId = sql`${auditFact('actor_id')} = ${actor?.toLowerCase()}`;
  const otherId = sql`${auditFact('actor_id')} is distinct from ${actor?.toLowerCase()}`;
  const found = !actor ? select() : isUuid(actor) ? sql`(${select(byId)} union all ${select(byName, otherId)})` : select(byName);
  const source = action
    ? sql`unnest(${[...new Set(action.split(','))]}::text[]) as wanted (action) cross join lateral ${found} as found`
    : sql`${found} as found`;
  return sql`select found.sequence, found.time, found.recorded_by, found.body from ${source} ${newest}`;
}

/**
 * A body that is no event was written beside Holdfast, and stops the organization's uses. It is listed all
 * the same.
 */
function eventOf(body: string): ListedEvent {
  const event = JSON.parse(body) as AuditEvent;
  try {
    canonicalBody(event);
    return event;
  } catch (error) {
    if (!(error instanceof AuditEventError)) throw error;
    return notAnEvent(body, error.message);
  }
}

function notAnEvent(body: string, why: string): ListedEvent {
  return {
    action: 'not an event',
    actor: { kind: 'anonymous', id: null, name: 'Unknown' },
    outcome: 'failed',
    detail: { body: body.slice(0, 1_000), why },
  };
}

function detailOf({ detail = {} }: Pick<AuditEvent, 'detail'>): Record<string, string | number | boolean | null | string[]> {
  return Object.fromEntries(Object.entries(detail).map(([name, fact]) => [name, Array.isArray(fact) ? [...fact] : (fact as string)]));
}
