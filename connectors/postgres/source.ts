import { createHash } from 'node:crypto';
import { hostAndPort } from '@holdfast/configuration';
import {
  type ConnectorContext,
  ConnectorError,
  type DocumentBody,
  REFERENCE_MAXIMUM_CHARACTERS,
  type SourceDocument,
  VERSION_MAXIMUM_CHARACTERS,
  withinCheck,
} from '@holdfast/connector';
import pg from 'pg';
import type { SourceOptions } from './options.ts';
import { ROWS_DOCUMENT_MAXIMUM_BYTES } from './rows.ts';
import { CHECK_LIMITS, cursorRows, inTransaction, LIMITS, oneStatement, type StatementLimits, withClient } from './session.ts';
import { quoted } from './statement.ts';

const WHOLE = 'result';

/** A line comment at its end does not take the parenthesis with it. */
const around = (select: string, query: string): string => `select ${select} from (\n${query}\n) as q`;

/**
 * A document for each row, or the one of all rows.
 *
 * @param limits replaced in tests.
 * @throws ConnectorError `answer_invalid` for a row whose key is empty or longer than 1,024 characters;
 *   `option_invalid` for a query that cannot be run or does more than read; `upstream_credentials`,
 *   `upstream_not_found`, `upstream_refused`, or what `context.connect` throws.
 */
export async function* list(
  options: SourceOptions,
  context: ConnectorContext,
  limits = LIMITS,
): AsyncGenerator<SourceDocument, void, undefined> {
  const { read, query } = options;
  if (read.kind === 'set') {
    // What the result is now is not known before it is read: each time it counts as new.
    yield { reference: WHOLE, version: new Date().toISOString(), ...setDocument(read) };
    return;
  }
  const version = read.version === undefined ? 'null' : versionColumn(`q.${quoted(read.version)}::text`);
  const keys = around(`${keyColumn(`q.${quoted(read.key)}::text`)}, ${version}`, query);
  for await (const { rows } of cursorRows(options, context, keys, explainQuery(limits), limits)) {
    for (const [key = null, at = null] of rows) yield rowDocument(key, at, read.key);
  }
}

/** Characters have at most so many bytes in the encodings of a server. */
const CHARACTER_MAXIMUM_BYTES = 4;

/** NULL in place of a key that is too long, which stays where it is; {@link rowDocument} refuses both. */
function keyColumn(key: string): string {
  const bytes = REFERENCE_MAXIMUM_CHARACTERS * CHARACTER_MAXIMUM_BYTES;
  return `case when pg_catalog.octet_length(${key}) <= ${bytes} then ${key} end`;
}

/** The server hashes what {@link rowDocument} would, so that only the hash comes. */
const versionColumn = (version: string): string =>
  `case when pg_catalog.octet_length(${version}) <= ${VERSION_MAXIMUM_CHARACTERS * CHARACTER_MAXIMUM_BYTES} then ${version}
    else pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(${version}, 'UTF8')), 'hex') end`;

/**
 * The row as JSON, or the whole result as it comes.
 *
 * @param limits replaced in tests.
 * @throws ConnectorError with `documentOnly`: `upstream_not_found` when the query does not give the row any
 *   more, `answer_invalid` when it gives several with the key, `document_unsupported` for a row of more than
 *   16 MiB as JSON. Else as {@link list}. A whole result has any size, and fails where it is read.
 */
export async function read(reference: string, options: SourceOptions, context: ConnectorContext, limits = LIMITS): Promise<DocumentBody> {
  const { read: what, query } = options;
  if (what.kind === 'set') {
    const { contentType, name } = setDocument(what);
    const written = what.format === 'csv' ? csv : jsonLines;
    return { contentType, body: context.checked(written(options, context, limits), name) };
  }
  // A row that is too large stays where it is.
  const text = `select pg_catalog.octet_length(document) as bytes,
    case when pg_catalog.octet_length(document) <= ${ROWS_DOCUMENT_MAXIMUM_BYTES} then document end as document
    from (${around('pg_catalog.row_to_json(q)::text as document', query)} where q.${quoted(what.key)}::text = $1 limit 2) as found`;
  const rows = await asked(options, context, limits, async (client) => {
    return (await client.query<{ bytes: number; document: string | null }>(text, [reference])).rows;
  });
  const [row, second] = rows;
  if (row === undefined) {
    throw new ConnectorError('upstream_not_found', 'The query does not give this row any more.', {
      remedy: 'Start the run again for what is there now.',
      documentOnly: true,
    });
  }
  if (second !== undefined) {
    throw new ConnectorError('answer_invalid', `The query gives several rows with the same “${what.key}”.`, {
      remedy: 'Name a key column that tells rows apart.',
      documentOnly: true,
    });
  }
  if (row.document === null) {
    throw new ConnectorError(
      'document_unsupported',
      `The row “${reference}” has ${row.bytes.toLocaleString('en')} bytes as JSON; a row is read up to 16 MiB, because it is in memory as a whole.`,
      {
        remedy: 'Leave large columns out of the query, or put what they hold into a storage and read it from there.',
        documentOnly: true,
      },
    );
  }
  const bytes = Buffer.from(row.document, 'utf8');
  return { contentType: 'application/json', size: bytes.length, body: context.checked(only(bytes), nameOf(reference)) };
}

