import { HoldfastError } from '@holdfast/api';
import { entryHash, entryTime, foldRow, type LogEntry, type ReadTile, splitHashes, TILE_WIDTH, type Tile } from '@holdfast/audit';
import { sql } from 'kysely';
import type { Statements } from '../connection/statements.ts';

/**
 * Reads the tiles of an organization's tree of `size` leaves: full ones as the data plane stored them, the
 * others, at the right edge, hashed from the entries or folded from the tiles below. Nobody has verified what
 * it answers: compare with a signed root.
 *
 * @param unstored full tiles that the caller has and nobody has stored yet.
 * @throws HoldfastError `checkpoint_pending` when the data plane has not stored a tile yet.
 */
export function tileReader(db: Statements, organizationId: string, size: number, unstored: readonly Tile[] = []): ReadTile {
  async function full(level: number, from: number, count: number): Promise<Buffer[]> {
    const { rows: stored } = await sql<{ index: number; hashes: Buffer }>`
      select index, hashes from audit_tile where organization_id = ${organizationId} and level = ${level}
        and index >= ${from} and index < ${from + count}`.execute(db);
    const own = unstored.filter((tile) => tile.level === level && tile.index >= from && tile.index < from + count);
    const byIndex = new Map([...stored, ...own].map(({ index, hashes }) => [index, hashes]));
    return Array.from({ length: count }, (_, place) => byIndex.get(from + place)).filter((hashes) => hashes !== undefined);
  }

  return async (level, index) => {
    const [whole] = await full(level, index, 1);
    if (whole !== undefined) return whole;
    const count = Math.min(TILE_WIDTH, Math.floor(size / TILE_WIDTH ** level) - index * TILE_WIDTH);
    if (level === 0) {
      const entries = await readEntries(db, organizationId, index * TILE_WIDTH + 1, index * TILE_WIDTH + count);
      return Buffer.concat(entries.map((entry) => entryHash(organizationId, entry)));
    }
    const below = await full(level - 1, index * TILE_WIDTH, count);
    if (below.length < count) {
      throw new HoldfastError('checkpoint_pending', 'The tree of the record is not stored up to this entry yet.');
    }
    return Buffer.concat(below.map((tile) => foldRow(splitHashes(tile))));
  };
}

/** The entries with these numbers, in order, as they are stored. */
export async function readEntries(db: Statements, organizationId: string, from: number, to: number): Promise<LogEntry[]> {
  const { rows } = await sql<{ sequence: number; time: Date | number; recorded_by: string; body: string }>`
    select sequence, time, recorded_by, body from audit_event where organization_id = ${organizationId}
      and sequence >= ${from} and sequence <= ${to} order by sequence`.execute(db);
  return rows.map(({ sequence, time, recorded_by, body }) => ({ sequence, time: entryTime(time), recordedBy: recorded_by, body }));
}
