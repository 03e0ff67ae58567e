import type { ComponentType } from '@holdfast/configuration';

const CONNECTION = {
  connectionString: {
    type: 'string',
    title: 'Connection String',
    description: 'postgres://USER:PASSWORD@HOST:PORT/DATABASE, with ?sslmode=disable where the server has no TLS.',
    minLength: 1,
    'x-secret': true,
    'x-destination': true,
  },
  certificateAuthority: {
    type: 'string',
    title: 'Certificate authority',
    description: 'In PEM, of a server whose certificate no public authority signed, such as Amazon RDS. Empty: the public ones.',
    maxLength: 40_000,
    default: '',
  },
} as const;

/** What the form of a PostgreSQL source asks for. */
export const postgresSourceType = {
  type: 'postgres-source',
  role: 'connector',
  title: 'PostgreSQL source',
  description: 'Reads what a query gives: a JSON document for each row, or one document of the whole result.',
  schema: {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    additionalProperties: false,
    required: ['connectionString', 'query'],
    properties: {
      connectionString: CONNECTION.connectionString,
      query: {
        type: 'string',
        title: 'Query',
        description: 'One SELECT. It runs in a transaction that may not write.',
        minLength: 1,
        maxLength: 20_000,
      },
      documents: {
        type: 'string',
        title: 'Documents',
        enum: ['row', 'set'],
        default: 'row',
        description: 'row: a JSON document for each row. set: one document of all rows.',
      },
      keyColumn: {
        type: 'string',
        title: 'Key column',
        description: 'Of the query: tells rows apart and names their documents. For documents by row.',
        maxLength: 63,
        default: '',
      },
      versionColumn: {
        type: 'string',
        title: 'Version column',
        description: 'Of the query, such as updated_at: a row is new again when it changes. For documents by row.',
        maxLength: 63,
        default: '',
      },
      format: {
        type: 'string',
        title: 'Format',
        enum: ['json-lines', 'csv'],
        default: 'json-lines',
        description: 'Of the document of all rows.',
      },
      fileName: {
        type: 'string',
        title: 'File name',
        description: 'Of the document of all rows, without its extension.',
        maxLength: 200,
        default: 'result',
        'x-pattern-words': 'Write a name without / and without a dot in front.',
        pattern: '^[^./\\\\\\u0000-\\u001f][^/\\\\\\u0000-\\u001f]*$',
      },
      certificateAuthority: CONNECTION.certificateAuthority,
    },
  },
} as const satisfies ComponentType;

/** What the form of a PostgreSQL publisher asks for. */
export const postgresPublisherType = {
  type: 'postgres-publisher',
  role: 'publisher',
  title: 'PostgreSQL publisher',
  description: 'Writes each document of a run into a table: a row, or one for each object of a JSON array.',
  schema: {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    additionalProperties: false,
    required: ['connectionString', 'table', 'columns', 'keyColumns'],
    properties: {
      connectionString: CONNECTION.connectionString,
      table: {
        type: 'string',
        title: 'Table',
        description: 'With its schema, for example public.invoices.',
        minLength: 1,
        maxLength: 127,
        'x-pattern-words': 'Write schema.table, for example public.invoices.',
        pattern: '^[^.\\u0000-\\u001f"]{1,63}(?:\\.[^.\\u0000-\\u001f"]{1,63})?$',
      },
      columns: {
        type: 'string',
        title: 'Columns',
        description:
          'What goes where, with ; between: number = /invoice/number; file = $name. After the = stands a JSON pointer into the document, or $name, $size, $sha256, $contentType, $text, $bytes, $row.',
        minLength: 1,
        maxLength: 20_000,
      },
      keyColumns: {
        type: 'string',
        title: 'Key columns',
        description: 'The columns, with commas between, that tell rows apart. The table needs a primary key or unique constraint on them.',
        minLength: 1,
        maxLength: 2_000,
      },
      mode: {
        type: 'string',
        title: 'When a row with the same key is there',
        enum: ['upsert', 'insert'],
        default: 'upsert',
        description: 'upsert: its columns are changed. insert: it stays as it is.',
      },
      certificateAuthority: CONNECTION.certificateAuthority,
    },
  },
} as const satisfies ComponentType;
