import {
  type Checkpoint,
  createStatements,
  entryHash,
  type LogEntry,
  LogTree,
  RecordViolation,
  type StatementReader,
  type Tile,
} from '@holdfast/audit';
import { RecordStopped } from './record-stopped.ts';

/** What is known of a log without its entries: from here it is followed. */
export interface FollowedState {
  readonly tree: LogTree;
  readonly statements: StatementReader;
  /** The latest time of any entry, in milliseconds since 1970; 0 for none. */
  readonly latestTime: number;
}

/**
 * One organization's log, followed entry by entry: hashes recomputed, numbers without a gap, every action recorded by the one who may,
 * and the root compared at each signed checkpoint that is passed.
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
  #filledTiles: Tile[] = [];

  constructor(
    organizationId: string,
    from: FollowedState | undefined,
    facts: { readonly signed: readonly Checkpoint[]; readonly acceptedUpTo: number },
  ) {
    this.organizationId = organizationId;
    this.#tree = from?.tree ?? new LogTree();
    this.#statements = from?.statements ?? createStatements();
    this.#latestTime = from?.latestTime ?? 0;
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

  /** Tiles that were filled since the last call. */
  takeFilledTiles(): Tile[] {
    const filled = this.#filledTiles;
    this.#filledTiles = [];
    return filled;
  }

  /** Takes in the next entries. @throws RecordStopped; the log is of no use afterwards. */
  take(entries: readonly LogEntry[]): void {
    for (const entry of entries) {
      if (entry.sequence !== this.size + 1) {
        throw new RecordStopped('record_incomplete', `Entry ${this.size + 1} is missing.`);
      }
      this.#state(entry);
      this.#filledTiles.push(...this.#tree.append(entryHash(this.organizationId, entry)));
      this.#latestTime = Math.max(this.#latestTime, Date.parse(entry.time));
      this.#compareWithSigned();
    }
  }

  #state(entry: LogEntry): void {
    try {
      this.#statements.apply(entry);
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
