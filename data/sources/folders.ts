import { isAbsolute, normalize } from 'node:path';
import { nameFault, SLUG_PATTERN } from '@holdfast/api';
import { type Database, transaction } from '@holdfast/db/data';
import type { Kysely } from 'kysely';

/** A folder on this machine that the operator lets one organization read. */
export interface SourceFolder {
  readonly organizationSlug: string;
  readonly name: string;
  /** Absolute. */
  readonly path: string;
}

/**
 * Reads HOLDFAST_SOURCE_FOLDERS: `<organization slug>:<name>=<absolute path>`, comma-separated. Throws an Error that names
 * the entry which is not.
 */
export function parseSourceFolders(text: string): SourceFolder[] {
  const folders = text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
    .map(parseFolder);
  const seen = new Set<string>();
  for (const { organizationSlug, name } of folders) {
    const key = `${organizationSlug}:${name}`;
    if (seen.has(key)) throw new Error(`HOLDFAST_SOURCE_FOLDERS names ${key} twice.`);
    seen.add(key);
  }
  return folders;
}

function parseFolder(entry: string): SourceFolder {
  const [, organizationSlug = '', name = '', path = ''] = /^([^:]+):([^=]{1,120})=(.+)$/.exec(entry) ?? [];
  if (!SLUG_PATTERN.test(organizationSlug) || name.trim() !== name || nameFault(name) !== undefined || !isAbsolute(path)) {
    throw new Error(
      `HOLDFAST_SOURCE_FOLDERS has the entry “${entry}”. Write <organization slug>:<name>=<absolute path>, with commas between entries.`,
    );
  }
  return { organizationSlug, name: name.normalize('NFC'), path: normalize(path) };
}

/** Says in the database which folders this node has: their names only. What an earlier start of it announced is replaced. */
export async function announceFolders(db: Kysely<Database>, nodeId: string, folders: readonly SourceFolder[]): Promise<void> {
  await transaction(db, async (tx) => {
    await tx.deleteFrom('source_folder').where('node_id', '=', nodeId).execute();
    if (folders.length === 0) return;
    await tx
      .insertInto('source_folder')
      .values(folders.map(({ organizationSlug, name }) => ({ organization_slug: organizationSlug, name, node_id: nodeId })))
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  });
}
