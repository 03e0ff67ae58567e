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
