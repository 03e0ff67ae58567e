import { sign } from 'node:crypto';
import {
  type AuditEvent,
  canonicalBody,
  consistencyProof,
  type ExportItem,
  entryHash,
  exportHeader,
  exportLine,
  formatCheckpoint,
  formatEntryProof,
  inclusionProof,
  type LogEntry,
  type LogName,
  LogTree,
  type ReadTile,
  type UnsoundCode,
  verifierKey,
} from '@holdfast/audit';
import { toBase64url } from '@holdfast/envelope';
import { ed25519Key } from './sealed-values.ts';

/** Everything about one log that another implementation must come to as well. Hashes are base64. */
export interface AuditLogVectors {
  readonly format: 'holdfast-audit-log-vectors/1';
  readonly log: LogName & { readonly origin: string };
  /** Raw Ed25519, base64url, and as tools for signed notes take it. */
  readonly signingKey: string;
  readonly verifierKey: string;
  readonly bodies: readonly { readonly event: AuditEvent; readonly canonical: string }[];
  readonly entries: readonly (LogEntry & { readonly leafHash: string })[];
  /** Of the first 0, 1, 2, … entries. */
  readonly roots: readonly string[];
  readonly inclusions: readonly InclusionVector[];
  readonly consistencies: readonly ConsistencyVector[];
  readonly checkpoints: readonly CheckpointVector[];
  readonly proofs: readonly ProofVector[];
  readonly exports: readonly ExportVector[];
}

export interface InclusionVector {
  readonly size: number;
  readonly sequence: number;
  readonly proof: readonly string[];
  readonly valid: boolean;
}

export interface ConsistencyVector {
  readonly from: number;
  readonly to: number;
  readonly proof: readonly string[];
  readonly valid: boolean;
}

export interface CheckpointVector {
  readonly name: string;
  readonly note: string;
  /**
   * `signature`: the note does not open with the verifier key. `text`: it does, and is not a checkpoint of
   * Holdfast.
   */
  readonly refusedBy?: 'signature' | 'text';
  readonly size?: number;
}

/** A file of the form c2sp.org/tlog-proof. */
export interface ProofVector {
  readonly name: string;
  readonly file: string;
  readonly expected: 'valid' | 'proof_malformed' | 'proof_invalid' | 'checkpoint_invalid';
}

/** An export as its lines, the checkpoints known of it, and what a verifier finds. */
export interface ExportVector {
  readonly name: string;
  readonly lines: readonly string[];
  readonly checkpoints: readonly string[];
  readonly expected:
    | { readonly valid: true; readonly size: number; readonly proven: number | null }
    | { readonly valid: false; readonly code: UnsoundCode; readonly entries?: { readonly from: number; readonly to: number } };
}

const INSTANCE = '01932c00-0000-7000-8000-000000000001';
const ORGANIZATION = '01932c00-0000-7000-8000-000000000002';
const OTHER = '01932c00-0000-7000-8000-0000000000ff';
const SECRET = '01932c00-0000-7000-8000-000000000003';
const VERSION = '01932c00-0000-7000-8000-000000000004';
const EXPORTED_AT = '2026-11-24T12:00:00.000Z';
const LOG: LogName = { instanceId: INSTANCE, organizationId: ORGANIZATION, epoch: 0 };
const signer = ed25519Key('signing key');
const stranger = ed25519Key('a stranger');
const signingKey = toBase64url(signer.publicKey);

const ZOE = { kind: 'member', id: '01932c00-0000-7000-8000-0000000000a1', name: 'Zoë' } as const;
const DATA_PLANE = { kind: 'system', id: null, name: 'data plane' } as const;
const TARGET = { kind: 'secret', id: SECRET, name: 'AZURE_PUBLISH' } as const;

