import { ConnectorError, invalidOption, type Options } from '@holdfast/connector';
import { readCertificateAuthority } from './certificate-authority.ts';
import { parseConnectionString, type Server } from './connection-string.ts';
import { identifier, type MappedColumn, parseMapping } from './mapping.ts';
import { postgresSourceType } from './types.ts';

/** How a server is reached. */
export interface Connection {
  readonly server: Server;
  /** In PEM. */
  readonly ca: string | undefined;
}

export interface Table {
  readonly schema: string;
  readonly name: string;
  /** For people: `schema.name`. */
  readonly shown: string;
}

export interface PublisherOptions extends Connection {
  readonly table: Table;
  readonly columns: readonly MappedColumn[];
  readonly keys: readonly string[];
  readonly mode: 'upsert' | 'insert';
}

/** Throws ConnectorError `option_invalid`. */
function readConnection({ connectionString, certificateAuthority }: Options): Connection {
  if (typeof connectionString !== 'string') throw invalidOption('Connection String', 'is not filled in');
  return { server: parseConnectionString(connectionString), ca: readCertificateAuthority(certificateAuthority) };
}

export interface SourceOptions extends Connection {
  /** Without a semicolon at its end. */
  readonly query: string;
  readonly read:
    | { readonly kind: 'row'; readonly key: string; readonly version: string | undefined }
    | { readonly kind: 'set'; readonly format: 'json-lines' | 'csv'; readonly fileName: string };
}

/** Throws ConnectorError `option_invalid`. */
export function readSourceOptions(options: Options): SourceOptions {
  const { query, documents = 'row', keyColumn, versionColumn = '', format = 'json-lines', fileName = 'result' } = options;
  const connection = readConnection(options);
  if (typeof query !== 'string' || query.trim() === '') throw invalidOption('Query', 'is not filled in');
  const bare = query.trim().replace(/(?<![;\s])[;\s]+$/, '');
  if (documents === 'set') {
    if (format !== 'json-lines' && format !== 'csv') throw invalidOption('Format', 'is not one of its choices');
    const { pattern, maxLength } = postgresSourceType.schema.properties.fileName;
    if (typeof fileName !== 'string' || fileName.length > maxLength || !new RegExp(pattern, 'u').test(fileName))
      throw invalidOption('File name', 'is not one');
    return { ...connection, query: bare, read: { kind: 'set', format, fileName } };
  }
  if (documents !== 'row') throw invalidOption('Documents', 'is not one of its choices');
  if (typeof keyColumn !== 'string' || keyColumn.trim() === '') throw invalidOption('Key column', 'is not filled in');
  if (typeof versionColumn !== 'string') throw invalidOption('Version column', 'is no text');
  return {
    ...connection,
    query: bare,
    read: {
      kind: 'row',
      key: identifier(keyColumn, 'Key column'),
      version: versionColumn.trim() === '' ? undefined : identifier(versionColumn, 'Version column'),
    },
  };
}

/**
 * Checked again here, because a configuration may be older than the rules. Throws ConnectorError
 * `option_invalid`.
 */
export function readPublisherOptions(options: Options): PublisherOptions {
  const { table, columns: mapping, keyColumns, mode = 'upsert' } = options;
  const connection = readConnection(options);
  if (mode !== 'upsert' && mode !== 'insert') throw invalidOption('When a row with the same key is there', 'is not one of its choices');
  if (typeof mapping !== 'string') throw invalidOption('Columns', 'is not filled in');
  const columns = parseMapping(mapping);
  const keys = typeof keyColumns === 'string' ? keyColumns.split(',').filter((name) => name.trim() !== '') : [];
  if (keys.length === 0) throw invalidOption('Key columns', 'is not filled in');
  const named = keys.map((name) => identifier(name, 'Key columns'));
  const unmapped = named.find((key) => !columns.some(({ name }) => name === key));
  if (unmapped !== undefined) {
    throw new ConnectorError('option_invalid', `The key column “${unmapped}” is not among the columns.`, {
      remedy: 'Name it in the option “Columns” too, with what fills it.',
    });
  }
  return { ...connection, table: readTable(table), columns, keys: named, mode };
}

function readTable(option: unknown): Table {
  if (typeof option !== 'string' || option.trim() === '') throw invalidOption('Table', 'is not filled in');
  const parts = option.split('.').map((part) => identifier(part, 'Table'));
  if (parts.length > 2) throw invalidOption('Table', 'has more than one dot', 'Write schema.table, for example public.invoices.');
  const name = parts.at(-1) ?? '';
  const schema = parts.length === 2 ? (parts[0] ?? '') : 'public';
  return { schema, name, shown: `${schema}.${name}` };
}
