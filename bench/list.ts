import { fork } from 'node:child_process';
import { Agent, request } from 'node:http';
import { fileURLToPath } from 'node:url';
import { startTestServer } from '@holdfast/db/testing';
import { uuidv7 } from '@holdfast/envelope';
import pg from 'pg';
import { setUp } from '../tests/harness/account.ts';
import { startInstance } from '../tests/harness/instance.ts';
import { type Comparison, compare } from './measure.ts';

const SECRETS = 10_000;
const CONNECTIONS = 16;

/** A page of 50 from the middle of 10,000 secrets, over HTTP, with all its columns, permission check and all. */
export async function measureList(): Promise<Comparison[]> {
  await using server = new AsyncDisposableStack();
  const database = await startTestServer({ settings: { fsync: 'on' } });
  server.defer(() => database.stop());
  await using instance = await startInstance({ environment: { DATABASE_URL: database.url } });
  const account = await setUp(instance);
  await insertSecrets(database.url, account.organization.id);
  const first = await account.call<{ nextCursor: string }>('GET', account.at('/secrets?limit=200'));
  let cursor = first.nextCursor;
  for (let page = 0; page < 24; page += 1) {
    cursor = (await account.call<{ nextCursor: string }>('GET', account.at(`/secrets?limit=200&cursor=${encodeURIComponent(cursor)}`)))
      .nextCursor;
  }

  const floor = fork(fileURLToPath(new URL('list-floor.ts', import.meta.url)), [database.url, account.organization.id], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  const port = await new Promise<string>((resolve) => floor.stdout?.once('data', (chunk: Buffer) => resolve(chunk.toString().trim())));
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const get = (url: string, token = '') => fetchOnce(agent, url, token);
  const page = `${account.url}${account.at(`/secrets?limit=50&cursor=${encodeURIComponent(cursor)}`)}`;
  const floorUrl = `http://127.0.0.1:${port}/secrets`;
  try {
    const says = 'bare Fastify, one indexed select';
    return [
      await compare(
        'list page of 50 from 10,000, one caller',
        () => get(page, account.token),
        says,
        () => get(floorUrl),
      ),
      await compare(
        `the same, ${CONNECTIONS} connections`,
        () => get(page, account.token),
        says,
        () => get(floorUrl),
        {
          concurrency: CONNECTIONS,
        },
      ),
    ];
  } finally {
    agent.destroy();
    floor.disconnect();
  }
}

function fetchOnce(agent: Agent, url: string, token: string): Promise<void> {
  return new Promise((resolve, reject) => {
    request(url, { agent, headers: token === '' ? {} : { authorization: `Bearer ${token}` } }, (response) => {
      if (response.statusCode !== 200) reject(new Error(`${url} answered ${response.statusCode}.`));
      response.resume().on('end', resolve).on('error', reject);
    })
      .on('error', reject)
      .end();
  });
}

async function insertSecrets(url: string, organization: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query('set search_path = holdfast');
    const by = JSON.stringify({ kind: 'member', id: null, name: 'Ada Lovelace' });
    const key = await client.query<{ id: string }>('select id from organization_key where organization_id = $1 and current', [
      organization,
    ]);
    const ids = Array.from({ length: SECRETS }, () => uuidv7());
    const names = ids.map((_, index) => `SECRET_${String(index).padStart(5, '0')}`);
    await client.query(
      `insert into secret (organization_id, id, name, description, created_by)
       select $1, id, name, 'What it is for, and where to renew it.', $4 from unnest($2::uuid[], $3::text[]) as t(id, name)`,
      [organization, ids, names, by],
    );
    await client.query(
      `insert into secret_version (organization_id, secret_id, id, key_id, state, created_by)
       select $1, id, uuidv7(), $3, 'current', $4 from unnest($2::uuid[]) as t(id)`,
      [organization, ids, key.rows[0]?.id, by],
    );
    await client.query('analyze secret; analyze secret_version');
  } finally {
    await client.end();
  }
}
