import { ExportError } from './export-error.ts';

const FORMAT = 'holdfast-audit-export/1';

/** The first line of an export. */
export interface ExportHeader {
  readonly instanceId: string;
  readonly organizationId: string;
  /** ISO 8601 in UTC. The export holds every event that was committed before. */
  readonly exportedAt: string;
  /** The chain's head when the export began: with it, a download that broke off is recognised without a checkpoint. */
  readonly head?: { readonly sequence: number; readonly hash: string };
}

/** Every other line: one event, oldest first. Hashes are in hex. */
export interface ExportedEvent {
  readonly sequence: number;
  /** In UTC with microseconds: `2026-11-23T10:00:00.000000Z`. */
  readonly time: string;
  readonly recordedBy: string;
  /** Canonical JSON, as text: the bytes that were hashed. */
  readonly body: string;
  readonly previousHash: string;
  readonly hash: string;
}

/** The first line of an export, with its line break. */
export function exportHeader(header: ExportHeader): string {
  const { instanceId, organizationId, exportedAt, head } = header;
  return `${JSON.stringify({ format: FORMAT, instanceId, organizationId, exportedAt, head })}\n`;
}

/** The line of one event, with its line break. */
export function exportLine(event: ExportedEvent): string {
  const { sequence, time, recordedBy, body, previousHash, hash } = event;
  return `${JSON.stringify({ sequence, time, recordedBy, body, previousHash, hash })}\n`;
}

/** Reads an export line by line; the events follow as the iterator asks for them. Throws {@link ExportError}. */
export async function parseExport(
  lines: AsyncIterable<string> | Iterable<string>,
): Promise<{ header: ExportHeader; events: AsyncGenerator<ExportedEvent> }> {
  const iterator = asAsync(lines);
  const first = await iterator.next();
  if (first.done === true) throw new ExportError(1, 'is missing: the file is empty');
  const header = parseHeader(first.value);
  return { header, events: eventsOf(iterator) };
}

async function* asAsync(lines: AsyncIterable<string> | Iterable<string>): AsyncGenerator<string> {
  yield* lines;
}

async function* eventsOf(lines: AsyncGenerator<string>): AsyncGenerator<ExportedEvent> {
  let number = 1;
  for await (const line of lines) {
    number++;
    yield parseEvent(line, number);
  }
}

function parseHeader(line: string): ExportHeader {
  const fields = parseObject(line, 1);
  if (fields.format !== FORMAT) throw new ExportError(1, `does not say that it is a ${FORMAT}`);
  const { instanceId, organizationId, exportedAt, head } = fields;
  if (!isUuid(instanceId) || !isUuid(organizationId) || !isText(exportedAt) || Number.isNaN(Date.parse(exportedAt))) {
    throw new ExportError(1, 'does not name its instance, its organization and its time');
  }
  if (head === undefined) return { instanceId, organizationId, exportedAt };
  if (!isHead(head)) throw new ExportError(1, 'has no readable head');
  return { instanceId, organizationId, exportedAt, head: { sequence: head.sequence, hash: head.hash } };
}

function parseEvent(line: string, number: number): ExportedEvent {
  const { sequence, time, recordedBy, body, previousHash, hash } = parseObject(line, number);
  if (
    !isSequence(sequence) ||
    !isText(time) ||
    !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/.test(time) ||
    !isText(recordedBy) ||
    recordedBy.includes('\n') ||
    !isText(body) ||
    !isHash(previousHash) ||
    !isHash(hash)
  ) {
    throw new ExportError(number, 'is not a complete event');
  }
  return { sequence, time, recordedBy, body, previousHash, hash };
}

function parseObject(line: string, number: number): Record<string, unknown> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(line);
  } catch {
    throw new ExportError(number, 'is not complete JSON');
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) throw new ExportError(number, 'is not a JSON object');
  return { ...parsed };
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.isWellFormed();
}

function isUuid(value: unknown): value is string {
  return isText(value) && /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(value);
}

function isHash(value: unknown): value is string {
  return isText(value) && /^[0-9a-f]{64}$/.test(value);
}

function isSequence(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isHead(value: unknown): value is { sequence: number; hash: string } {
  return (
    typeof value === 'object' &&
    value !== null &&
    'sequence' in value &&
    'hash' in value &&
    isSequence(value.sequence) &&
    isHash(value.hash)
  );
}
