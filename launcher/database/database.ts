import { randomBytes, randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  databaseMissing,
  type EmbeddedDatabase,
  type HomeIdentity,
  type Migrated,
  type PlaneRoles,
  prepareSchema,
  reachDatabase,
  roleUrl,
  startEmbedded,
} from '@holdfast/db/owner';
import { writePrivateFile } from '@holdfast/service/private-file';
import { refuseUnfinishedRestore } from '../backup/unfinished-restore.ts';
import type { Account } from '../home/accounts.ts';
import type { Home } from '../home/home.ts';
import { readRootKeyId } from '../home/root-key-id.ts';
import type { PlaneName } from '../planes/plane-name.ts';

export interface PreparedDatabase {
  readonly ownerUrl: string;
  readonly embedded: EmbeddedDatabase | null;
  /** Files that hold each plane's own URL. */
  readonly urlFiles: Readonly<Record<PlaneName, string>>;
  readonly migrationsApplied: number;
}

/**
 * Starts or reaches PostgreSQL, brings it to this program's schema, and writes down for each plane how it
 * logs in. A database that belongs to another home, or that is missing beside a root key, is left as it is.
 */
export async function prepareDatabase(
  home: Home,
  externalUrl: string | undefined,
  rootKeyFile: string,
  signal: AbortSignal,
): Promise<PreparedDatabase> {
  refuseUnfinishedRestore(home);
  const rootKeyId = readRootKeyId(rootKeyFile);
  if (externalUrl === undefined && rootKeyId !== undefined && !existsSync(join(home.database, 'data'))) throw databaseMissing(rootKeyId);
  if (externalUrl !== undefined) await reachDatabase(externalUrl);
  const embedded = externalUrl === undefined ? await startEmbedded(home.database, { ...serverAccount(home), signal }) : null;
  const ownerUrl = embedded?.ownerUrl ?? (externalUrl as string);
  try {
    const identity = identityOf(home, rootKeyId);
    const { roles, migrationsApplied } = await prepareSchema(ownerUrl, identity);
    writeDatabaseUrls(home, ownerUrl, roles, identity.passwords);
    return { ownerUrl, embedded, urlFiles: home.databaseUrls, migrationsApplied };
  } catch (error) {
    await embedded?.stop();
    throw error;
  }
}

/** Makes the instance in an external database that is empty, and writes down how its planes log in. */
export async function prepareExternal(home: Home, ownerUrl: string, rootKeyId: string | undefined): Promise<Migrated> {
  const identity = identityOf(home, rootKeyId);
  const { roles, migrationsApplied, schema } = await prepareSchema(ownerUrl, identity);
  writeDatabaseUrls(home, ownerUrl, roles, identity.passwords);
  return { migrationsApplied, schema, sessions: 0 };
}

/** What a database knows a home by. */
export function identityOf(home: Home, rootKeyId: string | undefined): HomeIdentity {
  const known = { control: knownPassword(home.databaseUrls.control), data: knownPassword(home.databaseUrls.data) };
  return {
    homeId: homeId(home),
    rootKeyId,
    passwords: { control: known.control ?? newPassword(), data: known.data ?? newPassword() },
    passwordsKnown: known.control !== undefined && known.data !== undefined,
  };
}

export function writeDatabaseUrls(home: Home, ownerUrl: string, roles: PlaneRoles, passwords: HomeIdentity['passwords']): void {
  for (const plane of ['control', 'data'] as const) {
    writePrivateFile(home.databaseUrls[plane], roleUrl(ownerUrl, roles[plane], passwords[plane]), home.accounts?.[plane]);
  }
}

/** Who PostgreSQL runs as. */
export function serverAccount({ accounts }: Home): { account?: Account } {
  return accounts === null ? {} : { account: accounts.database };
}

/** The password that was used before, so that another process of this instance is not locked out. */
function knownPassword(urlFile: string): string | undefined {
  if (!existsSync(urlFile)) return undefined;
  const password = /^postgres(?:ql)?:\/\/[^:@/]+:([^@/]+)@/.exec(readFileSync(urlFile, 'utf8'))?.[1];
  return password === undefined ? undefined : decodeURIComponent(password);
}

function newPassword(): string {
  return randomBytes(24).toString('base64url');
}

/**
 * Made once for each home: distinguishes it from another that starts on the same database before there is a
 * key.
 */
function homeId(home: Home): string {
  const path = join(home.folder, 'home-id');
  if (!existsSync(path)) writePrivateFile(path, randomUUID());
  return readFileSync(path, 'utf8');
}
