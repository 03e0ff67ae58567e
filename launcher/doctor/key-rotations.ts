import { connect } from '@holdfast/db';
import { sql } from 'kysely';
import type { Finding } from './finding.ts';

/**
 * What an operator has to know of rotations of sealing keys: one that is not finished, and former keys that
 * are kept because values could not be sealed again.
 *
 * @param url of the control plane's role.
 */
export async function examineKeyRotations(url: string): Promise<Finding[]> {
  const db = connect(url, { name: 'holdfast-doctor', maximumConnections: 1 });
  try {
    const { rows } = await sql<{ slug: string; waiting: string | null; minutes: number | null; failed: number; left: number }>`
      select o.slug, r.waiting_for as waiting,
        case when r.finished_at is null then floor(extract(epoch from now() - r.requested_at) / 60)::integer end as minutes,
        (select count(*) from key_rotation_failure f
          join secret_version v on v.organization_id = f.organization_id and v.id = f.version_id and v.state <> 'superseded'
          join organization_key k on k.organization_id = v.organization_id and k.id = v.key_id and not k.current
          where f.organization_id = r.organization_id and f.rotation_id = r.id) as failed,
        (select count(*) from organization_key k
          join secret_version v on v.organization_id = k.organization_id and v.key_id = k.id and v.state <> 'superseded'
          where k.organization_id = r.organization_id and not k.current) as left
      from auth.organization o
      join lateral (select * from key_rotation where organization_id = o.id order by sequence desc limit 1) r on true
      order by o.slug`.execute(db);
    return rows.flatMap(({ slug, waiting, minutes, failed, left }): Finding[] => {
      if (minutes !== null) {
        const reason = waiting === null ? '' : ` It waits: ${waiting}.`;
        return [
          {
            state: 'warning',
            what: `A rotation of the sealing key of “${slug}”, asked for ${minutes} min ago, is not finished; ${left} values are left.${reason}`,
            remedy: 'The data plane goes on with it by itself while it runs. If the number stays the same, read logs/data.log.',
          },
        ];
      }
      if (failed === 0) return [];
      return [
        {
          state: 'warning',
          what: `${failed} values of “${slug}” could not be sealed again after a rotation; the former key is kept for them.`,
          remedy: `Their names: holdfast keys status. Somebody who knows the values replaces them.`,
        },
      ];
    });
  } finally {
    await db.destroy();
  }
}
