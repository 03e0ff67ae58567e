import { getOverview, may } from '@holdfast/api';
import { sql } from 'kysely';
import { BROKEN_COMPONENT } from '../../components/broken-component.ts';
import { countDestinations } from '../../destinations/read-destinations.ts';
import { refuseUnknownZone } from '../../runs/unknown-zone.ts';
import { countWaiting } from '../../secret-requests/read-requests.ts';
import { countSecrets } from '../../secrets/secret-state.ts';
import { readFailingTriggers } from '../../triggers/read-triggers.ts';
import { implement } from '../implement.ts';

const DAYS_SHOWN = 30;
const TRIGGERS_SHOWN = 5;

export const getOverviewHandler = implement(getOverview, async ({ organization, query: { zone } }, { db }) => {
  const today = sql`date_trunc('day', now(), ${zone})`;
  const dayBegins = (daysAgo: number) => sql`((now() at time zone ${zone})::date - ${sql.lit(daysAgo)})::timestamp at time zone ${zone}`;
  const decides = may(organization.rights, 'secret-requests:decide');
  const organizationId = organization.id;
  const secrets = may(organization.rights, 'secrets:read') ? await countSecrets(db, organizationId) : null;
  const destinations = may(organization.rights, 'destinations:read') ? await countDestinations(db, organizationId) : null;
  const waiting = decides ? await countWaiting(db, organizationId, { sees: 'all' }) : null;
  const failing = await readFailingTriggers(db, organizationId, sql`true`);
  const { rows } = await sql<{
    projects: number;
    components: number;
    broken: number;
    workflows: number;
    active: number;
    failed_today: number;
    succeeded_today: number;
  }>`
    select
      (select count(*) from project where organization_id = ${organizationId}) as projects,
      (select count(*) from component where organization_id = ${organizationId}) as components,
      (select count(*) from component c where c.organization_id = ${organizationId} and ${BROKEN_COMPONENT}) as broken,
      (select count(*) from workflow where organization_id = ${organizationId}) as workflows,
      (select count(*) from run where organization_id = ${organizationId} and status in ('queued', 'running')) as active,
      (select count(*) from run where organization_id = ${organizationId} and status = 'failed'
         and finished_at >= ${today}) as failed_today,
      (select count(*) from run where organization_id = ${organizationId} and status = 'succeeded'
         and finished_at >= ${today}) as succeeded_today`
    .execute(db)
    .catch(refuseUnknownZone);
  const [counts] = rows;
  if (counts === undefined) throw new Error('The counts of the overview have no row.');

  const days = await sql<{ day: string; succeeded: number; failed: number }>`
    with finished as (
      select (created_at at time zone ${zone})::date as day, status from run
      where organization_id = ${organizationId} and status in ('succeeded', 'failed')
        and created_at >= ${dayBegins(DAYS_SHOWN - 1)}
        -- True of each that the line above leaves, and served by an index; a day more for clocks.
        and finished_at >= ${dayBegins(DAYS_SHOWN)}
    ),
    shown as (select (now() at time zone ${zone})::date - days_ago as day from generate_series(0, ${sql.lit(DAYS_SHOWN - 1)}) as days_ago)
    select to_char(shown.day, 'YYYY-MM-DD') as day,
      count(*) filter (where status = 'succeeded') as succeeded,
      count(*) filter (where status = 'failed') as failed
    from shown left join finished on finished.day = shown.day
    group by shown.day order by shown.day`.execute(db);

  return {
    status: 200,
    body: {
      secrets:
        secrets === null
          ? null
          : { total: secrets.all, expired: secrets.expired, rotationDue: secrets.rotationDue, unused: secrets.unused },
      destinations: destinations === null ? null : { requested: destinations.requested },
      secretRequests: waiting === null ? null : { waiting },
      projects: counts.projects,
      components: { total: counts.components, broken: counts.broken },
      workflows: counts.workflows,
      failingTriggers: {
        total: failing.length,
        items: failing.slice(0, TRIGGERS_SHOWN).map(({ id, name, workflow: { projectId, ...workflow }, failure }) => ({
          id,
          name,
          workflow,
          projectId,
          failure,
        })),
      },
      runs: { active: counts.active, failedToday: counts.failed_today, succeededToday: counts.succeeded_today },
      runsPerDay: days.rows,
    },
  };
});
