import assert from 'node:assert/strict';
import { test } from 'node:test';
import { uuidv7 } from '@holdfast/envelope';
import { sql } from 'kysely';
import { createFixtures } from '../../testing/fixtures.ts';
import { testInstance } from '../../testing/instance.ts';

test('a document of a run tells the steps that it has been through, in the order of the run, with what was made', async () => {
  await using instance = await testInstance();
  const { organization, ids } = await createFixtures(instance, 'own');
  const place = { organization_id: organization.id, run_id: ids.run };
  const { definition } = await instance.db.selectFrom('run').select('definition').where('id', '=', ids.run).executeTakeFirstOrThrow();
  const [only] = definition.steps;
  assert.ok(only);
  const extract = { ...only, id: uuidv7(), name: 'extract', input: null };
  await instance.db
    .updateTable('run')
    .set({ definition: JSON.stringify({ ...definition, steps: [extract, { ...only, name: 'archive' }] }) })
    .where('id', '=', ids.run)
    .execute();
  const item = await instance.db.selectFrom('run_item').select('id').where('run_id', '=', ids.run).executeTakeFirstOrThrow();
  const own = { ...place, item_id: item.id };
  await instance.db
    .insertInto('item_step')
    .values([
      { ...own, step_id: only.id, outcome: 'published', published_as: 'x/a.json', milliseconds: 40 },
      { ...own, step_id: extract.id, outcome: 'made', results: 21, milliseconds: 1_200 },
    ])
    .execute();
  const documents: string[] = [];
  for (const position of [1, 0]) {
    const document = uuidv7();
    documents[position] = document;
    await sql`insert into document (organization_id, id, project_id, run_id, name, content_type, size, sha256, created_by)
      select organization_id, ${document}::uuid, project_id, id, ${`${position}.json`}::text, 'application/json', 2, ${Buffer.alloc(32)}::bytea, started_by
      from run where id = ${ids.run}`.execute(instance.db);
    await instance.db
      .insertInto('item_result')
      .values({ ...own, step_id: extract.id, position, document_id: document })
      .execute();
  }
  const answer = await instance.call('GET', `/api/organizations/own/runs/${ids.run}/items`, { token: organization.owner.token });
  assert.equal(answer.status, 200, answer.text);
  assert.deepEqual(answer.json.items[0].steps, [
    {
      name: 'extract',
      outcome: 'made',
      publishedAs: null,
      made: 21,
      results: [
        { id: documents[0], name: '0.json', size: 2 },
        { id: documents[1], name: '1.json', size: 2 },
      ],
      milliseconds: 1_200,
    },
    { name: 'archive', outcome: 'published', publishedAs: 'x/a.json', made: null, results: [], milliseconds: 40 },
  ]);
  // At each step of the run: what is done there, and what is there now.
  const countsOf = async () => {
    const { json, text } = await instance.call('GET', `/api/organizations/own/runs/${ids.run}/steps`, { token: organization.owner.token });
    assert.ok(Array.isArray(json.steps), text);
    return json.steps.map(
      ({ name, documents, milliseconds }: { name: string; documents: Record<string, number>; milliseconds: number | null }) => [
        name,
        Object.entries(documents)
          .flatMap(([state, number]) => (number === 0 ? [] : [`${number} ${state}`]))
          .join(', '),
        milliseconds,
      ],
    );
  };
  assert.deepEqual(await countsOf(), [
    ['extract', '1 done', 1_200],
    ['archive', '1 done', 40],
  ]);
  // Of several documents it is the average time.
  const slower = uuidv7();
  await sql`insert into run_item (organization_id, run_id, id, document_id, name, content_type, size, status)
    select organization_id, run_id, ${slower}::uuid, document_id, 'slower.pdf', content_type, size, 'running'
    from run_item where id = ${item.id}`.execute(instance.db);
  await instance.db
    .insertInto('item_step')
    .values({ ...place, item_id: slower, step_id: extract.id, outcome: 'made', results: 1, milliseconds: 2_400 })
    .execute();
  assert.deepEqual(await countsOf(), [
    ['extract', '2 done', 1_800],
    ['archive', '1 done, 1 running', 40],
  ]);
  await instance.db.deleteFrom('run_item').where('id', '=', slower).execute();
  const at = { archive: only.id, extract: extract.id };
  for (const [status, left, expected] of [
    [
      'running',
      ['extract'],
      [
        ['extract', '1 done', 1_200],
        ['archive', '1 running', null],
      ],
    ],
    [
      'failed',
      ['extract'],
      [
        ['extract', '1 done', 1_200],
        ['archive', '1 failed', null],
      ],
    ],
    [
      'failed',
      [],
      [
        ['extract', '1 failed', null],
        ['archive', '', null],
      ],
    ],
    [
      'waiting',
      [],
      [
        ['extract', '', null],
        ['archive', '', null],
      ],
    ],
  ] as const) {
    await instance.db.updateTable('run_item').set({ status }).where('id', '=', item.id).execute();
    const gone = Object.entries(at).flatMap(([name, id]) => (left.some((each) => each === name) ? [] : [id]));
    await instance.db.deleteFrom('item_step').where('item_id', '=', item.id).where('step_id', 'in', gone).execute();
    assert.deepEqual(await countsOf(), expected, `${status} ${left}`);
  }
  // Of a run of one step nothing is noted: the end of the document is the step's.
  await instance.db
    .updateTable('run')
    .set({ definition: JSON.stringify(definition) })
    .where('id', '=', ids.run)
    .execute();
  await instance.db.updateTable('run_item').set({ status: 'published' }).where('id', '=', item.id).execute();
  assert.deepEqual(await countsOf(), [[only.name, '1 done', null]]);
});
