import {
  type AuditEvent,
  type Checkpoint,
  createReSealCheck,
  createStatements,
  entryHash,
  type LogEntry,
  LogTree,
  RecordViolation,
  type StatementReader,
  TILE_WIDTH,
  type Tile,
} from '@holdfast/audit';
import type { AppendedEntries } from '@holdfast/db/data';
import { createRecentHashes } from './recent-hashes.ts';
import { RecordStopped } from './record-stopped.ts';

/** How far back a caller's own entry may lie: more than are appended while a use is being made. */
const RECENT_ENTRIES = 10_000;

/** What is known of a log without its entries: from here it is followed. */
export interface FollowedState {
  readonly tree: LogTree;
  readonly statements: StatementReader;
  /** The latest time of any entry, in milliseconds since 1970; 0 for none. */
  readonly latestTime: number;
  /** The hash of the last entry; empty for none. */
  readonly lastHash: Buffer;
}

/**
 * One organization's log, followed entry by entry: hashes recomputed, numbers without a gap, every action
 * recorded by the one who may, and the root compared at each signed checkpoint that is passed.
 */
export class FollowedLog {
  readonly organizationId: string;
  readonly #tree: LogTree;
  readonly #statements: StatementReader;
  /** Signed before: the log must pass through each of them. In ascending order of their sizes. */
  readonly #ahead: Checkpoint[];
  /** Up to here an operator has accepted entries that say what cannot be; they state nothing. */
  readonly #acceptedUpTo: number;
  #latestTime: number;
  #lastHash: Buffer;
  /** What that is the hash of, when it was taken in here. */
  #last: LogEntry | undefined;
  readonly #recent = createRecentHashes(RECENT_ENTRIES);
  /** Entries whose hash is in the tree, as the very objects that they were given as. */
  readonly #taken = new WeakSet<LogEntry>();
  #filledTiles: Tile[] = [];
  /** Why it does not verify: callers that share it must not read on behind the entry that was found. */
  #stopped: unknown;

  constructor(
    organizationId: string,
    from: FollowedState | undefined,
    facts: {
      readonly instanceId: string;
      /** Raw Ed25519, base64url. */
      readonly signingKey: string;
      readonly signed: readonly Checkpoint[];
      readonly acceptedUpTo: number;
    },
  ) {
    this.organizationId = organizationId;
    this.#tree = from?.tree ?? new LogTree();
    this.#statements =
      from?.statements ??
      createStatements(undefined, createReSealCheck({ instanceId: facts.instanceId, organizationId, signingKeys: [facts.signingKey] }));
    this.#latestTime = from?.latestTime ?? 0;
    this.#lastHash = from?.lastHash ?? Buffer.alloc(0);
    this.#ahead = facts.signed.filter(({ size }) => size >= this.#tree.size).sort((one, other) => one.size - other.size);
    this.#acceptedUpTo = facts.acceptedUpTo;
    this.#compareWithSigned();
  }

  get size(): number {
    return this.#tree.size;
  }

  get latestTime(): number {
    return this.#latestTime;
  }

  get lastHash(): Buffer {
    return this.#lastHash;
  }

  get statements(): StatementReader {
    return this.#statements;
  }

  /** The largest size that was ever signed and is not reached yet. */
  get signedAhead(): Checkpoint | undefined {
    return this.#ahead.at(-1);
  }

  root(): Buffer {
    return this.#tree.root();
  }

  levels(): Buffer[] {
    return this.#tree.levels();
  }

