import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { uuidv7 } from '@holdfast/envelope';
import { sql } from 'kysely';
import { isIndexed } from '../../search.ts';
import { type TestInstance, type TestOrganization, testInstance } from '../../testing/instance.ts';

let instance: TestInstance;
before(async () => {
  instance = await testInstance();
});
after(() => instance[Symbol.asyncDispose]());

/** Secrets with a version each, in the tables: a thousand requests would take long. */
async function add({ id, keyId }: TestOrganization, secrets: readonly { name: string; description: string }[]): Promise<void> {
  await sql`
    with added as (
      insert into secret (organization_id, id, name, description, created_by)
      select ${id}, id::uuid, name, description, '{"kind":"member","name":"Ada"}'
      from unnest(${secrets.map(() => uuidv7())}::text[], ${secrets.map(({ name }) => name)}::text[],
        ${secrets.map(({ description }) => description)}::text[]) as s (id, name, description)
      returning id
    )
    insert into secret_version (organization_id, secret_id, id, key_id, state, created_by)
    select ${id}, id, uuidv7(), ${keyId}, 'current', '{"kind":"member","name":"Ada"}' from added`.execute(instance.db);
}

/** The names on all pages, in their order, and how many the first one says that there are. */
async function listed({ slug, owner }: TestOrganization, path: string): Promise<{ names: string[]; total: number }> {
  const names: string[] = [];
  let total = 0;
  for (let cursor = ''; ; ) {
    const at = `/api/organizations/${slug}/${path}&limit=50${cursor && `&cursor=${encodeURIComponent(cursor)}`}`;
    const { status, text, json } = await instance.call('GET', at, { token: owner.token });
    assert.equal(status, 200, text);
    if (cursor === '') total = json.total;
    names.push(...json.items.map(({ name }: { name: string }) => name));
    if (json.nextCursor === null) return { names, total };
    cursor = json.nextCursor;
  }
}

/** Of whatever is put in, always the same: a failure can be seen again. */
function chosenFrom(seed: number) {
  let state = seed;
  const below = (count: number) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return Math.floor((state / 2 ** 32) * count);
  };
  return { below, oneOf: <T>(items: ArrayLike<T>): T => items[below(items.length)] as T };
}

const WORDS = [
  ...[
    'invoice',
    'Invoices',
    'API',
    'api_key',
    'STRIPE',
    'straße',
    'STRASSE',
    'Größe',
    'İstanbul',
    'ısı',
    'Kelvin',
    'ΣΊΣΥΦΟΣ',
    'счёт',
    'СЧЁТ',
  ],
  ...[
    '請求書',
    '請求',
    'ใบแจ้งหนี้',
    '🗝',
    '🗝🗝🗝',
    'a',
    'ab',
    'x9',
    '100%',
    '50_%',
    'C:\\keys\\%_',
    "it's",
    '"quoted"',
    '0000042',
    '000004',
    '1234567890',
  ],
  ...[
    'a\u0301cute',
    'ﬁne',
    'Ǆ',
    'e-mail',
    'me@example.com',
    'https://example.com/renew?x=1',
    'line\nbreak',
    'tab\tbed',
    '٣٣٣٣٣٣٣',
    'ａｂｃ',
  ],
];