const EVENTS: readonly AuditEvent[] = [
  {
    action: 'organization.create',
    actor: { kind: 'system', id: null, name: 'Holdfast' },
    outcome: 'success',
    target: { kind: 'organization', id: ORGANIZATION, name: 'Acme' },
  },
  {
    action: 'secret.create',
    actor: { ...ZOE, name: 'Zoë "Z" Ω\u0007\u2028' },
    outcome: 'success',
    target: { ...TARGET, versionId: VERSION },
    context: { ip: '203.0.113.7', userAgent: 'a browser', requestId: 'r-1' },
    commitment: { versionId: VERSION, ciphertextHash: toBase64url(ed25519Key('any hash').seed) },
    definitions: [{ kind: 'secret', id: SECRET, digest: toBase64url(ed25519Key('any digest').seed) }],
  },
  {
    action: 'secret.update',
    actor: ZOE,
    outcome: 'success',
    target: TARGET,
    detail: { fields: ['description'], days: 90, ratio: 1e21, small: 1e-7, none: null, '\ufb33': true, '\u{1f600}': false },
  },
  {
    action: 'secret.use',
    actor: DATA_PLANE,
    outcome: 'intent',
    target: { ...TARGET, versionId: VERSION },
    context: { run: '01932c00-0000-7000-8000-0000000000b1', step: 'Publish', destination: 'https://acme.blob.core.windows.net:443' },
  },
  { action: 'secret.use-outcome', actor: DATA_PLANE, outcome: 'success', detail: { items: 6 } },
  { action: 'session.sign-in', actor: ZOE, outcome: 'success' },
  { action: 'audit.export', actor: ZOE, outcome: 'success' },
];

function entriesOf(events: readonly AuditEvent[]): LogEntry[] {
  return events.map((event, index) => ({
    sequence: index + 1,
    time: `2026-11-24T11:00:00.${String(index + 1).padStart(3, '0')}Z`,
    recordedBy: event.action.startsWith('secret.use') ? 'data' : 'control',
    body: canonicalBody(event),
  }));
}

export async function auditLogVectors(): Promise<AuditLogVectors> {
  const entries = entriesOf(EVENTS);
  const readTile = tileOf(entries);
  const inclusions: InclusionVector[] = [];
  const consistencies: ConsistencyVector[] = [];
  for (let size = 1; size <= entries.length; size++) {
    for (let number = 1; number <= size; number++) {
      inclusions.push({ size, sequence: number, proof: base64(await inclusionProof(number - 1, size, readTile)), valid: true });
      consistencies.push({ from: number, to: size, proof: base64(await consistencyProof(number, size, readTile)), valid: true });
    }
  }
  return {
    format: 'holdfast-audit-log-vectors/1',
    log: { ...LOG, origin: `holdfast/${INSTANCE}/${ORGANIZATION}/0` },
    signingKey,
    verifierKey: verifierKey(LOG, signer.publicKey),
    bodies: EVENTS.map((event) => ({ event, canonical: canonicalBody(event) })),
    entries: entries.map((entry) => ({ ...entry, leafHash: entryHash(ORGANIZATION, entry).toString('base64') })),
    roots: [0, ...entries.map(({ sequence }) => sequence)].map((size) => treeOf(entries, size).root().toString('base64')),
    inclusions: [...inclusions, ...inclusions.filter(({ size }) => size >= 6).map(wrongInclusion)],
    consistencies: [...consistencies, ...consistencies.filter(({ proof }) => proof.length > 0).map(wrongConsistency)],
    checkpoints: await checkpointVectors(entries),
    proofs: await proofVectors(entries, readTile),
    exports: await exportVectors(entries),
  };
}

/** The same proof for the entry beside it. */
function wrongInclusion({ size, sequence, proof }: InclusionVector): InclusionVector {
  return { size, sequence: sequence === size ? sequence - 1 : sequence + 1, proof, valid: false };
}

function wrongConsistency({ from, to, proof }: ConsistencyVector): ConsistencyVector {
  return { from, to, proof: [Buffer.alloc(32).toString('base64'), ...proof.slice(1)], valid: false };
}

