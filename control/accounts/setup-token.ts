import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { newToken } from '@holdfast/api';
import { type Database, hashToken, lockNamed, transaction } from '@holdfast/db/control';
import type { Kysely } from 'kysely';

/**
 * While there is no account, each home of a control plane has a one-time setup token: its hash in the
 * database, itself in a file that only our own user can read, for `holdfast start` to print and `holdfast
 * setup` to find. The first that is used ends all of them. Answers it, or `undefined` once the instance is
 * set up. A token that is there already stays valid.
 */
export async function offerSetup(db: Kysely<Database>, home: string): Promise<string | undefined> {
  const path = setupTokenPath(home);
  const token = await transaction(db, async (tx) => {
    await lockNamed(tx, 'set-up');
    const user = await tx.selectFrom('auth.user').select('id').limit(1).executeTakeFirst();
    if (user !== undefined) return undefined;
    const offered = await readFile(path, 'utf8').catch(() => '');
    const known = await tx.selectFrom('setup_token').select('token_hash').where('token_hash', '=', hashToken(offered)).executeTakeFirst();
    if (offered !== '' && known !== undefined) return offered;
    const fresh = newToken('setup');
    await tx
      .insertInto('setup_token')
      .values({ home: `${hostname()}:${home}`, token_hash: hashToken(fresh) })
      // The one that this home offered before is not valid any more.
      .onConflict((conflict) => conflict.column('home').doUpdateSet({ token_hash: hashToken(fresh) }))
      .execute();
    return fresh;
  });
  if (token === undefined) await rm(path, { force: true });
  else await writeOwnerOnly(path, token);
  return token;
}

export async function forgetSetupToken(home: string): Promise<void> {
  await rm(setupTokenPath(home), { force: true });
}

function setupTokenPath(home: string): string {
  return join(home, 'control', 'setup-token');
}

async function writeOwnerOnly(path: string, text: string): Promise<void> {
  await mkdir(join(path, '..'), { recursive: true, mode: 0o700 });
  // Complete before it has its name, and whatever a process that was killed has left.
  const unfinished = `${path}.${randomBytes(6).toString('hex')}`;
  await writeFile(unfinished, text, { mode: 0o400, flag: 'wx' });
  await rename(unfinished, path);
}