/**
 * Lets the server plan the query, which runs nothing and requires every right.
 *
 * @returns one sentence on what was found.
 * @throws ConnectorError as {@link list}; `upstream_unreachable` after 20 seconds. A statement has 8 seconds.
 */
export function checkSource(options: SourceOptions, context: ConnectorContext): Promise<string> {
  const { read: what, query, server } = options;
  const columns = what.kind === 'set' ? ['*'] : [what.key, ...(what.version === undefined ? [] : [what.version])].map(quoted);
  const statement = around(columns.map((column) => `q.${column}`).join(', '), query);
  return withinCheck(hostAndPort(options.server), async () => {
    await asked(options, context, CHECK_LIMITS, (client) => oneStatement(client, `explain ${statement}`));
    return `The server accepts the credentials ${server.tls ? 'over TLS' : 'without TLS'}, and the query can be run.`;
  });
}

function asked<T>(
  options: SourceOptions,
  context: ConnectorContext,
  limits: StatementLimits,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  return withClient(options, context, async (client) => {
    try {
      return await inTransaction(client, 'begin read only', limits, () => work(client));
    } catch (error) {
      throw explainQuery(limits)(error);
    }
  });
}

/** What the server says of a query, and not of rows that are written. */
const explainQuery =
  ({ statement }: StatementLimits) =>
  (error: unknown) => {
    const code = error instanceof pg.DatabaseError ? (error.code ?? '') : '';
    if (code === '57014') {
      const seconds = (statement / 1_000).toLocaleString('en');
      const because = `it takes more than ${seconds} seconds, or somebody there cancelled it`;
      return new ConnectorError('upstream_refused', `The server ended the query: ${because} (${code}).`, {
        remedy: 'Narrow the query, or index the columns that it filters and joins by. For single rows index the key column as text, too.',
        cause: error,
      });
    }
    if (code === '42501') {
      return new ConnectorError('upstream_credentials', `The user may not read what the query names (${code}).`, {
        remedy: 'Have its owner grant USAGE on the schema and SELECT on the tables, or on their columns.',
        cause: error,
      });
    }
    if (code === '25006' || code === '0A000') {
      return new ConnectorError('option_invalid', `The query does more than read (${code}).`, {
        remedy: 'Write one SELECT that changes nothing.',
        cause: error,
      });
    }
    if (/^(?:22|42601|42883|42702|42803|42804|42P)/.test(code) && code !== '42P01') {
      return new ConnectorError('option_invalid', `The server cannot run the query (${code}).`, {
        remedy: 'Run the query in a client of PostgreSQL, and correct it.',
        cause: error,
      });
    }
    return error;
  };

function rowDocument(key: string | null, version: string | null, column: string): SourceDocument {
  if (key === null || key === '' || key.length > REFERENCE_MAXIMUM_CHARACTERS) {
    throw new ConnectorError('answer_invalid', `The query gives a row whose “${column}” is empty or longer than 1,024 characters.`, {
      remedy: 'Name a key column that is filled in every row, or leave such rows out of the query.',
    });
  }
  return {
    reference: key,
    name: nameOf(key),
    contentType: 'application/json',
    ...(version !== null && { version: version.length > VERSION_MAXIMUM_CHARACTERS ? hashOf(version) : version }),
  };
}

/** The key, as a path where it is one; what cannot be in a name is replaced, and marked. */
function nameOf(key: string): string {
  const normal = key.normalize('NFC');
  const fit = normal
    .split('/')
    .filter((part) => !/^\.{0,2}$/.test(part))
    .map((part) => part.replace(/[\p{Cc}\p{Cs}\\]/gu, '_'))
    .join('/')
    .slice(0, 200);
  return fit === normal ? `${fit}.json` : `${fit.replace(/[\ud800-\udbff]$|\/$/, '') || 'row'}-${hashOf(key).slice(0, 8)}.json`;
}

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');

function setDocument({ format, fileName }: Extract<SourceOptions['read'], { kind: 'set' }>): Pick<SourceDocument, 'name' | 'contentType'> {
  return format === 'csv'
    ? { name: `${fileName}.csv`, contentType: 'text/csv' }
    : { name: `${fileName}.jsonl`, contentType: 'application/x-ndjson' };
}

async function* only(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

async function* jsonLines(options: SourceOptions, context: ConnectorContext, limits: StatementLimits): AsyncGenerator<Uint8Array> {
  const lines = around('pg_catalog.row_to_json(q)::text', options.query);
  for await (const { rows } of cursorRows(options, context, lines, explainQuery(limits), limits)) {
    if (rows.length > 0) yield Buffer.from(rows.map(([line]) => `${line}\n`).join(''), 'utf8');
  }
}

/** RFC 4180, with a line of names; NULL is empty, and an empty text is in quotes. */
async function* csv(options: SourceOptions, context: ConnectorContext, limits: StatementLimits): AsyncGenerator<Uint8Array> {
  let first = true;
  for await (const { rows, fields } of cursorRows(options, context, around('*', options.query), explainQuery(limits), limits)) {
    const lines = first ? [fields.map(({ name }) => name), ...rows] : rows;
    first = false;
    if (lines.length > 0) yield Buffer.from(lines.map((line) => `${line.map(csvField).join(',')}\r\n`).join(''), 'utf8');
  }
}

function csvField(value: string | null): string {
  if (value === null) return '';
  return value === '' || /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}
