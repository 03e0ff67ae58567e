import { CheckpointError, type VerifiedCheckpoint, verifyCheckpoint } from './checkpoint.ts';
import { entryHash, type LogEntry } from './entry.ts';
import { type ExportHeader, type ExportItem, parseExport, type StrayRow } from './export.ts';
import { ExportError } from './export-error.ts';
import { LogTree } from './log-tree.ts';
import { createReSealCheck } from './re-seal.ts';
import { createStatements, RecordViolation, type StatementReader } from './statements.ts';

/** Nothing was changed, left out, added or put in another order, as far as the evidence goes. */
export interface SoundExport {
  readonly valid: true;
  readonly header: ExportHeader;
  /** How many entries the log has. */
  readonly size: number;
  /** The Merkle tree hash over all of them, base64. */
  readonly root: string;
  /** Checkpoints, in the export and beside it, that agree with it. */
  readonly checkpoints: number;
  /**
   * The newest of them; `undefined` without one. Up to here nobody without the signing key can have rewritten
   * the record.
   */
  readonly proven: Proven | undefined;
  /**
   * Entries that cannot stand in a sound log and that an operator accepted, as a later entry says that a
   * checkpoint is over. They state nothing.
   */
  readonly accepted: number;
  /** Checkpoints made after the export over more entries than it can hold. They say nothing about it. */
  readonly laterCheckpoints: number;
}

export interface Proven {
  /** Entries after it are not signed yet. */
  readonly size: number;
  readonly time: string;
  /** Raw Ed25519, base64url. */
  readonly signingKey: string;
  /**
   * Whether it is one of the keys that the caller trusts; otherwise the export named it, which proves nothing
   * until it is compared.
   */
  readonly trusted: boolean;
}

export const UNSOUND_CODES = [
  /** Not an export, or a line of it cannot be read. */
  'export_malformed',
  /** It stops before its end, or holds fewer entries than a checkpoint made before it. */
  'export_truncated',
  'entry_missing',
  /** A number comes twice, or out of order. */
  'entry_unexpected',
  /** A row stands outside of 1…head. */
  'entry_stray',
  /** An entry is no event, or says what cannot be, or was recorded by somebody who may not. */
  'record_violation',
  /** The entries do not lead to the root at the end. */
  'root_differs',
  /** A checkpoint is malformed, or not signed by a trusted key. */
  'checkpoint_invalid',
  /** A checkpoint of another instance, organization or later epoch. */
  'checkpoint_foreign',
  'checkpoint_differs',
  /** A later checkpoint is over fewer entries than an earlier one. */
  'record_rolled_back',
  /**
   * A checkpoint of an earlier epoch disagrees: what it was signed over was lost when the instance was
   * restored.
   */
  'record_restored',
] as const;
export type UnsoundCode = (typeof UNSOUND_CODES)[number];

export interface UnsoundExport {
  readonly valid: false;
  readonly code: UnsoundCode;
  /**
   * The numbers between which the wrong or missing entry stands; `undefined` when it is not entries that are
   * wrong.
   */
  readonly entries: { readonly from: number; readonly to: number } | undefined;
  readonly reason: string;
}

export type ExportVerification = SoundExport | UnsoundExport;

/** Rows beside the log that a finding names. */
const STRAY_NAMED = 10;
/** So many are remembered, should an operator have accepted them. */
const VIOLATIONS_MAXIMUM = 1_000;

/** Several data planes sign, and a control plane exports, each by its own clock. */
const CLOCKS_DIFFER_MILLISECONDS = 300_000;

class Finding extends Error {
  readonly code: UnsoundCode;
  readonly entries: UnsoundExport['entries'];

  constructor(code: UnsoundCode, entries: UnsoundExport['entries'], reason: string) {
    super(reason);
    this.code = code;
    this.entries = entries;
  }
}

/**
 * Checks an export from its first entry to its end: form and numbers of entries, who recorded what, the root,
 * every checkpoint in it, and every one of `checkpoints` (signed notes in any order, see {@link
 * splitCheckpoints}), which must be signed by one of `signingKeys` (raw Ed25519, base64url). Without keys,
 * the checkpoints in the export are checked with the keys that it names itself, and `proven.trusted` is
 * false. Holds one entry and the facts of all `checkpoints` at a time.
 *
 * @returns what is wrong, if anything is, by its `code`: one of {@link UNSOUND_CODES}.
 * @throws TypeError for checkpoints without signing keys; what reading `lines` or `checkpoints` fails with,
 *   such as an error of the file system.
 * @example
 * ```ts
 * const found = await verifyExport(linesOf(createReadStream('audit.jsonl')), { signingKeys: [pinnedKey] });
 * if (!found.valid) console.error(found.code, found.reason);
 * ```
 */
