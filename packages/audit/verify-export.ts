import { type Checkpoint, CheckpointError, verifyCheckpoint } from './checkpoint.ts';
import { eventHash, genesisHash } from './event-hash.ts';
import { type ExportedEvent, type ExportHeader, parseExport } from './export.ts';
import { ExportError } from './export-error.ts';

/** Nothing was changed, left out, added or put in another order, as far as the evidence goes. */
export interface SoundExport {
  readonly valid: true;
  readonly header: ExportHeader;
  readonly events: number;
  /** Hex. */
  readonly headHash: string;
  /** Checkpoints that name this organization and agree with the export. */
  readonly checkpoints: number;
  /** The newest of them: up to here nobody can have rewritten the record. `undefined` without a checkpoint. */
  readonly proven: { readonly sequence: number; readonly time: string } | undefined;
  /** Checkpoints made after the export that name more events than it can hold. They say nothing about it. */
  readonly laterCheckpoints: number;
}

export interface BrokenExport {
  readonly valid: false;
  readonly code:
    | 'export_malformed'
    | 'event_missing'
    | 'event_unexpected'
    | 'event_changed'
    | 'link_broken'
    | 'export_truncated'
    | 'checkpoint_invalid'
    | 'checkpoint_differs'
    | 'record_rolled_back';
  /** The first event that is wrong or missing; `undefined` when it is not the events that are wrong. */
  readonly sequence: number | undefined;
  readonly reason: string;
}

export type Verification = SoundExport | BrokenExport;

class Finding extends Error {
  readonly code: BrokenExport['code'];
  readonly sequence: number | undefined;

  constructor(code: BrokenExport['code'], sequence: number | undefined, reason: string) {
    super(reason);
    this.code = code;
    this.sequence = sequence;
  }
}

/**
 * Checks an export from its first event to its last, and against checkpoints in the order they were made (each a signed note, see
 * {@link splitCheckpoints}) signed by one of `signingKey` (raw Ed25519, base64url). Holds one event and one checkpoint at a time. Without
 * checkpoints it finds edits, but not a chain that was made anew by somebody who can write the database.
 */
export async function verifyExport(
  lines: AsyncIterable<string> | Iterable<string>,
  evidence: {
    readonly checkpoints?: AsyncIterable<string> | Iterable<string>;
    readonly signingKey?: string | readonly string[];
  } = {},
): Promise<Verification> {
  if (evidence.checkpoints !== undefined && evidence.signingKey === undefined) {
    throw new TypeError('Checkpoints are worth nothing without the signing key that they must be signed with.');
  }
  try {
    const { header, events } = await parseExport(lines);
    const heads = headsOf(header, evidence.checkpoints ?? [], evidence.signingKey ?? []);
    return await compare(header, events, heads);
  } catch (error) {
    if (error instanceof Finding) return { valid: false, code: error.code, sequence: error.sequence, reason: error.message };
    if (error instanceof ExportError) return { valid: false, code: 'export_malformed', sequence: undefined, reason: error.message };
    if (error instanceof CheckpointError) return { valid: false, code: 'checkpoint_invalid', sequence: undefined, reason: error.message };
    throw error;
  }
}

interface SignedHead {
  readonly sequence: number;
  readonly hash: string;
  readonly time: string;
}

async function compare(
  header: ExportHeader,
  events: AsyncGenerator<ExportedEvent>,
  heads: AsyncGenerator<SignedHead>,
): Promise<SoundExport> {
  let sequence = 0;
  let hash = genesisHash(header.organizationId).toString('hex');
  let checkpoints = 0;
  let proven: SoundExport['proven'];
  let head = await next(heads);

  const compareWithCheckpoints = async () => {
    while (head !== undefined && head.sequence === sequence) {
      if (head.hash !== hash) {
        throw new Finding(
          'checkpoint_differs',
          sequence,
          `Event ${sequence} is not the one that the checkpoint of ${head.time} was made over: it, or an event before it, was rewritten.`,
        );
      }
      checkpoints++;
      proven = { sequence, time: head.time };
      head = await next(heads);
    }
  };

  await compareWithCheckpoints();
  for await (const event of events) {
    checkEvent(header.organizationId, event, sequence + 1, hash);
    sequence++;
    hash = event.hash;
    await compareWithCheckpoints();
  }
  if (header.head !== undefined && (header.head.sequence !== sequence || header.head.hash !== hash)) {
    throw new Finding(
      'export_truncated',
      sequence + 1,
      `The export was to hold ${header.head.sequence} events and holds ${sequence}. Export it again; a download that broke off looks like this.`,
    );
  }

  let laterCheckpoints = 0;
  while (head !== undefined) {
    // Within the same millisecond nobody can say which came first.
    if (Date.parse(head.time) < Date.parse(header.exportedAt)) {
      throw new Finding(
        'export_truncated',
        sequence + 1,
        `The checkpoint of ${head.time} was made over ${head.sequence} events; the export, made later, holds ${sequence}. The last ones are missing.`,
      );
    }
    laterCheckpoints++;
    head = await next(heads);
  }
  return { valid: true, header, events: sequence, headHash: hash, checkpoints, proven, laterCheckpoints };
}

function checkEvent(organizationId: string, event: ExportedEvent, expected: number, previousHash: string): void {
  if (event.sequence > expected) {
    throw new Finding('event_missing', expected, `Event ${expected} is missing: event ${event.sequence} stands in its place.`);
  }
  if (event.sequence < expected) {
    throw new Finding(
      'event_unexpected',
      expected,
      `Event ${event.sequence} stands where event ${expected} belongs: it was put in or moved.`,
    );
  }
  if (event.previousHash !== previousHash) {
    throw new Finding(
      'link_broken',
      expected,
      `Event ${expected} does not follow the event before it: one of the two was exchanged, or both belong to another organization.`,
    );
  }
  const { sequence, time, recordedBy, body } = event;
  const computed = eventHash({ organizationId, sequence, time, recordedBy, previousHash: Buffer.from(previousHash, 'hex'), body });
  if (computed.toString('hex') !== event.hash) {
    throw new Finding('event_changed', expected, `Event ${expected} was changed after it was recorded: its hash does not fit it.`);
  }
}

/** The organization's head in each checkpoint, in order. */
async function* headsOf(
  header: ExportHeader,
  notes: AsyncIterable<string> | Iterable<string>,
  signingKeys: string | readonly string[],
): AsyncGenerator<SignedHead> {
  let former: SignedHead | undefined;
  for await (const note of notes) {
    const checkpoint = verifyCheckpoint(note, signingKeys);
    const head = headIn(checkpoint, header);
    if (head === undefined) continue;
    if (former !== undefined && head.sequence < former.sequence) {
      throw new Finding(
        'record_rolled_back',
        head.sequence + 1,
        `The checkpoint of ${former.time} was made over ${former.sequence} events, the later one of ${head.time} over ${head.sequence}: the record was set back.`,
      );
    }
    former = head;
    yield head;
  }
}

function headIn(checkpoint: Checkpoint, header: ExportHeader): SignedHead | undefined {
  if (checkpoint.instanceId !== header.instanceId) {
    throw new CheckpointError(`The checkpoint of ${checkpoint.time} is of another instance than the export.`);
  }
  const head = checkpoint.heads.find((candidate) => candidate.organizationId === header.organizationId);
  return head && { sequence: head.sequence, hash: Buffer.from(head.hash).toString('hex'), time: checkpoint.time };
}

async function next(heads: AsyncGenerator<SignedHead>): Promise<SignedHead | undefined> {
  const step = await heads.next();
  return step.done === true ? undefined : step.value;
}
