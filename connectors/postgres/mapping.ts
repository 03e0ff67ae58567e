import { JSON_POINTER_PATTERN, pointerSegments } from '@holdfast/configuration';
import { invalidOption } from '@holdfast/connector';

/** What a column is filled with. */
export type Origin =
  /** RFC 6901, divided and without its escapes. */
  { readonly kind: 'pointer'; readonly path: readonly string[] } | { readonly kind: 'built-in'; readonly name: BuiltIn };

export interface MappedColumn {
  readonly name: string;
  readonly origin: Origin;
}

/** What a column takes beside parts of the JSON. `row`: the number of the row in its document, from 1. */
const BUILT_INS = ['name', 'size', 'sha256', 'contentType', 'text', 'bytes', 'row'] as const;
export type BuiltIn = (typeof BUILT_INS)[number];

const IDENTIFIER_MAXIMUM_BYTES = 63;
const COLUMNS_MAXIMUM = 500;

/**
 * Reads `column = /pointer` or `column = $name`, with line breaks or semicolons between, or a JSON object of
 * the same.
 *
 * @throws ConnectorError `option_invalid` by the rule that the text breaks.
 */
export function parseMapping(text: string): MappedColumn[] {
  const columns = (text.trim().startsWith('{') ? fromJson(text) : fromLines(text)).map(([name, origin]) => ({
    name: identifier(name, 'Columns'),
    origin: parseOrigin(name, origin),
  }));
  if (columns.length === 0) throw invalidOption('Columns', 'names no column');
  if (columns.length > COLUMNS_MAXIMUM) throw invalidOption('Columns', `names more than ${COLUMNS_MAXIMUM} columns`);
  if (new Set(columns.map(({ name }) => name)).size < columns.length) throw invalidOption('Columns', 'names a column twice');
  return columns;
}

/**
 * A name of PostgreSQL, in NFC and without spaces around it. It is quoted wherever it is used.
 *
 * @param option the title of the option that has it, for messages.
 * @throws ConnectorError `option_invalid` for a name that is empty, has NUL, or more than 63 bytes.
 */
export function identifier(name: string, option: string): string {
  const normal = name.trim().normalize('NFC');
  if (normal === '' || normal.includes('\0')) throw invalidOption(option, 'has a name that is empty');
  if (Buffer.byteLength(normal) > IDENTIFIER_MAXIMUM_BYTES)
    throw invalidOption(option, `has a name of more than ${IDENTIFIER_MAXIMUM_BYTES} bytes`);
  return normal;
}

function fromLines(text: string): [string, string][] {
  return text
    .split(/[\n;]/)
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const equals = line.indexOf('=');
      if (equals < 0) throw invalidOption('Columns', 'has a line without =', 'Write number = /invoice/number; file = $name.');
      return [line.slice(0, equals), line.slice(equals + 1).trim()];
    });
}

function fromJson(text: string): [string, string][] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw invalidOption('Columns', 'begins with { and is not JSON', 'Write {"number": "/invoice/number", "file": "$name"}.');
  }
  return Object.entries(parsed as Record<string, unknown>).map(([name, origin]) => {
    if (typeof origin !== 'string') throw invalidOption('Columns', `has something other than a text for “${name}”`);
    return [name, origin];
  });
}

function parseOrigin(column: string, text: string): Origin {
  if (text.startsWith('$')) {
    const name = BUILT_INS.find((known) => text === `$${known}`);
    if (name === undefined) {
      throw invalidOption(
        'Columns',
        `has an unknown $ for “${column.trim()}”`,
        `There are ${BUILT_INS.map((known) => `$${known}`).join(', ')}.`,
      );
    }
    return { kind: 'built-in', name };
  }
  if (!new RegExp(JSON_POINTER_PATTERN, 'u').test(text)) {
    throw invalidOption(
      'Columns',
      `has no JSON pointer for “${column.trim()}”`,
      'A pointer begins with /, as /invoice/number does. Empty, it is the whole document.',
    );
  }
  return { kind: 'pointer', path: pointerSegments(text) };
}