export async function verifyExport(
  lines: AsyncIterable<string> | Iterable<string>,
  evidence: {
    readonly checkpoints?: AsyncIterable<string> | Iterable<string>;
    readonly signingKeys?: readonly string[];
  } = {},
): Promise<ExportVerification> {
  const { checkpoints, signingKeys = [] } = evidence;
  if (checkpoints !== undefined && signingKeys.length === 0) {
    throw new TypeError('Checkpoints are worth nothing without the signing keys that they must be signed with.');
  }
  try {
    const { header, items } = await parseExport(lines);
    const check = new ExportCheck(header, signingKeys, await readNotes(checkpoints ?? [], header, signingKeys));
    for await (const item of items) check.take(item);
    return check.conclude();
  } catch (error) {
    if (error instanceof Finding) return { valid: false, code: error.code, entries: error.entries, reason: error.message };
    const code = codeOf(error);
    if (code === undefined) throw error;
    return { valid: false, code, entries: entriesOf(error), reason: (error as Error).message };
  }
}

function codeOf(error: unknown): UnsoundCode | undefined {
  if (error instanceof ExportError) return 'export_malformed';
  if (error instanceof CheckpointError) return 'checkpoint_invalid';
  return error instanceof RecordViolation ? 'record_violation' : undefined;
}

function entriesOf(error: unknown): UnsoundExport['entries'] {
  return error instanceof RecordViolation ? { from: error.sequence, to: error.sequence } : undefined;
}

class ExportCheck {
  readonly #header: ExportHeader;
  readonly #keys: readonly string[];
  readonly #trusted: boolean;
  /** From outside, smallest first, and how many of them were compared. */
  readonly #outside: readonly VerifiedCheckpoint[];
  #compared = 0;
  readonly #tree = new LogTree();
  readonly #statements: StatementReader;
  /** Of rows beside the log: how many, and between which numbers. */
  readonly #stray = { count: 0, from: Number.MAX_SAFE_INTEGER, to: Number.MIN_SAFE_INTEGER, named: [] as number[] };
  #violations: RecordViolation[] = [];
  /** What an entry says was accepted, until a checkpoint is over that entry. */
  #acceptance: { readonly sequence: number; readonly upTo: number } | undefined;
  #accepted = 0;
  #newest: VerifiedCheckpoint | undefined;
  #checkpoints = 0;
  #end: Extract<ExportItem, { kind: 'end' }> | undefined;

  constructor(header: ExportHeader, signingKeys: readonly string[], outside: readonly VerifiedCheckpoint[]) {
    this.#header = header;
    this.#trusted = signingKeys.length > 0;
    this.#keys = this.#trusted ? signingKeys : header.signingKeys;
    this.#outside = outside;
    const { instanceId, organizationId } = header;
    this.#statements = createStatements(undefined, createReSealCheck({ instanceId, organizationId, signingKeys: this.#keys }));
    this.#compareOutside();
  }

  take(item: ExportItem): void {
    if (item.kind === 'entry') this.#takeEntry(item.entry);
    else if (item.kind === 'checkpoint') this.#takeCheckpoint(item.note);
    else if (item.kind === 'stray') this.#takeStray(item.row);
    else this.#end = item;
  }