async function checkpointVectors(entries: readonly LogEntry[]): Promise<CheckpointVector[]> {
  const at3 = await checkpoint(entries, 3, '2026-11-24T11:01:00.000Z');
  const at7 = await checkpoint(entries, 7, '2026-11-24T11:02:00.000Z');
  const [text = '', signature = ''] = at3.split('\n\n');
  const lines = text.split('\n');
  const witness = `— witness.example ${Buffer.alloc(68, 1).toString('base64')}\n`;
  const signed = async (changed: readonly string[]) => signText(changed);
  return [
    { name: 'over three entries', note: at3, size: 3 },
    { name: 'over seven entries', note: at7, size: 7 },
    { name: 'over an empty log', note: await checkpoint(entries, 0, '2026-11-24T10:59:00.000Z'), size: 0 },
    { name: 'with the signature of a witness beside', note: `${at3}${witness}`, size: 3 },
    { name: 'by a stranger', note: await checkpoint(entries, 3, '2026-11-24T11:01:00.000Z', { by: stranger }), refusedBy: 'signature' },
    { name: 'with another size', note: at3.replace('\n3\n', '\n4\n'), refusedBy: 'signature' },
    { name: 'with another time', note: at3.replace('T11:01', 'T11:02'), refusedBy: 'signature' },
    { name: 'with the signature of the other', note: `${text}\n\n${at7.split('\n\n')[1]}`, refusedBy: 'signature' },
    {
      name: 'with a second signature of the key that does not verify',
      note: `${text}\n\n${spoiled(signature)}${signature}`,
      refusedBy: 'signature',
    },
    { name: 'without a signature', note: `${text}\n\n`, refusedBy: 'signature' },
    { name: 'without its last line break', note: at3.slice(0, -1), refusedBy: 'signature' },
    { name: 'with a zero before its size', note: await signed(lines.with(1, '03')), refusedBy: 'text' },
    { name: 'with a root of 31 bytes', note: await signed(lines.with(2, Buffer.alloc(31).toString('base64'))), refusedBy: 'text' },
    { name: 'without a time', note: await signed(lines.slice(0, 3)), refusedBy: 'text' },
    { name: 'with a day that does not exist', note: await signed(lines.with(3, 'time 2026-02-30T11:01:00.000Z')), refusedBy: 'text' },
    { name: 'with a further line', note: await signed([...lines, 'more']), refusedBy: 'text' },
  ];
}

async function proofVectors(entries: readonly LogEntry[], readTile: ReadTile): Promise<ProofVector[]> {
  const proofOf = async (sequence: number, more: { entry?: LogEntry; checkpoint?: string } = {}) => {
    const checkpointNote = more.checkpoint ?? (await checkpoint(entries, 7, '2026-11-24T11:02:00.000Z'));
    const entry = more.entry ?? entries[sequence - 1];
    if (entry === undefined) throw new RangeError('There is no such entry.');
    const hashes = await inclusionProof(sequence - 1, 7, readTile);
    return formatEntryProof({ organizationId: ORGANIZATION, entry, hashes, checkpoint: checkpointNote });
  };
  const second = await proofOf(2);
  const [third] = entries.slice(2);
  if (third === undefined) throw new RangeError('There is no such entry.');
  const byStranger = await checkpoint(entries, 7, '2026-11-24T11:02:00.000Z', { by: stranger });
  const ofOther = await checkpoint(entries, 7, '2026-11-24T11:02:00.000Z', { log: { ...LOG, organizationId: OTHER } });
  return [
    ...(await Promise.all([1, 2, 7].map(async (n) => ({ name: `of entry ${n}`, file: await proofOf(n), expected: 'valid' as const })))),
    {
      name: 'of an entry that was changed',
      file: await proofOf(3, { entry: { ...third, recordedBy: 'data' } }),
      expected: 'proof_invalid',
    },
    { name: 'with the index of another entry', file: second.replace('\nindex 1\n', '\nindex 2\n'), expected: 'proof_invalid' },
    { name: 'without its last hash', file: second.replace(/\n[^\n]+\n\n/, '\n\n'), expected: 'proof_invalid' },
    { name: 'with a checkpoint of another organization', file: await proofOf(2, { checkpoint: ofOther }), expected: 'proof_invalid' },
    { name: 'with a checkpoint by a stranger', file: await proofOf(2, { checkpoint: byStranger }), expected: 'checkpoint_invalid' },
    { name: 'of another version of the form', file: second.replace('@v1', '@v2'), expected: 'proof_malformed' },
    { name: 'without the entry', file: second.replace(/\nextra [^\n]+/, ''), expected: 'proof_malformed' },
  ];
}

