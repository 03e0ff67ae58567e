import { listRuns } from '@holdfast/api';
import { sql } from 'kysely';
import { listRunsBy } from '../../runs/list-runs.ts';
import { implement } from '../implement.ts';

export const listRunsHandler = implement(listRuns, async ({ organization, query }, { db }) => {
  const { workflow, project, status } = query;
  const conditions = [
    ...(workflow === undefined ? [] : [sql`r.workflow_id = ${workflow}`]),
    ...(project === undefined ? [] : [sql`r.project_id = ${project}`]),
    ...(status === undefined ? [] : [sql`r.status = ${status}`]),
  ];
  return { status: 200, body: await listRunsBy(db, organization.id, conditions, query) };
});