  /** Tiles that were filled, and are not known to be stored yet. */
  filledTiles(): readonly Tile[] {
    return [...this.#filledTiles];
  }

  /**
   * Every tile of the first `size` entries is stored: a node that shows a checkpoint of them has stored their
   * tiles before.
   */
  forgetTiles(size: number): void {
    this.#filledTiles = this.#filledTiles.filter(({ level, index }) => (index + 1) * TILE_WIDTH ** (level + 1) > size);
  }

  /**
   * Whether entries were appended right behind the last one, by a transaction that saw that very entry there,
   * and no row outside of the log.
   */
  isContinuedBy({ entries, lowest, former }: AppendedEntries): boolean {
    if (this.signedAhead !== undefined || former === undefined) return false;
    if (lowest !== 1 || former.sequence !== this.size || entries[0]?.sequence !== this.size + 1) return false;
    return this.#isLast(former);
  }

  /**
   * Takes in the next entries; the first may be the last one that was taken before, which must still be the
   * same: a log that was cut and has grown again is found so.
   *
   * @param made the events that the bodies of these entries were made of here, in their order, if they were.
   * @throws RecordStopped; the log is of no use afterwards, and throws it again.
   */
  take(entries: readonly LogEntry[], made: readonly AuditEvent[] = []): void {
    this.#requireSound();
    try {
      this.#takeAll(entries, made);
    } catch (error) {
      this.#stopped = error;
      throw error;
    }
  }

  #takeAll(entries: readonly LogEntry[], made: readonly AuditEvent[]): void {
    for (const [position, entry] of entries.entries()) {
      if (this.size > 0 && entry.sequence === this.size) {
        if (this.#hashOf(entry).equals(this.#lastHash)) continue;
        throw new RecordStopped('record_rewritten', `Entry ${entry.sequence} is not the one that was there before.`);
      }
      if (entry.sequence !== this.size + 1) {
        throw new RecordStopped('record_incomplete', `Entry ${this.size + 1} is missing.`);
      }
      const hash = this.#hashOf(entry);
      this.#state(entry, made[position]);
      this.#lastHash = hash;
      this.#last = entry;
      this.#filledTiles.push(...this.#tree.append(this.#lastHash));
      this.#recent.add(entry.sequence, this.#lastHash);
      this.#taken.add(entry);
      this.#latestTime = Math.max(this.#latestTime, Date.parse(entry.time));
      this.#compareWithSigned();
    }
  }

  /** Whether an entry is in the log, and was not read one by one. */
  hasForgotten(sequence: number): boolean {
    return sequence <= this.size && this.#recent.get(sequence) === undefined;
  }

  /**
   * An entry that was just appended is in the log at its number. If another one is, the log was cut, and has
   * grown again to where it was.
   *
   * @throws RecordStopped
   */
  confirm(entry: LogEntry): void {
    this.#requireSound();
    if (this.#taken.has(entry)) return;
    if (this.#recent.get(entry.sequence)?.equals(this.#hashOf(entry))) return;
    throw new RecordStopped('record_rewritten', `Entry ${entry.sequence} was there before, as another one.`);
  }

  #requireSound(): void {
    if (this.#stopped !== undefined) throw this.#stopped;
  }

  #isLast(entry: LogEntry): boolean {
    const last = this.#last;
    if (last?.sequence === entry.sequence && last.time === entry.time && last.recordedBy === entry.recordedBy && last.body === entry.body) {
      return true;
    }
    // Its number is hashed with it.
    return this.#hashOf(entry).equals(this.#lastHash);
  }

  /** @throws RecordStopped when there are no bytes that could be hashed for it. */
  #hashOf(entry: LogEntry): Buffer {
    try {
      return entryHash(this.organizationId, entry);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      const reason = `Row ${entry.sequence} is no entry, which nobody can accept: ${error.message}`;
      throw new RecordStopped('record_incomplete', reason);
    }
  }

  #state(entry: LogEntry, made: AuditEvent | undefined): void {
    try {
      this.#statements.apply(entry, made);
    } catch (error) {
      if (!(error instanceof RecordViolation)) throw error;
      if (entry.sequence > this.#acceptedUpTo) throw new RecordStopped('record_violation', error.message);
    }
  }

  #compareWithSigned(): void {
    for (let next = this.#ahead[0]; next !== undefined && next.size === this.size; next = this.#ahead[0]) {
      if (!this.root().equals(next.root)) {
        throw new RecordStopped(
          'record_rewritten',
          `Entry ${next.size}, or one before it, is not what the checkpoint of ${next.time} was signed over.`,
        );
      }
      this.#ahead.shift();
    }
  }
}