  #takeEntry(entry: LogEntry): void {
    const expected = this.#tree.size + 1;
    if (entry.sequence > expected) {
      throw new Finding('entry_missing', one(expected), `Entry ${expected} is missing: entry ${entry.sequence} stands in its place.`);
    }
    if (entry.sequence < expected) {
      const what = `Entry ${entry.sequence} stands where entry ${expected} belongs: it was put in or moved.`;
      throw new Finding('entry_unexpected', one(expected), what);
    }
    this.#state(entry);
    this.#tree.append(entryHash(this.#header.organizationId, entry));
    this.#compareOutside();
  }

  #state(entry: LogEntry): void {
    try {
      const { action, outcome, detail } = this.#statements.apply(entry);
      if (action !== 'record.accept' || outcome !== 'success' || typeof detail?.entries !== 'number') return;
      this.#acceptance = { sequence: entry.sequence, upTo: Math.min(detail.entries, entry.sequence - 1) };
    } catch (error) {
      if (!(error instanceof RecordViolation) || this.#violations.length === VIOLATIONS_MAXIMUM) throw error;
      this.#violations.push(error);
    }
  }

  /**
   * Who writes the database can append an entry that says that an operator accepted. The data plane signs
   * over it only when that is so: when its own folder says the same.
   */
  #takeAcceptance(): void {
    const { upTo } = this.#acceptance ?? { upTo: 0 };
    const left = this.#violations.filter(({ sequence }) => sequence > upTo);
    this.#accepted += this.#violations.length - left.length;
    this.#violations = left;
    this.#acceptance = undefined;
  }

  #takeCheckpoint(note: string): void {
    const checkpoint = verifyCheckpoint(note, this.#keys);
    checkOrigin(checkpoint, this.#header);
    const { size, time } = checkpoint;
    if (size !== this.#tree.size) {
      const what = `The checkpoint of ${time} is over ${size} entries and stands after entry ${this.#tree.size} of the export.`;
      throw new Finding('checkpoint_differs', undefined, what);
    }
    this.#compare(checkpoint);
  }

  #compareOutside(): void {
    for (let next = this.#outside[this.#compared]; next?.size === this.#tree.size; next = this.#outside[this.#compared]) {
      this.#compare(next);
      this.#compared++;
    }
  }

  #compare(checkpoint: VerifiedCheckpoint): void {
    const { size, time, epoch } = checkpoint;
    if (!this.#tree.root().equals(checkpoint.root)) {
      const from = (this.#newest?.size ?? 0) + 1;
      throw new Finding(
        epoch < this.#header.epoch ? 'record_restored' : 'checkpoint_differs',
        { from, to: size },
        epoch < this.#header.epoch
          ? `The checkpoint of ${time}, made before the instance was restored, is over entries that the record no longer has (${from} to ${size}).`
          : `The first ${size} entries are not those that the checkpoint of ${time} was signed over: one of ${from} to ${size} was rewritten.`,
      );
    }
    this.#followFormer(checkpoint);
    this.#newest = checkpoint;
    this.#checkpoints++;
    this.#takeAcceptance();
  }

  /**
   * Checkpoints come by size: within an epoch their time must not go back, but for what the clocks of several
   * signers differ by.
   */
  #followFormer({ size, time, epoch }: VerifiedCheckpoint): void {
    const former = this.#newest;
    if (former === undefined || former.size === size || former.epoch !== epoch) return;
    if (Date.parse(time) + CLOCKS_DIFFER_MILLISECONDS >= Date.parse(former.time)) return;
    throw new Finding(
      'record_rolled_back',
      { from: former.size + 1, to: size },
      `The checkpoint of ${time} is over ${size} entries, the later one of ${former.time} over ${former.size}: the record was set back.`,
    );
  }

  conclude(): SoundExport {
    const { size } = this.#tree;
    const root = this.#tree.root();
    this.#checkStrayRows();
    const [violation] = this.#violations;
    if (violation !== undefined) throw this.#withAcceptance(violation);
    this.#checkLaterCheckpoints();
    if (this.#end === undefined || this.#end.size > size) {
      const what = `The export stops after ${size} entries, before its end. Export it again; an interrupted download looks like this.`;
      throw new Finding('export_truncated', { from: size + 1, to: Math.max(size + 1, this.#end?.size ?? 0) }, what);
    }
    if (this.#end.size < size) {
      const what = `The export holds ${size} entries where ${this.#end.size} should be.`;
      throw new Finding('entry_unexpected', { from: this.#end.size + 1, to: size }, what);
    }
    if (!this.#end.root.equals(root)) {
      const from = (this.#newest?.size ?? 0) + 1;
      const what = `The entries do not lead to the root at the end of the export: one of ${from} to ${size} was changed.`;
      throw new Finding('root_differs', { from, to: size }, what);
    }
    const newest = this.#newest;
    return {
      valid: true,
      header: this.#header,
      size,
      root: root.toString('base64'),
      checkpoints: this.#checkpoints,
      proven: newest && { size: newest.size, time: newest.time, signingKey: newest.signingKey, trusted: this.#trusted },
      accepted: this.#accepted,
      laterCheckpoints: this.#outside.length - this.#compared,
    };
  }

  #withAcceptance(violation: RecordViolation): Error {
    const { sequence, upTo } = this.#acceptance ?? { sequence: 0, upTo: 0 };
    if (violation.sequence > upTo) return violation;
    const unsigned = `Entry ${sequence} says that an operator accepted it, which counts once a checkpoint is over that entry.`;
    const remedy = 'Export again: the data plane signs within a minute.';
    return new Finding('record_violation', one(violation.sequence), `${violation.message} ${unsigned} ${remedy}`);
  }

  #takeStray({ sequence }: StrayRow): void {
    const stray = this.#stray;
    stray.count += 1;
    stray.from = Math.min(stray.from, sequence);
    stray.to = Math.max(stray.to, sequence);
    if (stray.named.length < STRAY_NAMED) stray.named.push(sequence);
  }

  #checkStrayRows(): void {
    const { count, from, to, named } = this.#stray;
    if (count === 0) return;
    const what = `${count === 1 ? 'A row stands' : `${count} rows stand`} beside the log in the database (${named.join(', ')}).`;
    throw new Finding('entry_stray', { from, to }, what);
  }

  /** What is left of the checkpoints from outside is over more entries than the export has. */
  #checkLaterCheckpoints(): void {
    const { size } = this.#tree;
    const missed = this.#outside
      .slice(this.#compared)
      .find(({ epoch, time }) => epoch < this.#header.epoch || time < this.#header.exportedAt);
    if (missed === undefined) return;
    const entries = { from: size + 1, to: missed.size };
    if (missed.epoch < this.#header.epoch) {
      const what = `The checkpoint of ${missed.time}, made before the instance was restored, is over ${missed.size} entries; the record now has ${size}.`;
      throw new Finding('record_restored', entries, what);
    }
    const holds = `The checkpoint of ${missed.time} is over ${missed.size} entries; the export`;
    // A node whose clock is behind signs after the export what looks older. That is no reason to pass over a
    // checkpoint: it stays a finding, since who cuts off what was signed just before would hide behind it. An
    // export that is made now decides: the log only grows, so that a sound one holds all of these entries.
    const what = isAboutAsOld(missed.time, this.#header.exportedAt)
      ? `${holds}, made at about the same time, holds ${size}. Either the last ones are missing, or the clock of a node is behind. Export again: a sound export that is made now holds them.`
      : `${holds}, made later, holds ${size}. The last ones are missing.`;
    throw new Finding('export_truncated', entries, what);
  }
}

function isAboutAsOld(time: string, other: string): boolean {
  return Math.abs(Date.parse(time) - Date.parse(other)) <= CLOCKS_DIFFER_MILLISECONDS;
}

function one(sequence: number): { from: number; to: number } {
  return { from: sequence, to: sequence };
}

/** The facts of every checkpoint from outside, smallest first. */
async function readNotes(
  notes: AsyncIterable<string> | Iterable<string>,
  header: ExportHeader,
  signingKeys: readonly string[],
): Promise<VerifiedCheckpoint[]> {
  const checkpoints: VerifiedCheckpoint[] = [];
  for await (const note of notes) {
    const checkpoint = verifyCheckpoint(note, signingKeys);
    checkOrigin(checkpoint, header);
    checkpoints.push(checkpoint);
  }
  return checkpoints.sort((first, second) => first.size - second.size || first.epoch - second.epoch || (first.time < second.time ? -1 : 1));
}

function checkOrigin(checkpoint: VerifiedCheckpoint, header: ExportHeader): void {
  const foreign =
    checkpoint.instanceId !== header.instanceId
      ? `of another instance (${checkpoint.instanceId})`
      : checkpoint.organizationId !== header.organizationId
        ? `of another organization (${checkpoint.organizationId})`
        : checkpoint.epoch > header.epoch && checkpoint.time < header.exportedAt
          ? `of a later epoch (${checkpoint.epoch}, the export is of ${header.epoch})`
          : undefined;
  if (foreign !== undefined) throw new Finding('checkpoint_foreign', undefined, `The checkpoint of ${checkpoint.time} is ${foreign}.`);
}
