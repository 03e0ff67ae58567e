import { generateKeyPairSync, sign } from 'node:crypto';
import {
  type AuditEvent,
  canonicalBody,
  type ExportItem,
  entryHash,
  exportHeader,
  exportLine,
  foldRow,
  formatCheckpoint,
  type LogEntry,
  type LogName,
  LogTree,
  type ReadTile,
  TILE_WIDTH,
} from '../index.ts';

export const INSTANCE = '01932c00-0000-7000-8000-000000000001';
export const ORGANIZATION = '01932c00-0000-7000-8000-000000000002';
export const OTHER = '01932c00-0000-7000-8000-0000000000ff';
export const EXPORTED_AT = '2026-11-24T12:00:00.000Z';
export const LOG: LogName = { instanceId: INSTANCE, organizationId: ORGANIZATION, epoch: 0 };

export function testSigner() {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
  return { publicKey: raw, signingKey: raw.toString('base64url'), sign: (bytes: Uint8Array) => sign(null, bytes, privateKey) };
}
export type TestSigner = ReturnType<typeof testSigner>;

export function entryOf(sequence: number, event: Partial<AuditEvent> = {}, recordedBy = 'control'): LogEntry {
  const body = canonicalBody({
    action: 'run.cancel',
    actor: { kind: 'system', id: null, name: `${sequence}` },
    outcome: 'success',
    ...event,
  });
  return { sequence, time: '2026-11-24T11:00:00.001Z', recordedBy, body };
}

/** For tests: a sound log of so many entries. */
export function* logOf(count: number): Generator<LogEntry> {
  for (let sequence = 1; sequence <= count; sequence++) yield entryOf(sequence);
}

export function treeOf(entries: Iterable<LogEntry>, organizationId = ORGANIZATION): LogTree {
  const tree = new LogTree();
  for (const entry of entries) tree.append(entryHash(organizationId, entry));
  return tree;
}

/** A checkpoint over the first `size` entries. */
export function checkpointOver(
  entries: readonly LogEntry[],
  size: number,
  time: string,
  by: TestSigner,
  log: LogName = LOG,
): Promise<string> {
  return formatCheckpoint({ ...log, size, root: treeOf(entries.slice(0, size)).root(), time }, by);
}

/** The lines of a sound export of these entries. */
export function* exportOf(entries: Iterable<LogEntry>, header: Partial<Parameters<typeof exportHeader>[0]> = {}): Generator<string> {
  yield exportHeader({ ...LOG, exportedAt: EXPORTED_AT, signingKeys: [], ...header }).trimEnd();
  const tree = new LogTree();
  for (const entry of entries) {
    yield line({ kind: 'entry', entry });
    tree.append(entryHash(ORGANIZATION, entry));
  }
  yield line({ kind: 'end', size: tree.size, root: tree.root() });
}

export function line(item: ExportItem): string {
  return exportLine(item).trimEnd();
}

/** All tiles of a tree over these leaf hashes, partial ones included. */
export function tilesOf(leaves: readonly Buffer[]): ReadTile {
  const levels: Buffer[][] = [[...leaves]];
  for (let level = 0; (levels[level]?.length ?? 0) >= TILE_WIDTH; level++) {
    const row = levels[level] ?? [];
    const above: Buffer[] = [];
    for (let at = 0; at + TILE_WIDTH <= row.length; at += TILE_WIDTH) {
      above.push(foldRow(row.slice(at, at + TILE_WIDTH)));
    }
    levels.push(above);
  }
  return async (level, index) => Buffer.concat((levels[level] ?? []).slice(index * TILE_WIDTH, (index + 1) * TILE_WIDTH));
}
