import { isCanonicalUuid } from '@holdfast/envelope';
import type { LogEntry } from './entry.ts';
import { ExportError } from './export-error.ts';
import { isUtcTime } from './utc-time.ts';

const FORMAT = 'holdfast-audit-export/1';

/** The first line of an export. */
export interface ExportHeader {
  readonly instanceId: string;
  readonly organizationId: string;
  readonly epoch: number;
  /** ISO 8601 in UTC with milliseconds. The export holds every entry that was committed before. */
  readonly exportedAt: string;
  /**
   * The instance's signing keys, as the server says: raw Ed25519, base64url. Nobody should trust them for
   * standing here.
   */
  readonly signingKeys: readonly string[];
}

/** A row outside of 1…head, where none may be. Nothing of it is checked: it is not part of the log. */
export interface StrayRow {
  readonly sequence: number;
  readonly recordedBy: string;
  readonly body: string;
}

/**
 * What the lines after the header hold: entries, oldest first, each checkpoint right after the entry that its
 * size counts to; rows that stand beside the log; at last the end, with the number of entries and the root
 * over them.
 */
export type ExportItem =
  | { readonly kind: 'entry'; readonly entry: LogEntry }
  | { readonly kind: 'checkpoint'; readonly note: string }
  | { readonly kind: 'stray'; readonly row: StrayRow }
  | { readonly kind: 'end'; readonly size: number; readonly root: Buffer };

/** The first line of an export, with its line break. */
export function exportHeader({ instanceId, organizationId, epoch, exportedAt, signingKeys }: ExportHeader): string {
  return `${JSON.stringify({ format: FORMAT, instanceId, organizationId, epoch, exportedAt, signingKeys })}\n`;
}

/** A further line of an export, with its line break. */
export function exportLine(item: ExportItem): string {
  return `${JSON.stringify(written(item))}\n`;
}

function written(item: ExportItem): unknown {
  switch (item.kind) {
    case 'entry': {
      const { sequence, time, recordedBy, body } = item.entry;
      return { sequence, time, recordedBy, body };
    }
    case 'checkpoint':
      return { checkpoint: item.note };
    case 'stray':
      return { stray: item.row };
    case 'end':
      return { end: { size: item.size, root: item.root.toString('base64') } };
  }
}

/**
 * Reads an export line by line; the items follow as the iterator asks for them.
 *
 * @throws ExportError `export_malformed`, with the number of the line: at once for the first one, while the
 *   items are read for the others; what reading `lines` fails with.
 */
export async function parseExport(
  lines: AsyncIterable<string> | Iterable<string>,
): Promise<{ header: ExportHeader; items: AsyncGenerator<ExportItem> }> {
  const iterator = asAsync(lines);
  const first = await iterator.next();
  if (first.done === true) throw new ExportError(1, 'is missing: the file is empty');
  const header = parseHeader(first.value);
  return { header, items: itemsOf(iterator) };
}

async function* asAsync(lines: AsyncIterable<string> | Iterable<string>): AsyncGenerator<string> {
  yield* lines;
}

async function* itemsOf(lines: AsyncGenerator<string>): AsyncGenerator<ExportItem> {
  let number = 1;
  let ended = false;
  for await (const line of lines) {
    number++;
    if (ended) throw new ExportError(number, 'stands after the end');
    const item = parseItem(line, number);
    ended = item.kind === 'end';
    yield item;
  }
}

/** More than any instance has had; each checkpoint is held against them. */
const SIGNING_KEYS_MAXIMUM = 1_000;

function parseHeader(line: string): ExportHeader {
  const fields = parseObject(line, 1);
  if (fields.format !== FORMAT) throw new ExportError(1, `does not say that it is a ${FORMAT}`);
  const { instanceId, organizationId, epoch, exportedAt, signingKeys } = fields;
  if (!isUuid(instanceId) || !isUuid(organizationId) || !isCount(epoch) || !isText(exportedAt) || !isUtcTime(exportedAt)) {
    throw new ExportError(1, 'does not name its instance, organization, epoch and time');
  }
  if (!Array.isArray(signingKeys) || !signingKeys.every(isKey)) throw new ExportError(1, 'has no readable list of signing keys');
  if (signingKeys.length > SIGNING_KEYS_MAXIMUM) throw new ExportError(1, `names more than ${SIGNING_KEYS_MAXIMUM} signing keys`);
  return { instanceId, organizationId, epoch, exportedAt, signingKeys };
}

function parseItem(line: string, number: number): ExportItem {
  const fields = parseObject(line, number);
  if ('checkpoint' in fields) {
    if (!isText(fields.checkpoint)) throw new ExportError(number, 'is not a complete checkpoint');
    return { kind: 'checkpoint', note: fields.checkpoint };
  }
  if ('stray' in fields) {
    const { sequence, recordedBy, body } = asObject(fields.stray) ?? {};
    if (!Number.isSafeInteger(sequence) || !isText(recordedBy) || !isText(body))
      throw new ExportError(number, 'is not a complete stray row');
    return { kind: 'stray', row: { sequence: sequence as number, recordedBy, body } };
  }
  if ('end' in fields) {
    const { size, root } = asObject(fields.end) ?? {};
    if (!isCount(size) || !isHash(root)) throw new ExportError(number, 'is not a complete end');
    return { kind: 'end', size, root: Buffer.from(root, 'base64') };
  }
  const { sequence, time, recordedBy, body } = fields;
  if (!isCount(sequence) || sequence < 1 || !isText(time) || !isUtcTime(time) || !isText(recordedBy) || !isText(body)) {
    throw new ExportError(number, 'is not a complete entry');
  }
  if (recordedBy.includes('\n')) throw new ExportError(number, 'has a recorder with a line break');
  return { kind: 'entry', entry: { sequence, time, recordedBy, body } };
}

function parseObject(line: string, number: number): Readonly<Record<string, unknown>> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(line);
  } catch {
    throw new ExportError(number, 'is not complete JSON');
  }
  const fields = asObject(parsed);
  if (fields === undefined) throw new ExportError(number, 'is not a JSON object');
  return fields;
}

function asObject(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.isWellFormed();
}

function isUuid(value: unknown): value is string {
  return isText(value) && isCanonicalUuid(value);
}

function isHash(value: unknown): value is string {
  return isText(value) && /^[A-Za-z0-9+/]{43}=$/.test(value);
}

function isKey(value: unknown): value is string {
  return isText(value) && /^[A-Za-z0-9_-]{43}$/.test(value);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
