import pg from 'pg';
import { auditFloor } from './audit-append.ts';
import { inGroups } from './in-groups.ts';
import { sealingFloor } from './sealing.ts';

export interface UseFloor extends AsyncDisposable {
  use(): Promise<void>;
}

/**
 * The least that a recorded use of one sealed value needs: its row, read by its key together with those that
 * others want at that moment; the intent as a plain row on the disk before it is opened; the bare
 * cryptography of opening; the outcome as a second row on the disk. Rows in natural groups, without a chain.
 * No look-up of who may use what, no check, no counter.
 */
export async function useFloor(
  databaseUrl: string,
  { organizationId, versionId, value, event }: { organizationId: string; versionId: string; value: string; event: object },
): Promise<UseFloor> {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 8, options: '-c search_path=holdfast' });
  const audit = await auditFloor(databaseUrl);
  const { open } = sealingFloor(value);
  const read = inGroups<string, Buffer>(async (versionIds) => {
    const { rows } = await pool.query<{ version_id: string; sealed: Buffer }>({
      name: 'read',
      text: 'select version_id, sealed from sealed_value where organization_id = $1 and version_id = any($2)',
      values: [organizationId, [...new Set(versionIds)]],
    });
    const found = new Map(rows.map((row) => [row.version_id, row.sealed]));
    return versionIds.map((id) => found.get(id) ?? Buffer.alloc(0));
  });
  return {
    async use() {
      await read(versionId);
      await audit.append(organizationId, event);
      open();
      await audit.append(organizationId, event);
    },
    async [Symbol.asyncDispose]() {
      await audit[Symbol.asyncDispose]();
      await pool.end();
    },
  };
}