async function exportVectors(entries: readonly LogEntry[]): Promise<ExportVector[]> {
  const rewritten = entriesOf(
    EVENTS.map((event) => (event.action === 'secret.update' ? { ...event, outcome: 'refused' as const } : event)),
  );
  const at3 = await checkpoint(entries, 3, '2026-11-24T11:01:00.000Z');
  const at7 = await checkpoint(entries, 7, '2026-11-24T11:02:00.000Z');
  const later = await checkpoint([...entries, ...entries], 9, '2026-11-24T13:00:00.000Z');
  const byStranger = await checkpoint(entries, 3, '2026-11-24T11:01:00.000Z', { by: stranger });
  const lines = exportOf(entries);
  const [header = ''] = lines;
  const end = lines.at(-1) ?? '';
  const signed = [...lines.slice(0, 4), line({ kind: 'checkpoint', note: at3 }), ...lines.slice(4)];
  /** With the end of the sound export, as somebody leaves it who edits the lines between. */
  const edited = (change: (entries: readonly LogEntry[]) => readonly LogEntry[]) => [header, ...change(entries).map(entryLine), end];
  const replaceEntry = (sequence: number, edit: (entry: LogEntry) => LogEntry) =>
    edited((all) => all.map((entry) => (entry.sequence === sequence ? edit(entry) : entry)));
  const stray = line({ kind: 'stray', row: { sequence: -1, recordedBy: 'control', body: '{}' } });
  const good = (name: string, of: readonly string[], proven: number | null, checkpoints: readonly string[] = []): ExportVector => ({
    name,
    lines: of,
    checkpoints,
    expected: { valid: true, size: of.length === 2 ? 0 : 7, proven },
  });
  const bad = (
    name: string,
    of: readonly string[],
    code: UnsoundCode,
    [from, to]: readonly number[] = [],
    checkpoints: readonly string[] = [],
  ): ExportVector => ({
    name,
    lines: of,
    checkpoints,
    expected: from === undefined || to === undefined ? { valid: false, code } : { valid: false, code, entries: { from, to } },
  });
  return [
    good('sound, without checkpoints', lines, null),
    good('sound, with a checkpoint in it', signed, 3),
    good('sound, with two checkpoints beside it', lines, 7, [at3, at7]),
    good('sound, with a checkpoint made after the export', lines, 3, [later, at3]),
    good('sound and empty', exportOf([]), null),
    bad(
      'an entry changed',
      replaceEntry(3, (entry) => ({ ...entry, body: entry.body.replace('success', 'refused') })),
      'root_differs',
      [1, 7],
    ),
    bad(
      'the time of an entry changed',
      replaceEntry(2, (entry) => ({ ...entry, time: entry.time.replace('2026', '2025') })),
      'root_differs',
      [1, 7],
    ),
    bad(
      'who recorded an entry changed',
      replaceEntry(4, (entry) => ({ ...entry, recordedBy: 'control' })),
      'record_violation',
      [4, 4],
    ),
    bad(
      'an entry dropped',
      edited((all) => all.toSpliced(2, 1)),
      'entry_missing',
      [3, 3],
    ),
    bad(
      'the first entry dropped',
      edited((all) => all.slice(1)),
      'entry_missing',
      [1, 1],
    ),
    bad(
      'two entries swapped',
      edited(([one, two, three, ...more]) => [one, three, two, ...more].filter((each) => each !== undefined)),
      'entry_missing',
      [2, 2],
    ),
    bad(
      'an entry put in',
      edited((all) => all.flatMap((entry) => (entry.sequence === 3 ? [entry, entry] : [entry]))),
      'entry_unexpected',
      [4, 4],
    ),
    bad(
      'entries of another organization',
      [exportHeader({ ...LOG, organizationId: OTHER, exportedAt: EXPORTED_AT, signingKeys: [] }).trimEnd(), ...lines.slice(1)],
      'root_differs',
      [1, 7],
    ),
    bad(
      'the last entries cut off',
      edited((all) => all.slice(0, 4)),
      'export_truncated',
      [5, 7],
    ),
    bad('broken off after an entry', lines.slice(0, 5), 'export_truncated', [5, 5]),
    bad('the last entries cut off with a new end', exportOf(entries.slice(0, 4)), 'export_truncated', [5, 7], [at3, at7]),
    bad('history rewritten with a new end', exportOf(rewritten), 'checkpoint_differs', [1, 3], [at3, at7]),
    bad('a row beside the log', [...lines.slice(0, -1), stray, end], 'entry_stray', [-1, -1]),
    bad(
      'a former version put back',
      exportOf(entriesOf([...EVENTS.slice(0, 2), replacing('0b'), replacing('04')])),
      'record_violation',
      [4, 4],
    ),
    bad('a checkpoint by a stranger', lines, 'checkpoint_invalid', [], [byStranger]),
    bad(
      'a checkpoint in it by a stranger',
      [...lines.slice(0, 4), line({ kind: 'checkpoint', note: byStranger }), ...lines.slice(4)],
      'checkpoint_invalid',
    ),
    bad('a checkpoint changed', lines, 'checkpoint_invalid', [], [at3.replace('T11:01', 'T11:03')]),
    bad(
      'a checkpoint of another instance',
      lines,
      'checkpoint_foreign',
      [],
      [await checkpoint(entries, 3, '2026-11-24T11:01:00.000Z', { log: { ...LOG, instanceId: OTHER } })],
    ),
    bad(
      'a checkpoint after the wrong entry',
      [...lines.slice(0, 5), line({ kind: 'checkpoint', note: at3 }), ...lines.slice(5)],
      'checkpoint_differs',
    ),
    bad(
      'the record set back between two checkpoints',
      lines,
      'record_rolled_back',
      [4, 7],
      [at7, await checkpoint(entries, 3, '2026-11-24T11:09:00.000Z')],
    ),
    bad('the last line cut in the middle', [...lines.slice(0, -1), end.slice(0, 20)], 'export_malformed'),
    bad('a line after the end', [...lines, end], 'export_malformed'),
    bad('a header of another format', ['{"format":"something-else/1"}'], 'export_malformed'),
  ];
}

