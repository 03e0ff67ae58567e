import { listAudit } from '@holdfast/api';
import { type AuditEvent, AuditEventError, canonicalBody } from '@holdfast/audit';
import { cutPage, readCursor } from '@holdfast/endpoints';
import { sql } from 'kysely';
import { z } from 'zod';
import { implement } from '../implement.ts';

const cursorKey = z.tuple([z.int()]);

export const listAuditHandler = implement(listAudit, async ({ organization, query }, { db }) => {
  const after = readCursor(cursorKey, query.cursor);
  const { secret, actor, action, outcome, run, from, to, fold } = query;
  let found = db
    .selectFrom('audit_event')
    .select(['sequence', 'time', 'recorded_by', 'body'])
    .where('organization_id', '=', organization.id)
    .orderBy('sequence', 'desc')
    .limit(query.limit + 1);
  if (after !== undefined) found = found.where('sequence', '<', after[0]);
  if (secret) found = found.where('target_kind', '=', 'secret').where('target_name', '=', secret);
  if (actor)
    found = found.where((where) => where.or([where('actor_id', '=', actor), where(sql`lower(actor_name)`, '=', actor.toLowerCase())]));
  if (action) found = found.where('action', 'in', action.split(','));
  if (outcome) found = found.where('outcome', '=', outcome);
  if (run) found = found.where('run_id', '=', run);
  if (fold && !action && !secret) {
    found = found.where((where) => where.or([where('action', '!=', 'secret.re-seal'), where('outcome', '!=', 'success')]));
  }
  if (from) found = found.where('time', '>=', new Date(from));
  if (to) found = found.where('time', '<', new Date(to));
  const { page, nextCursor } = cutPage(await found.execute(), query.limit, ({ sequence }) => [sequence]);
  const items = page.map((row) => {
    const event = eventOf(row.body);
    return {
      sequence: row.sequence,
      time: row.time.toISOString(),
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

/**
 * A body that is no event was written beside Holdfast, and stops the organization's uses. It is listed all
 * the same.
 */
function eventOf(body: string): Omit<AuditEvent, 'action'> & { readonly action: string } {
  const event = JSON.parse(body) as AuditEvent;
  try {
    canonicalBody(event);
    return event;
  } catch (error) {
    if (!(error instanceof AuditEventError)) throw error;
    return {
      action: 'not an event',
      actor: { kind: 'anonymous', id: null, name: 'Unknown' },
      outcome: 'failed',
      detail: { body: body.slice(0, 1_000), why: error.message },
    };
  }
}

function detailOf({ detail = {} }: Pick<AuditEvent, 'detail'>): Record<string, string | number | boolean | null | string[]> {
  return Object.fromEntries(Object.entries(detail).map(([name, fact]) => [name, Array.isArray(fact) ? [...fact] : (fact as string)]));
}
