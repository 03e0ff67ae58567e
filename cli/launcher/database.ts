import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { type EmbeddedDatabase, ensureRoles, migrate, PLANE_ROLES, startEmbedded } from '@holdfast/db';
import type { Home } from './home.ts';
import type { PlaneName } from './plane-environments.ts';

export interface PreparedDatabase {
  readonly ownerUrl: string;
  readonly embedded: EmbeddedDatabase | null;
  /** Files that hold each plane's own URL. */
  readonly urlFiles: Readonly<Record<PlaneName, string>>;
  readonly migrationsApplied: number;
}

/** Starts or reaches PostgreSQL, brings it to this program's schema, and writes down for each plane how it logs in. */
export async function prepareDatabase(home: Home, externalUrl: string | undefined, socketFolder?: string): Promise<PreparedDatabase> {
  const embedded =
    externalUrl === undefined ? await startEmbedded(home.database, socketFolder === undefined ? {} : { socketFolder }) : null;
  const ownerUrl = embedded?.ownerUrl ?? (externalUrl as string);
  try {
    const urlFiles = home.databaseUrls;
    const passwords = { control: passwordFor(urlFiles.control), data: passwordFor(urlFiles.data) };
    await ensureRoles(ownerUrl, passwords);
    const migrationsApplied = await migrate(ownerUrl);
    for (const plane of ['control', 'data'] as const) writePrivate(urlFiles[plane], urlFor(ownerUrl, PLANE_ROLES[plane], passwords[plane]));
    return { ownerUrl, embedded, urlFiles, migrationsApplied };
  } catch (error) {
    await embedded?.stop();
    throw error;
  }
}

/** The one that was used before, so that another process of this instance is not locked out; else a new one. */
function passwordFor(urlFile: string): string {
  if (!existsSync(urlFile)) return randomBytes(24).toString('base64url');
  const password = /^postgres(?:ql)?:\/\/[^:@/]+:([^@/]+)@/.exec(readFileSync(urlFile, 'utf8'))?.[1];
  return password === undefined ? randomBytes(24).toString('base64url') : decodeURIComponent(password);
}

/** The owner's URL with another role. An embedded server's has no host, which URL cannot read. */
function urlFor(ownerUrl: string, role: string, password: string): string {
  return ownerUrl.replace(/^(postgres(?:ql)?:\/\/)(?:[^@/]*@)?/, `$1${role}:${encodeURIComponent(password)}@`);
}

function writePrivate(path: string, text: string): void {
  const partial = `${path}.partial`;
  writeFileSync(partial, text, { mode: 0o600 });
  chmodSync(partial, 0o400);
  renameSync(partial, path);
}
