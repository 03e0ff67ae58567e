import type { Failure } from '@holdfast/api';
import type { Database } from '@holdfast/db/control';
import { type Kysely, sql } from 'kysely';

/** The folders that data planes offer to an organization. */
export interface OfferedFolders {
  /** Of each data plane that runs now. */
  readonly live: readonly ReadonlySet<string>[];
  /** Also of those that are away: a run waits for them. */
  readonly known: ReadonlySet<string>;
}

export async function readOfferedFolders(db: Kysely<Database>, organizationId: string): Promise<OfferedFolders> {
  const { rows } = await sql<{ names: string[]; live: boolean }>`
    select array_agg(f.name) as names, f.node_id in (select id from live_node) as live
    from source_folder f join auth.organization o on o.slug = f.organization_slug
    where o.id = ${organizationId}
    group by f.node_id`.execute(db);
  return {
    live: rows.flatMap(({ names, live }) => (live ? [new Set(names)] : [])),
    known: new Set(rows.flatMap(({ names }) => names)),
  };
}

/**
 * Why a run that reads these folders could not start now: a data plane takes it that has them all. `null`
 * when there is one.
 */
export function failureOfFolders(folders: readonly string[], { live, known }: OfferedFolders): Failure | null {
  if (folders.length === 0 || live.some((offered) => folders.every((folder) => offered.has(folder)))) return null;
  const code = 'data_plane_unavailable';
  const gone = folders.find((folder) => !known.has(folder));
  if (gone !== undefined) {
    const remedy = 'Let the workflow read another one, or have the operator allow it in HOLDFAST_SOURCE_FOLDERS.';
    return { code, detail: `The operator offers no folder “${gone}” to this organization any more.`, remedy };
  }
  const away = folders.find((folder) => !live.some((offered) => offered.has(folder)));
  if (away !== undefined) {
    const remedy = 'Have the operator start a data plane that has it; a run waits until then.';
    return { code, detail: `No data plane that runs now has the folder “${away}”.`, remedy };
  }
  const named = folders.map((folder) => `“${folder}”`).join(' and ');
  return {
    code,
    detail: `No data plane that runs now has the folders ${named} together.`,
    remedy: 'Have the operator start a data plane that has them all; a run waits until then.',
  };
}
