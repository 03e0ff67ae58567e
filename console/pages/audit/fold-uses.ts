import type { AuditEventRow } from '@holdfast/api';

/** One line of the table: an event, or a use or a test with both of its events. */
export interface AuditRow {
  /** What is shown: of a use that has ended, how it ended. */
  readonly event: AuditEventRow;
  /** The event that was recorded before the value was opened. */
  readonly intent: AuditEventRow | undefined;
}

/**
 * A use is on the record twice: before the value is opened, and when it has ended. So is the test of a
 * component that is not saved. Both become one row, at the place of the end.
 *
 * @param events newest first.
 */
export function foldUses(events: readonly AuditEventRow[]): AuditRow[] {
  const rows: { event: AuditEventRow; intent: AuditEventRow | undefined }[] = [];
  const open = new Map<string, (typeof rows)[number][]>();
  for (const event of events) {
    if (begins(event)) {
      const row = open.get(occasionOf(event))?.pop();
      if (row !== undefined) {
        row.intent = event;
        continue;
      }
    }
    const row = { event, intent: undefined };
    rows.push(row);
    if (!ends(event)) continue;
    const occasion = occasionOf(event);
    open.set(occasion, [...(open.get(occasion) ?? []), row]);
  }
  return rows;
}

/** The test of a saved component has no event for its end; its uses say how they ended. */
function begins({ action, outcome, detail }: AuditEventRow): boolean {
  return outcome === 'intent' && (action === 'secret.use' || (action === 'component.test' && detail.saved === false));
}

function ends({ action, outcome }: AuditEventRow): boolean {
  return action === 'secret.use-outcome' || (action === 'component.test' && outcome !== 'intent');
}

/**
 * The same version of a secret, used by the same actor at the same place; only the outcome knows the
 * destination.
 */
function occasionOf({ action, actor, target, context }: AuditEventRow): string {
  if (action === 'component.test') return JSON.stringify([actor.kind, actor.id, target?.id, target?.name]);
  const { destination: _, ...place } = context;
  const parts = Object.entries(place).sort(([one], [other]) => (one < other ? -1 : 1));
  return JSON.stringify([actor.kind, actor.id, actor.name, target?.id, target?.versionId, parts]);
}
