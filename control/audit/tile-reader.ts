import { HoldfastError } from '@holdfast/api';
import { entryHash, foldRow, type LogEntry, type ReadTile, TILE_WIDTH } from '@holdfast/audit';
import type { Database } from '@holdfast/db/control';
import type { Kysely } from 'kysely';

const HASH_BYTES = 32;

/**
 * Reads the tiles of an organization's tree of `size` leaves: full ones as the data plane stored them, the
 * others, at the right edge, hashed from the entries or folded from the tiles below. Nobody has verified what
 * it answers: compare with a signed root.
 *
 * @throws HoldfastError `checkpoint_pending` when the data plane has not stored a tile yet.
 */
export function tileReader(db: Kysely<Database>, organizationId: string, size: number): ReadTile {
  async function stored(level: number, from: number, count: number): Promise<Buffer[]> {
    const tiles = await db
      .selectFrom('audit_tile')
      .select(['index', 'hashes'])
      .where('organization_id', '=', organizationId)
      .where('level', '=', level)
      .where('index', '>=', from)
      .where('index', '<', from + count)
      .orderBy('index')
      .execute();
    return tiles.map(({ hashes }) => hashes);
  }

  return async (level, index) => {
    const [whole] = await stored(level, index, 1);
    if (whole !== undefined) return whole;
    const count = Math.min(TILE_WIDTH, Math.floor(size / TILE_WIDTH ** level) - index * TILE_WIDTH);
    if (level === 0) {
      const entries = await readEntries(db, organizationId, index * TILE_WIDTH + 1, index * TILE_WIDTH + count);
      return Buffer.concat(entries.map((entry) => entryHash(organizationId, entry)));
    }
    const below = await stored(level - 1, index * TILE_WIDTH, count);
    if (below.length < count) {
      throw new HoldfastError('checkpoint_pending', 'The tree of the record is not stored up to this entry yet.');
    }
    return Buffer.concat(below.map((tile) => foldRow(split(tile))));
  };
}

/** The entries with these numbers, in order, as they are stored. */
export async function readEntries(db: Kysely<Database>, organizationId: string, from: number, to: number): Promise<LogEntry[]> {
  const rows = await db
    .selectFrom('audit_event')
    .select(['sequence', 'time', 'recorded_by', 'body'])
    .where('organization_id', '=', organizationId)
    .where('sequence', '>=', from)
    .where('sequence', '<=', to)
    .orderBy('sequence')
    .execute();
  return rows.map(({ sequence, time, recorded_by, body }) => ({ sequence, time: time.toISOString(), recordedBy: recorded_by, body }));
}

function split(tile: Buffer): Buffer[] {
  return Array.from({ length: tile.length / HASH_BYTES }, (_, at) => tile.subarray(at * HASH_BYTES, (at + 1) * HASH_BYTES));
}
