import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { asOwner, databaseAddress, prepareSchema, writeBackup } from '@holdfast/db';
import { emptyDatabase } from '@holdfast/db/testing';
import { CommandError } from '@holdfast/terminal/report';
import { RESTORE_MARK } from '../home/choose-home.ts';
import { homeAt, makeHome } from '../home/home.ts';
import { readStartSettings } from '../settings.ts';
import { restore } from './restore.ts';
import { type RestoreTarget, writeRestoreMark } from './unfinished-restore.ts';

const folder = mkdtempSync(join(tmpdir(), 'holdfast-restore-'));
const file = join(folder, 'holdfast.backup');
const NO_CHECKPOINTS = join(folder, 'no-checkpoints');

before(async () => {
  await using source = await emptyDatabase();
  await prepareSchema(source.ownerUrl, {
    homeId: randomUUID(),
    rootKeyId: undefined,
    passwords: { control: randomUUID(), data: randomUUID() },
    passwordsKnown: false,
  });
  const pieces: Buffer[] = [];
  await writeBackup(source.ownerUrl, { documents: true }, async (bytes) => void pieces.push(bytes));
  writeFileSync(file, Buffer.concat(pieces));
});
after(() => rmSync(folder, { recursive: true, force: true }));

/** A home with a database of its own in it, which is no more than a name here. */
function homeWithDatabase() {
  const home = homeAt(join(folder, randomUUID()));
  makeHome(home);
  const kept = join(home.database, 'data', 'PG_VERSION');
  mkdirSync(join(home.database, 'data'));
  writeFileSync(kept, '18\n');
  return { home, kept, mark: join(home.folder, RESTORE_MARK) };
}

/** Fails at its latest after everything was read: there are no checkpoints where they are said to be. */
function tryRestore(path: string, databaseUrl?: string): Promise<unknown> {
  const variables = { HOLDFAST_HOME: path, HOLDFAST_ACCOUNTS: 'shared', ...(databaseUrl !== undefined && { DATABASE_URL: databaseUrl }) };
  return restore(readStartSettings(variables), file, NO_CHECKPOINTS, () => {});
}

async function schemasIn(ownerUrl: string): Promise<string[]> {
  const { rows } = await asOwner(ownerUrl, 'test', (client) =>
    client.query(`select nspname as name from pg_namespace where nspname in ('holdfast', 'auth', 'queue') order by 1`),
  );
  return rows.map(({ name }) => name);
}

const refusal =
  (message: RegExp) =>
  (error: unknown): boolean =>
    error instanceof CommandError && message.test(error.message);

test('a home that has an embedded database is refused by its name, and keeps it, also when DATABASE_URL names another', async () => {
  await using database = await emptyDatabase();
  for (const databaseUrl of [undefined, database.ownerUrl]) {
    const { home, kept, mark } = homeWithDatabase();
    await assert.rejects(
      tryRestore(home.folder, databaseUrl),
      refusal(/empty home and an empty database, and .*database\/data is not empty/),
    );
    assert.ok(existsSync(kept));
    assert.ok(!existsSync(mark), 'It may start as before.');
    assert.deepEqual(await schemasIn(database.ownerUrl), []);
  }
});

test('a home that says how planes log in to a database is refused, and keeps that', async () => {
  await using database = await emptyDatabase();
  for (const plane of ['control', 'data'] as const) {
    const home = homeAt(join(folder, randomUUID()));
    makeHome(home);
    writeFileSync(home.databaseUrls[plane], 'postgres://of-another-database');
    await assert.rejects(tryRestore(home.folder, database.ownerUrl), refusal(new RegExp(`credentials/${plane}-database-url is there`)));
    assert.ok(existsSync(home.databaseUrls[plane]));
    assert.ok(!existsSync(join(home.folder, RESTORE_MARK)));
  }
});

test('a restore that fails leaves neither a mark nor anything in the database', async () => {
  await using database = await emptyDatabase();
  const home = homeAt(join(folder, randomUUID()));
  await assert.rejects(tryRestore(home.folder, database.ownerUrl), refusal(/There are no checkpoints in/));
  assert.deepEqual(await schemasIn(database.ownerUrl), []);
  assert.ok(!existsSync(join(home.folder, RESTORE_MARK)) && !existsSync(home.databaseUrls.data));
});

test('what an interrupted restore has begun is removed, and nothing else', async (t) => {
  await using database = await emptyDatabase();
  const address = databaseAddress(database.ownerUrl);
  const other = 'elsewhere.example:5432/holdfast';

  await t.test('the embedded database, when it began there', async () => {
    const { home, kept } = homeWithDatabase();
    writeRestoreMark(home, 'embedded');
    await assert.rejects(tryRestore(home.folder, database.ownerUrl), refusal(/There are no checkpoints in/));
    assert.ok(!existsSync(kept));
  });

  for (const [began, target, databaseUrl, message] of [
    ['in the database that is named again', address, database.ownerUrl, /database\/data is not empty/],
    ['in another database', other, database.ownerUrl, /A restore into the database elsewhere\.example:5432\/holdfast has begun/],
    ['in a database that is not named again', other, undefined, /A restore into the database elsewhere\.example:5432\/holdfast has begun/],
    ['where nobody knows', undefined, database.ownerUrl, /database\/data is not empty/],
    ['where nobody knows, and no database is named', undefined, undefined, /database\/data is not empty/],
  ] as const satisfies readonly (readonly [string, RestoreTarget | undefined, string | undefined, RegExp])[]) {
    await t.test(`the embedded database is kept, when it began ${began}`, async () => {
      const { home, kept, mark } = homeWithDatabase();
      if (target === undefined) writeFileSync(mark, 'A restore began here and has not ended. Run holdfast restore again.\n');
      else writeRestoreMark(home, target);
      await assert.rejects(tryRestore(home.folder, databaseUrl), refusal(message));
      assert.ok(existsSync(kept));
      assert.deepEqual(await schemasIn(database.ownerUrl), []);
    });
  }
});
