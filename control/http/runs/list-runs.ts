import { listRuns } from '@holdfast/api';
import { sql } from 'kysely';
import { listRunsBy } from '../../runs/list-runs.ts';
import { implement } from '../implement.ts';

export const listRunsHandler = implement(listRuns, async ({ organization, query }, control) => {
  const { workflow, project, status, number } = query;
  const conditions = [
    ...(workflow === undefined ? [] : [sql`r.workflow_id = ${workflow}`]),
    ...(project === undefined ? [] : [sql`r.project_id = ${project}`]),
    ...(number === undefined ? [] : [sql`r.number = ${number}`]),
    ...(status === undefined ? [] : [sql`r.status = ${status}`]),
  ];
  return { status: 200, body: await listRunsBy(control, organization.id, conditions, query) };
});
