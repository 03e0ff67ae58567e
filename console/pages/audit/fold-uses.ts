import type { AuditEventRow } from '@holdfast/api';

/** One line of the table: an event, or a use with both of its events. */
export interface AuditRow {
  /** What is shown: of a use that has ended, how it ended. */
  readonly event: AuditEventRow;
  /** The event that was recorded before the value was opened. */
  readonly intent: AuditEventRow | undefined;
}

/**
 * A use is on the record twice: before the value is opened, and when it has ended. Both become one row, at
 * the place of the end.
 *
 * @param events newest first.
 */
export function foldUses(events: readonly AuditEventRow[]): AuditRow[] {
  const rows: { event: AuditEventRow; intent: AuditEventRow | undefined }[] = [];
  const open = new Map<string, (typeof rows)[number][]>();
  for (const event of events) {
    if (event.action === 'secret.use' && event.outcome === 'intent') {
      const row = open.get(occasionOf(event))?.pop();
      if (row !== undefined) {
        row.intent = event;
        continue;
      }
    }
    const row = { event, intent: undefined };
    rows.push(row);
    if (event.action !== 'secret.use-outcome') continue;
    const occasion = occasionOf(event);
    open.set(occasion, [...(open.get(occasion) ?? []), row]);
  }
  return rows;
}

/**
 * The same version of a secret, used by the same actor at the same place; only the outcome knows the
 * destination.
 */
function occasionOf({ actor, target, context }: AuditEventRow): string {
  const { destination: _, ...place } = context;
  const parts = Object.entries(place).sort(([one], [other]) => (one < other ? -1 : 1));
  return JSON.stringify([actor.kind, actor.id, actor.name, target?.id, target?.versionId, parts]);
}