test('a search finds what a look at every secret finds, in the same order, whatever is looked for', async () => {
  const organization = await instance.addOrganization('searched');
  const other = await instance.addOrganization('other');
  const { below, oneOf } = chosenFrom(7);
  const description = () => Array.from({ length: below(8) }, () => oneOf(WORDS)).join(oneOf([' ', ' ', '', '. ', '_', '-']));
  const name = (number: number) => `${oneOf(['SECRET_', 'secret-', 'Key', 'TENANT_0000'])}${oneOf(['', 'abc_', 'API-'])}${number}`;
  const secrets = Array.from({ length: 150 }, (_, number) => ({ name: name(number), description: description() }));
  await add(organization, secrets);
  await add(other, secrets);
  const project = await instance.call('POST', '/api/organizations/searched/projects', {
    token: organization.owner.token,
    body: { name: 'Invoices' },
  });

  const parts = () => {
    const characters = [...`${oneOf(secrets).name} ${oneOf(secrets).description}`];
    const from = below(characters.length);
    return characters.slice(from, from + 1 + below(oneOf([2, 4, 8, 20]))).join('');
  };
  const changed = (text: string) => oneOf([text, text.toUpperCase(), text.toLowerCase(), `${text}${oneOf(WORDS)}`]);
  const searches = [
    ...WORDS,
    '%',
    '_',
    '\\',
    '%_\\',
    '_000',
    '000004',
    'tenant_0000',
    ...Array.from({ length: 100 }, () => changed(parts())),
  ];
  let indexed = 0;
  let found = 0;
  for (const search of searches.filter((text) => text.trim() !== '')) {
    const { rows } = await sql<{ names: string[]; some: boolean }>`
      select coalesce(array_agg(name order by lower(name)), '{}') as names,
        cardinality(search_grams(${organization.id}, lower(${search.normalize('NFC')}))) > 0 as some
      from secret where organization_id = ${organization.id} and strpos(search_text, lower(${search.normalize('NFC')})) > 0`.execute(
      instance.db,
    );
    const { names = [], some } = rows[0] ?? {};
    const expected = { names, total: names.length };
    const searched = `search=${encodeURIComponent(search)}`;
    assert.deepEqual(await listed(organization, `secrets?${searched}`), expected, JSON.stringify(search));
    assert.deepEqual(await listed(organization, `projects/${project.json.id}/secret-names?${searched}`), expected, JSON.stringify(search));
    assert.equal(some, isIndexed(search.normalize('NFC')), `whether an index finds ${JSON.stringify(search)}`);
    if (isIndexed(search)) indexed += 1;
    if (names.length > 0) found += 1;
  }
  assert.ok(indexed > 60 && found > 60, `${indexed} of the searches used the index, ${found} found something`);
});

test('what a description is changed to is found, and what it was is not', async () => {
  const organization = await instance.addOrganization('changed');
  await add(organization, [{ name: 'KEY', description: 'For invoices' }]);
  const found = async (search: string) => (await listed(organization, `secrets?search=${search}`)).total;
  assert.deepEqual([await found('invoices'), await found('payroll')], [1, 0]);
  const at = '/api/organizations/changed/secrets/KEY';
  const reply = await instance.call('PATCH', at, { token: organization.owner.token, body: { description: 'For the payroll' } });
  assert.equal(reply.status, 200, reply.text);
  assert.deepEqual([await found('invoices'), await found('payroll')], [0, 1]);
});

test('a search in an organization of many secrets looks at those that it finds, and not at the others', async () => {
  const organization = await instance.addOrganization('large');
  const names = Array.from({ length: 7_000 }, (_, number) => `SECRET_${String(number).padStart(7, '0')}`);
  await add(
    organization,
    names.map((name) => ({ name, description: 'What it is for, and where to renew it.' })),
  );
  await sql`analyze secret`.execute(instance.db);
  // Rows that statements got through the indexes of the table, and from end to end.
  const read = async () => {
    const { rows } = await sql<{ rows: number }>`
      select coalesce(idx_tup_fetch, 0) + seq_tup_read as rows from pg_stat_user_tables where relname = 'secret'`.execute(instance.db);
    return rows[0]?.rows ?? 0;
  };
  const settled = async () => {
    // The server's processes say what they read once a second.
    for (let before = -1, now = await read(); ; before = now, now = await read()) {
      if (before === now) return now;
      await new Promise((resolve) => setTimeout(resolve, 1_500));
    }
  };
  // A connection says what it read for former tests when it is next used, a second later at the soonest.
  await settled();
  // A person has two searches at once.
  for (let time = 0; time < 15; time += 1) {
    await Promise.all([listed(organization, 'secrets?search=_000004'), listed(organization, 'secrets?search=_000004')]);
  }
  const before = await settled();
  for (let time = 0; time < 10; time += 1) {
    assert.equal((await listed(organization, 'secrets?search=_000004')).total, 10);
    assert.equal((await listed(organization, 'secrets?search=0000042')).total, 1);
  }
  const each = ((await settled()) - before) / 20;
  assert.ok(each < 200, `a search read ${each} rows of 7,000 secrets`);
});