function replacing(version: string): AuditEvent {
  const versionId = `01932c00-0000-7000-8000-0000000000${version}`;
  const commitment = { versionId, ciphertextHash: toBase64url(ed25519Key('any hash').seed) };
  return { action: 'secret.replace', actor: ZOE, outcome: 'success', target: { ...TARGET, versionId }, commitment };
}

function treeOf(entries: readonly LogEntry[], size = entries.length): LogTree {
  const tree = new LogTree();
  for (const entry of entries.slice(0, size)) tree.append(entryHash(ORGANIZATION, entry));
  return tree;
}

function tileOf(entries: readonly LogEntry[]): ReadTile {
  return async () => Buffer.concat(entries.map((entry) => entryHash(ORGANIZATION, entry)));
}

function base64(hashes: readonly Uint8Array[]): string[] {
  return hashes.map((hash) => Buffer.from(hash).toString('base64'));
}

function line(item: ExportItem): string {
  return exportLine(item).trimEnd();
}

function entryLine(entry: LogEntry): string {
  return line({ kind: 'entry', entry });
}

/** The export of a log that has these entries. */
function exportOf(entries: readonly LogEntry[]): string[] {
  const header = exportHeader({ ...LOG, exportedAt: EXPORTED_AT, signingKeys: [signingKey] }).trimEnd();
  return [header, ...entries.map(entryLine), line({ kind: 'end', size: entries.length, root: treeOf(entries).root() })];
}

async function checkpoint(
  entries: readonly LogEntry[],
  size: number,
  time: string,
  { by = signer, log = LOG }: { by?: typeof signer; log?: LogName } = {},
): Promise<string> {
  const root = treeOf(entries, size).root();
  return formatCheckpoint({ ...log, size, root, time }, { publicKey: by.publicKey, sign: (bytes) => sign(null, bytes, by.privateKey) });
}

/** A note over any text, signed as a checkpoint is. */
async function signText(lines: readonly string[]): Promise<string> {
  const text = `${lines.join('\n')}\n`;
  const [, hash = ''] = verifierKey(LOG, signer.publicKey).split('+');
  const bytes = Buffer.concat([Buffer.from(hash, 'hex'), sign(null, Buffer.from(text), signer.privateKey)]);
  return `${text}\n— ${lines[0]} ${bytes.toString('base64')}\n`;
}

function spoiled(signatureLine: string): string {
  const [dash, name, written = ''] = signatureLine.trimEnd().split(' ');
  const bytes = Buffer.from(written, 'base64');
  bytes.writeUInt8(bytes.readUInt8(20) ^ 1, 20);
  return `${dash} ${name} ${bytes.toString('base64')}\n`;
}
