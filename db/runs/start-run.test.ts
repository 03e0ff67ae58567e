import assert from 'node:assert/strict';
import { test } from 'node:test';
import { uuidv7 } from '@holdfast/envelope';
import { sql } from 'kysely';
import { transaction } from '../connection/transaction.ts';
import { connect } from '../index.ts';
import { testDatabase } from '../testing/index.ts';
import { startRun } from './start-run.ts';

test('either plane starts a run with its own role, of uploaded documents too; the same key starts one alone', async () => {
  await using database = await testDatabase();
  await using owner = connect(database.ownerUrl, { name: 'test' });
  const [organization, project, component, workflow] = Array.from({ length: 4 }, () => uuidv7());
  await sql`insert into project (organization_id, id, name, created_by) values (${organization}, ${project}, 'Invoices', '{}')`.execute(
    owner,
  );
  await sql`insert into component (organization_id, id, project_id, type, name, configuration, destinations, created_by, updated_by)
    values (${organization}, ${component}, ${project}, 's3-publisher', 'Archive', '{}', '{}', '{}', '{}')`.execute(owner);
  await sql`insert into workflow (organization_id, id, project_id, name, created_by)
    values (${organization}, ${workflow}, ${project}, 'Archive invoices', '{}')`.execute(owner);
  const definition = {
    sources: [{ name: 'upload', kind: 'upload' }],
    steps: [{ id: uuidv7(), componentId: component, name: 'archive', input: null }],
  };
  await sql`insert into workflow_version (organization_id, workflow_id, number, definition, components, published_by)
    values (${organization}, ${workflow}, 1, ${JSON.stringify(definition)}, '{}', '{}')`.execute(owner);

  for (const [place, [url, kind]] of Object.entries([
    [database.controlUrl, 'member'],
    [database.dataUrl, 'trigger'],
  ] as const)) {
    await using db = connect(url, { name: 'test' });
    const documents = [uuidv7(), uuidv7()];
    for (const id of documents) {
      await sql`insert into document (organization_id, id, project_id, name, content_type, size, sha256, created_by)
        values (${organization}, ${id}, ${project}, 'a.txt', 'text/plain', 1, ${Buffer.alloc(32)}, '{}')`.execute(owner);
    }
    const request = {
      organizationId: String(organization),
      workflowId: String(workflow),
      documentIds: documents,
      documentsOf: undefined,
      idempotencyKey: `key of ${kind}`,
      startedBy: { kind, id: uuidv7(), name: 'Nightly' },
    };
    const started = await transaction(db, (tx) => startRun(tx, request));
    const again = await transaction(db, (tx) => startRun(tx, { ...request, documentIds: [uuidv7()] }));
    assert.deepEqual(again, { runId: started.runId, entry: undefined });
    const run = await owner.selectFrom('run').selectAll().where('id', '=', started.runId).executeTakeFirstOrThrow();
    assert.equal(run.number, Number(place) + 1);
    assert.deepEqual(run.started_by, request.startedBy);
    assert.equal(started.entry?.target?.name, `Archive invoices #${run.number}`);
    const items = await owner.selectFrom('run_item').select('document_id').where('run_id', '=', run.id).orderBy('id').execute();
    assert.deepEqual(
      items.map(({ document_id }) => document_id),
      documents,
    );
  }
});
