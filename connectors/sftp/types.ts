import { type ComponentType, existingDocument, hostOption } from '@holdfast/configuration';

/** Where the server is and who signs in: the same for every type of this folder. */
const place = {
  host: {
    ...hostOption,
    description: 'Name or address of the server, without a scheme: sftp.example.com.',
    'x-destination': 'sftp://{host}:{port}',
  },
  port: {
    type: 'integer',
    title: 'Port',
    'x-section': 'Server',
    description: 'Of SSH.',
    minimum: 1,
    maximum: 65_535,
    default: 22,
  },
  hostKey: {
    type: 'string',
    title: 'Host key',
    'x-section': 'Server',
    description:
      'Fingerprint of the server’s key (SHA256:…), or its line of known_hosts. Several, with spaces between, while the server changes keys. Empty: the connection test shows the one that the server has, for you to compare with what its administrator says.',
    maxLength: 8_000,
    default: '',
    'x-pattern-words': 'Paste a fingerprint that begins with SHA256:, or a line of known_hosts.',
    pattern: '^\\s*$|SHA256:[A-Za-z0-9+/]{43}=?(?:\\s|$)|(?:ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(?:256|384|521)) AAAA[A-Za-z0-9+/]{40,}',
  },
  user: {
    type: 'string',
    title: 'User',
    'x-section': 'Sign-in',
    description: 'Name to sign in with.',
    minLength: 1,
    maxLength: 200,
    'x-pattern-words': 'Write one line.',
    pattern: '^[^\\u0000-\\u001f\\u007f]+$',
  },
  password: {
    type: 'string',
    title: 'Password',
    'x-section': 'Sign-in',
    description: 'Of the user. Leave it out where a private key is enough.',
    minLength: 1,
    'x-secret': true,
  },
  privateKey: {
    type: 'string',
    title: 'Private key',
    'x-section': 'Sign-in',
    description: 'The whole file, as ssh-keygen makes it; ECDSA and RSA also in PEM.',
    minLength: 1,
    'x-secret': true,
  },
  passphrase: {
    type: 'string',
    title: 'Passphrase',
    'x-section': 'Sign-in',
    description: 'Of the private key, if it has one.',
    minLength: 1,
    'x-secret': true,
  },
} as const;

const folder = {
  type: 'string',
  title: 'Folder',
  'x-section': 'Documents',
  maxLength: 400,
  'x-pattern-words': 'Write a path such as /upload/invoices, or one without / in front, which begins where the user arrives.',
  pattern: '^/?(?:[^/\\\\\\u0000-\\u001f\\u007f]+(?:/[^/\\\\\\u0000-\\u001f\\u007f]+)*)?$',
  default: '',
} as const;

/** What the form of an SFTP publisher asks for. */
export const sftpPublisherType = {
  type: 'sftp-publisher',
  role: 'publisher',
  title: 'SFTP publisher',
  description: 'Puts each document of a run onto an SFTP server, under its name only when it is there wholly.',
  schema: {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    additionalProperties: false,
    required: ['host', 'user'],
    properties: {
      ...place,
      folder: {
        ...folder,
        description: 'Where documents go, for example /upload/invoices. It is made when it is not there. Empty: where the user arrives.',
      },
      existing: existingDocument,
    },
  },
} as const satisfies ComponentType;

/** What the form of an SFTP source asks for. */
export const sftpSourceType = {
  type: 'sftp-source',
  role: 'connector',
  title: 'SFTP source',
  description: 'Reads documents from a folder of an SFTP server.',
  schema: {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    additionalProperties: false,
    required: ['host', 'user'],
    properties: {
      ...place,
      folder: {
        ...folder,
        description: 'Documents in it are read, for example /outbox. Empty: where the user arrives.',
      },
      depth: {
        type: 'integer',
        title: 'Depth',
        'x-section': 'Documents',
        description: 'How many folders deep documents are looked for; 0: only in the folder itself.',
        minimum: 0,
        maximum: 32,
        default: 8,
      },
    },
  },
} as const satisfies ComponentType;
