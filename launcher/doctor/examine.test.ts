import assert from 'node:assert/strict';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { connect, type DatabaseConnection } from '@holdfast/db';
import { type TestDatabase, testDatabase } from '@holdfast/db/testing';
import { uuidv7 } from '@holdfast/envelope';
import { type RawBuilder, sql } from 'kysely';
import { mountSmallDisk } from '../../tests/harness/small-disk.ts';
import { homeAt, makeHome } from '../home/home.ts';
import { readStartSettings } from '../settings.ts';
import { examine } from './examine.ts';

/** `holdfast doctor`: what is wrong is found, by name, with what to do; what is right is not called wrong. */

let database: TestDatabase;
let owner: DatabaseConnection;
let folder: string;
before(async () => {
  database = await testDatabase();
  owner = connect(database.ownerUrl, { name: 'test', maximumConnections: 1 });
});
after(async () => {
  await owner?.destroy();
  await database?.[Symbol.asyncDispose]();
});
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-doctor-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A home as a first start leaves it, in which everything belongs to this account. */
function soundHome(at = join(folder, 'home')): string {
  const home = homeAt(at);
  makeHome(home);
  writeFileSync(join(home.keys, 'root.key'), 'key', { mode: 0o400 });
  writeFileSync(home.databaseUrls.control, database.controlUrl, { mode: 0o400 });
  writeFileSync(home.databaseUrls.data, database.dataUrl, { mode: 0o400 });
  return at;
}

