import { createHash } from 'node:crypto';
import { setImmediate as yieldToOthers } from 'node:timers/promises';
import { valueAt } from '@holdfast/configuration';
import { ConnectorError, type InputDocument, JSON_MAXIMUM_LEVELS, requireLevels } from '@holdfast/connector';
import { withExactNumbers } from './exact-numbers.ts';
import type { BuiltIn, MappedColumn, Origin } from './mapping.ts';

/** A document whose bytes go into columns is in memory as a whole. */
export const ROWS_DOCUMENT_MAXIMUM_BYTES = 16 * 1024 * 1024;
const ROWS_MAXIMUM = 1_000_000;
const LINES_IN_A_TURN = 10_000;

/** Of a document. A number that a double would change is a text: see exact-numbers.ts. */
export type Value = string | number | boolean | null | Uint8Array | readonly Value[] | { readonly [member: string]: Value };

/** The rows of a document, made when they are asked for: there may be a million of hundreds of columns. */
export interface Rows {
  readonly count: number;
  /** In the order of the columns. */
  values(row: number): Value[];
}

/**
 * The rows of a document, each with its values in the order of the columns. Columns by pointer make one row
 * of a JSON object and one of each object of an array, or of each line of JSON lines; without them a
 * document is one row. What a pointer does not find is null. At most 1,000,000 rows. What takes long gives
 * way to other work of the process meanwhile.
 *
 * @throws ConnectorError `document_unsupported` with `documentOnly`.
 */
export async function rowsOf(document: InputDocument, columns: readonly MappedColumn[]): Promise<Rows> {
  const has = (wanted: (origin: Origin) => boolean) => columns.some(({ origin }) => wanted(origin));
  const byPointer = has(({ kind }) => kind === 'pointer');
  const needsText = byPointer || has((origin) => origin.kind === 'built-in' && origin.name === 'text');
  const needsBytes = needsText || has((origin) => origin.kind === 'built-in' && origin.name === 'bytes');
  const bytes = needsBytes ? await read(document) : undefined;
  const text = needsText ? textOf(document, bytes) : '';
  const records = byPointer ? await recordsOf(document, text) : [null];
  if (records.length > ROWS_MAXIMUM) {
    throw unsupported(
      `“${document.name}” has ${records.length.toLocaleString('en')} rows, and at most ${ROWS_MAXIMUM.toLocaleString('en')} are taken of one document.`,
      'Divide it into several documents.',
    );
  }
  const builtIn: Record<BuiltIn, (row: number) => Value> = {
    name: () => document.name,
    size: () => document.size,
    sha256: () => document.sha256,
    contentType: () => document.contentType,
    text: () => text,
    bytes: () => bytes ?? new Uint8Array(0),
    row: (row) => row + 1,
  };
  const columnOf = (origin: Origin, row: number): Value =>
    origin.kind === 'built-in' ? builtIn[origin.name](row) : ((valueAt(records[row], origin.path) as Value | undefined) ?? null);
  return { count: records.length, values: (row) => columns.map(({ origin }) => columnOf(origin, row)) };
}

async function recordsOf(document: InputDocument, text: string): Promise<readonly Value[]> {
  const exact = await withExactNumbers(text);
  try {
    if (!isJsonLines(document)) {
      const whole = parsed(exact, document);
      return Array.isArray(whole) ? (whole as readonly Value[]) : [whole];
    }
    const records: Value[] = [];
    for (const [index, line] of exact.split('\n').entries()) {
      if (line.trim() !== '') records.push(parsed(line, document));
      if (index % LINES_IN_A_TURN === LINES_IN_A_TURN - 1) await yieldToOthers();
    }
    return records;
  } catch (error) {
    if (error instanceof ConnectorError) throw error;
    throw unsupported(
      `“${document.name}” is not JSON, and the columns are filled from JSON.`,
      'Let a model make JSON of it in a step before, or fill the columns from $text.',
    );
  }
}

function isJsonLines({ contentType, name }: InputDocument): boolean {
  return /[/+](?:x-)?(?:ndjson|jsonl|jsonlines)$/.test(contentType.split(';')[0]?.trim() ?? '') || /\.(?:jsonl|ndjson)$/i.test(name);
}

function parsed(text: string, { name }: InputDocument): Value {
  const value: Value = JSON.parse(text);
  // Each level has its two brackets.
  if (text.length > 2 * JSON_MAXIMUM_LEVELS) {
    const remedy = 'Let a model make simpler JSON of it in a step before, or fill the columns from $text.';
    requireLevels(value, { code: 'document_unsupported', what: `The JSON of “${name}”`, remedy });
  }
  return value;
}

function textOf(document: InputDocument, bytes: Uint8Array | undefined): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw unsupported(
      `“${document.name}” is not text in UTF-8.`,
      'Fill a column of type bytea from $bytes, or let a model take its text out in a step before.',
    );
  }
}

async function read(document: InputDocument): Promise<Buffer> {
  if (document.size > ROWS_DOCUMENT_MAXIMUM_BYTES) {
    throw unsupported(
      `“${document.name}” has more than 16 MiB, which do not go into columns.`,
      'Publish it to a store for files, and its $name and $sha256 here.',
    );
  }
  const pieces: Uint8Array[] = [];
  for await (const piece of document.read()) pieces.push(piece);
  const bytes = Buffer.concat(pieces);
  if (bytes.length === document.size && createHash('sha256').update(bytes).digest('hex') === document.sha256) return bytes;
  throw new ConnectorError('upstream_refused', `“${document.name}” changed while it was being published; nothing of it was kept.`, {
    remedy: 'Start the run again when nobody writes to the document.',
    documentOnly: true,
  });
}

function unsupported(detail: string, remedy: string): ConnectorError {
  return new ConnectorError('document_unsupported', detail, { remedy, documentOnly: true });
}
