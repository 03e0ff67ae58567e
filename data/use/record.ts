import { type AuditActor, type AuditEvent, createGroupAppender, type Outcome } from '@holdfast/audit';
import { appendAudit, type Database, transaction } from '@holdfast/db';
import { type Kysely, sql } from 'kysely';
import type { BoundSecret } from './bindings.ts';

/** Who uses a secret, and where. The names are those of the time. */
export interface UseOccasion {
  readonly organizationId: string;
  readonly actor: AuditActor;
  /** project, workflow, run, step, component. */
  readonly context: Readonly<Record<string, string>>;
}

/** Writes uses into the audit record. */
export interface UseRecord {
  /** Resolves when the intent is committed. What it announces must not happen when this rejects. */
  intend(occasion: UseOccasion, secret: BoundSecret): Promise<void>;
  refuse(occasion: UseOccasion, secret: BoundSecret | undefined, secretName: string | null, code: string): Promise<void>;
  /** Says how a use ended, and counts it. */
  conclude(occasion: UseOccasion, secret: BoundSecret, outcome: Outcome, facts: { destination: string; code?: string }): Promise<void>;
}

export function createUseRecord(db: Kysely<Database>): UseRecord {
  // Intents of many uses leave together, one batch at a time for each organization; each use waits for its own batch.
  const intents = createGroupAppender({
    async append(organizationId, bodies) {
      const { rows } = await sql<{ sequence: string | number; hash: Buffer }>`
        select sequence, hash from append_audit(${organizationId}::uuid, ${bodies}::text[])`.execute(db);
      return rows.map((row) => ({ sequence: Number(row.sequence), hash: row.hash }));
    },
  });

  return {
    async intend(occasion, secret) {
      await intents.append(occasion.organizationId, useEvent('secret.use', occasion, secret, secret.name, 'intent'));
    },
    async refuse(occasion, secret, secretName, code) {
      const event = useEvent('secret.use', occasion, secret, secretName, 'refused');
      await intents.append(occasion.organizationId, { ...event, detail: { code } });
    },
    async conclude(occasion, secret, outcome, { destination, code }) {
      const { organizationId } = occasion;
      const placed = destination === '' ? occasion : { ...occasion, context: { ...occasion.context, destination } };
      const event = useEvent('secret.use-outcome', placed, secret, secret.name, outcome);
      await transaction(db, async (tx) => {
        await appendAudit(tx, organizationId, [code === undefined ? event : { ...event, detail: { code } }]);
        // The secret may have been deleted meanwhile: then there is nothing left to count for.
        const { numUpdatedRows } = await tx
          .updateTable('secret')
          .set({ last_used_at: sql`now()` })
          .where('organization_id', '=', organizationId)
          .where('id', '=', secret.id)
          .executeTakeFirst();
        if (numUpdatedRows === 0n) return;
        await tx
          .insertInto('secret_use_day')
          .values({ organization_id: organizationId, secret_id: secret.id, day: sql`(now() at time zone 'UTC')::date`, uses: 1 })
          .onConflict((conflict) =>
            conflict.columns(['organization_id', 'secret_id', 'day']).doUpdateSet({ uses: sql`secret_use_day.uses + 1` }),
          )
          .execute();
      });
    },
  };
}

function useEvent(
  action: string,
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
