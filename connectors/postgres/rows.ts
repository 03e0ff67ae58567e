import { createHash } from 'node:crypto';
import { ConnectorError, type InputDocument, JSON_MAXIMUM_LEVELS, requireLevels } from '@holdfast/connector';
import type { BuiltIn, MappedColumn, Origin } from './mapping.ts';

/** A document whose bytes go into columns is in memory as a whole. */
export const DOCUMENT_MAXIMUM_BYTES = 16 * 1024 * 1024;

/** Numbers are kept as they are written: JSON.rawJSON, because a double holds no long ones. */
export type Value = string | boolean | null | Uint8Array | RawNumber | readonly Value[] | { readonly [member: string]: Value };
export interface RawNumber {
  readonly rawJSON: string;
}
/** Of ECMAScript’s JSON.parse source text access, which TypeScript’s library does not know yet. */
const json = JSON as unknown as {
  rawJSON(text: string): RawNumber;
  isRawJSON(value: unknown): value is RawNumber;
  parse(text: string, reviver: (key: string, value: unknown, context: { source: string }) => unknown): Value;
};

/** Whether it is a number of a document, as it is written there. */
export const isRawNumber = (value: Value | undefined): value is RawNumber => json.isRawJSON(value);

/**
 * The rows of a document, each with its values in the order of the columns. Columns by pointer make one row
 * of a JSON object and one of each object of an array, or of each line of JSON lines; without them a document
 * is one row. What a pointer does not find is null.
 *
 * @throws ConnectorError `document_unsupported` with `documentOnly`.
 */
export async function rowsOf(document: InputDocument, columns: readonly MappedColumn[]): Promise<Value[][]> {
  const has = (wanted: (origin: Origin) => boolean) => columns.some(({ origin }) => wanted(origin));
  const byPointer = has(({ kind }) => kind === 'pointer');
  const needsText = byPointer || has((origin) => origin.kind === 'built-in' && origin.name === 'text');
  const needsBytes = needsText || has((origin) => origin.kind === 'built-in' && origin.name === 'bytes');
  const bytes = needsBytes ? await read(document) : undefined;
  const text = needsText ? textOf(document, bytes) : '';
  const records = byPointer ? recordsOf(document, text) : [null];
  return records.map((record, index) => {
    const builtIn: Record<BuiltIn, () => Value> = {
      name: () => document.name,
      size: () => json.rawJSON(String(document.size)),
      sha256: () => document.sha256,
      contentType: () => document.contentType,
      text: () => text,
      bytes: () => bytes ?? new Uint8Array(0),
      row: () => json.rawJSON(String(index + 1)),
    };
    return columns.map(({ origin }) => (origin.kind === 'built-in' ? builtIn[origin.name]() : valueAt(record, origin.path)));
  });
}

function valueAt(record: Value, path: readonly string[]): Value {
  let value: Value | undefined = record;
  for (const part of path) {
    if (typeof value !== 'object' || value === null || value instanceof Uint8Array || isRawNumber(value)) return null;
    if (Array.isArray(value) && !/^(?:0|[1-9]\d*)$/.test(part)) return null;
    value = Object.hasOwn(value, part) ? (value as Record<string, Value>)[part] : undefined;
  }
  return value ?? null;
}

function recordsOf(document: InputDocument, text: string): readonly Value[] {
  try {
    if (
      /[/+](?:x-)?(?:ndjson|jsonl|jsonlines)$/.test(document.contentType.split(';')[0]?.trim() ?? '') ||
      /\.(?:jsonl|ndjson)$/i.test(document.name)
    ) {
      return text
        .split('\n')
        .filter((line) => line.trim() !== '')
        .map((line) => parsed(line, document));
    }
    const whole = parsed(text, document);
    if (!Array.isArray(whole)) return [whole];
    return whole as readonly Value[];
  } catch (error) {
    if (error instanceof ConnectorError) throw error;
    throw unsupported(
      `“${document.name}” is not JSON, and the columns are filled from JSON.`,
      'Let a model make JSON of it in a step before, or fill the columns from $text.',
    );
  }
}

function parsed(text: string, { name }: InputDocument): Value {
  // Each level has its two brackets.
  if (text.length > 2 * JSON_MAXIMUM_LEVELS) {
    const remedy = 'Let a model make simpler JSON of it in a step before, or fill the columns from $text.';
    requireLevels(JSON.parse(text), { code: 'document_unsupported', what: `The JSON of “${name}”`, remedy });
  }
  return json.parse(text, (_, value, { source }) => (typeof value === 'number' ? json.rawJSON(source) : value));
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
  if (document.size > DOCUMENT_MAXIMUM_BYTES) {
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
