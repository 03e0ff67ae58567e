import { type RawBuilder, sql } from 'kysely';

/** What events of the record are looked up by; see `audit_facts` in db/migrations/0005_audit.sql. */
export type AuditFact = 'action' | 'outcome' | 'actor_id' | 'actor_name' | 'secret_name' | 'run_id' | 'version_id';

/** A fact of an event of `audit_event`, as the indexes have it. */
export function auditFact(name: AuditFact): RawBuilder<string | null> {
  return sql`(facts).${sql.id(name)}`;
}