/** A plane that answers its health checks so. */
async function plane(status: number, body: object): Promise<{ listen: string } & AsyncDisposable> {
  const server = createServer((request, response) => {
    const signing = request.url === '/signing-key';
    response.writeHead(signing ? 200 : status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(signing ? { signingKey: 'x', fingerprint: 'AAAA-BBBB' } : body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    listen: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const NOBODY = '127.0.0.1:1';
const NOBODY_EITHER = '127.0.0.1:2';

async function findings(home: string, variables: Readonly<Record<string, string>> = {}) {
  const settings = readStartSettings({
    HOLDFAST_HOME: home,
    HOLDFAST_ACCOUNTS: 'shared',
    HOLDFAST_CONTROL_LISTEN: NOBODY,
    HOLDFAST_DATA_LISTEN: NOBODY_EITHER,
    ...variables,
  });
  return (await examine(settings)).map(({ state, what, remedy }) => ({ state, what, remedy }));
}

/** Exactly one finding says so, and says what to do. */
async function found(state: 'warning' | 'wrong', what: RegExp, remedy: RegExp, home: string, variables?: Record<string, string>) {
  const all = await findings(home, variables);
  const matching = all.filter((finding) => what.test(finding.what));
  assert.equal(matching.length, 1, JSON.stringify(all, null, 1));
  assert.equal(matching[0]?.state, state);
  assert.match(matching[0]?.remedy ?? '', remedy);
}

test('where everything is as it should be nothing is called wrong', async () => {
  await using control = await plane(200, { status: 'ok', checks: {} });
  await using data = await plane(200, { status: 'ok', checks: {} });
  const all = await findings(soundHome(), { HOLDFAST_CONTROL_LISTEN: control.listen, HOLDFAST_DATA_LISTEN: data.listen });
  assert.deepEqual(
    all.filter(({ state }) => state === 'wrong'),
    [],
  );
  for (const what of [/^Node 24/, /^Root key at/, /GiB are free/, /database answers; schema/, /^Clocks agree/, /control plane is ready/]) {
    assert.ok(
      all.some((finding) => finding.state === 'fine' && what.test(finding.what)),
      String(what),
    );
  }
  assert.ok(all.some(({ what }) => /^Every audit record verifies/.test(what)));
  assert.ok(all.some(({ what }) => /^Signing key AAAA-BBBB/.test(what)));
});

test('a home that is not there', async () => {
  await found('warning', /There is no state in /, /HOLDFAST_HOME/, join(folder, 'none'));
});

test('the nodes that run, that ended in order, and that went away without a word', async () => {
  const home = soundHome();
  await owner
    .insertInto('node')
    .values(
      (
        [
          ['control', 'one', '2 seconds', null],
          ['data', 'two', '5 minutes', null],
          ['data', 'three', '10 minutes', '10 minutes'],
        ] as const
      ).map(([plane, host, silent, stopped], index) => ({
        id: uuidv7(),
        plane,
        incarnation: uuidv7(),
        host,
        process_id: 40 + index,
        version: '0.1.0',
        seen_at: sql<Date>`now() - ${silent}::interval`,
        stopped_at: stopped === null ? null : sql<Date>`now() - ${stopped}::interval`,
      })),
    )
    .execute();
  try {
    const all = (await findings(home)).filter(({ what }) => what.startsWith('Node: '));
    assert.equal(all.length, 3);
    assert.match(all[0]?.what ?? '', /^Node: control plane 0\.1\.0 on one, process 40; last heard from \d+ s ago\.$/);
    assert.ok(all.some(({ state, what }) => state === 'fine' && /on three, process 42; stopped 10 min ago\.$/.test(what)));
    await found(
      'warning',
      /on two, process 41; not heard from since 5 min ago, and it did not end in order/,
      /forgotten after an hour/,
      home,
    );
  } finally {
    await owner.deleteFrom('node').execute();
  }
});

test('a root key that is missing, or that others may read', async () => {
  const home = soundHome();
  const key = join(home, 'keys', 'root.key');
  chmodSync(key, 0o444);
  await found('wrong', /root key .* can be read by other accounts/, /chmod 400/, home);
  rmSync(key);
  await found('wrong', /There is no root key at/, /Restore it from its backup/, home);
});

test('a part of the state that others may use, or that belongs to another account', async (context) => {
  const home = soundHome();
  chmodSync(join(home, 'logs'), 0o755);
  await found('wrong', /logs can be used by other accounts \(mode 755\)/, /start it again/, home);
  chmodSync(join(home, 'logs'), 0o700);
  if (process.getuid?.() !== 0) return context.skip('only root gives files to others');
  chownSync(join(home, 'data'), 12_345, 12_345);
  await found('wrong', /data belongs to account 12345, not to 0/, /start it again/, home);
});

test('processes that share one account, and a data plane that has to be root', async (context) => {
  const home = soundHome();
  await found('warning', /private to this account, which all processes share/, /start as root/, home);
  if (process.getuid?.() !== 0) return context.skip('only root gives processes accounts of their own');
  const documents = join(folder, 'documents');
  mkdirSync(documents, { mode: 0o700 });
  const sources = `acme:in=${documents}`;
  await found('warning', /The data plane runs as root/, /setfacl/, home, { HOLDFAST_ACCOUNTS: '', HOLDFAST_SOURCE_FOLDERS: sources });
});

test('a disk with little room', async (context) => {
  const disk = mountSmallDisk(64 * 1024 * 1024);
  if (typeof disk === 'string') return context.skip(disk);
  context.after(() => disk.remove());
  await found('warning', /^Only 0\.\d GiB are free for/, /Make room/, soundHome(join(disk.folder, 'home')));
});

test('a database that was never prepared, or does not answer', async () => {
  const home = soundHome();
  const file = join(home, 'credentials', 'control-database-url');
  rmSync(file);
  await found('wrong', /control-database-url is missing: the database was never prepared/, /holdfast start/, home);
  // In the home of a plane that runs alone a start would make another instance.
  await found('wrong', /control-database-url is missing/, /^Set HOLDFAST_HOME to the home of the first start or migrate/, home);
  writeFileSync(file, `${database.controlUrl.replace('control', 'nobody')}`, { mode: 0o400 });
  await found('wrong', /The database does not answer \(28/, /check DATABASE_URL/, home);
});

test('a plane that does not answer, and one that is not ready', async () => {
  const home = soundHome();
  await found('wrong', /The control plane does not answer at http:\/\/127\.0\.0\.1:1/, /Start Holdfast/, home);
  await using broken = await plane(503, { status: 'not-ready', checks: { database: 'ok', 'public-keys': 'failed' } });
  const variables = { HOLDFAST_DATA_LISTEN: broken.listen };
  await found('wrong', /^The data plane is not ready: public-keys\./, /logs\/data\.log/, home, variables);
});

test('a clock that is wrong, and a record that does not verify', async () => {
  const home = soundHome();
  const organizationId = uuidv7();
  await owner
    .updateTable('clock')
    .set({ latest: new Date(Date.now() + 3_600_000) })
    .execute();
  await owner
    .insertInto('record_state')
    .values({
      organization_id: organizationId,
      size: 1,
      stopped_since: new Date(),
      code: 'record_rewritten',
      reason: 'Entry 1 is another.',
    })
    .execute();
  await found('warning', /clock is \d+ s behind/, /NTP/, home);
  await found('wrong', /audit record of “.*” does not verify.*Entry 1 is another/, /record accept/, home);
});

test('a rotation of sealing keys that is not finished, and values that one could not seal again', async () => {
  const home = soundHome();
  const [organizationId, signingKey, former, current, secret, version, rotation] = Array.from({ length: 7 }, () => uuidv7());
  const by = JSON.stringify({ kind: 'member', id: uuidv7(), name: 'Ada Example' });
  const run = (statement: RawBuilder<unknown>) => statement.execute(owner);
  await run(sql`insert into auth.organization (id, name, slug, "createdAt") values (${organizationId}, 'Acme', 'acme', now())`);
  await run(sql`insert into signing_key (id, public_key, current) values (${signingKey}, ${Buffer.alloc(32)}, false)`);
  for (const [generation, id] of [former, current].entries()) {
    await run(sql`insert into organization_key
      (organization_id, id, generation, public_key, signature, signing_key_id, current, retired_at)
      values (${organizationId}, ${id}, ${generation + 1}, ${Buffer.alloc(1_216)}, ${Buffer.alloc(64)}, ${signingKey}, ${id === current},
        ${id === current ? null : new Date()})`);
  }
  await run(sql`insert into secret (organization_id, id, name, created_by) values (${organizationId}, ${secret}, 'STORE', ${by})`);
  await run(sql`insert into secret_version (organization_id, secret_id, id, key_id, state, created_by)
    values (${organizationId}, ${secret}, ${version}, ${former}, 'current', ${by})`);
  await run(sql`insert into key_rotation (organization_id, id, requested_at, requested_by, waiting_for)
    values (${organizationId}, ${rotation}, now() - interval '7 minutes', ${by}, 'record_stopped')`);
  const unfinished =
    /^A rotation of the sealing key of “acme”, asked for 7 min ago, is not finished; 1 values are left\. It waits: record_stopped\./;
  await found('warning', unfinished, /The data plane goes on with it by itself/, home);

  await run(sql`update key_rotation set finished_at = now(), waiting_for = null`);
  await run(sql`insert into key_rotation_failure (organization_id, rotation_id, version_id, secret_id, name, code)
    values (${organizationId}, ${rotation}, ${version}, ${secret}, 'STORE', 'value_not_opened')`);
  await found(
    'warning',
    /^1 values of “acme” could not be sealed again after a rotation; the former key is kept/,
    /holdfast keys status/,
    home,
  );

  // Replaced by who knows the value: under the current key nothing is left to say.
  await run(sql`update secret_version set key_id = ${current}`);
  assert.ok((await findings(home)).every(({ what }) => !what.includes('rotation')));
});
