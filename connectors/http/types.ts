import { type ComponentType, JSON_POINTER_PATTERN, requiredWhileShown } from '@holdfast/configuration';

/** What every type of this folder has: how requests are let in. */
const access = {
  authentication: {
    type: 'string',
    title: 'Authentication',
    'x-section': 'Access',
    enum: ['none', 'bearer', 'basic', 'header'],
    // A configuration without it is one without credentials; who makes a new one mostly has some.
    default: 'none',
    'x-initial': 'bearer',
    'x-enum-words': { none: 'None', bearer: 'Bearer token', basic: 'User name and password', header: 'Key in a header' },
    description: 'How the service knows who asks. Left out beside a credential: bearer.',
  },
  credential: {
    type: 'string',
    title: 'Credential',
    description: 'The token, the password, or the key, as the authentication needs it.',
    minLength: 1,
    'x-secret': true,
    'x-section': 'Access',
    showIf: { authentication: ['bearer', 'basic', 'header'] },
    'x-takes': { 'url-password': { authentication: 'basic', userName: '{user}' }, '*': { authentication: 'bearer' } },
  },
  userName: {
    type: 'string',
    title: 'User name',
    description: 'As the service knows it.',
    'x-section': 'Access',
    showIf: { authentication: ['basic'] },
    maxLength: 256,
    'x-pattern-words': 'Write a user name without a colon or control characters.',
    pattern: '^[^:\\u0000-\\u001f\\u007f]*$',
    default: '',
  },
  headerName: {
    type: 'string',
    title: 'Header',
    description: 'The name of the header that holds the key.',
    'x-section': 'Access',
    showIf: { authentication: ['header'] },
    maxLength: 100,
    'x-pattern-words': 'Write the name of a header, such as X-Api-Key.',
    pattern: "^[A-Za-z0-9!#$%&'*+.^_`|~\\-]+$",
    default: 'X-Api-Key',
  },
} as const;

const whileAuthenticated = [requiredWhileShown('credential', access.credential)];

const connectionTest = {
  type: 'string',
  title: 'Connection test',
  'x-section': 'Test',
  enum: ['reach', 'send'],
  default: 'reach',
  'x-enum-words': { reach: 'Ask with HEAD, and send nothing', send: 'Send a small test document' },
  description: 'What Test connection does.',
} as const;

/**
 * Without user, password, query and fragment: what of those is secret belongs in an option that is sealed.
 */
const PLAIN_ADDRESS = {
  minLength: 8,
  maxLength: 1000,
  'x-destination': true,
  'x-section': 'Address',
  'x-pattern-words': 'Write an address that begins with https:// or http://, without user, password or #.',
  pattern: '^[hH][tT][tT][pP][sS]?://[^\\s@#\\\\/?]+(?:[/?][^\\s#\\\\]*)?$',
} as const;

/** What the form of an HTTP publisher asks for. */
export const httpPublisherType = {
  type: 'http-publisher',
  role: 'publisher',
  title: 'HTTP publisher',
  description: 'Sends each document of a run to an address of an HTTP service.',
  schema: {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    additionalProperties: false,
    required: ['baseUrl'],
    allOf: whileAuthenticated,
    properties: {
      baseUrl: {
        type: 'string',
        title: 'Base URL',
        description: 'Where the service is, for example https://files.example.com/api. Credentials do not belong here.',
        ...PLAIN_ADDRESS,
        pattern: '^[hH][tT][tT][pP][sS]?://[^\\s@#\\\\/?]+(?:/[^\\s#?\\\\]*)?$',
        'x-pattern-words': 'Write an address that begins with https:// or http://, without user, password, ? or #.',
      },
      path: {
        type: 'string',
        title: 'Path',
        'x-section': 'Address',
        description: 'Behind the base URL. {name} is the document’s name, percent-encoded; {sha256} its SHA-256.',
        maxLength: 1000,
        'x-pattern-words':
          'Write the characters of a path and query, {name} and {sha256}; other characters as %XX, but no controls. No part may be . or ..',
        pattern:
          "^(?!(?:.*/)?\\.{1,2}(?:[/?]|$))(?:\\{name\\}|\\{sha256\\}|[A-Za-z0-9\\-._~!$&'()*+,;=:@/?]|%(?![01]|7[Ff])[0-9A-Fa-f]{2})*$",
        default: '{name}',
      },
      method: {
        type: 'string',
        title: 'Method',
        'x-section': 'Address',
        enum: ['PUT', 'POST'],
        default: 'PUT',
        description: 'PUT: the document becomes what the address names. POST: the service does what it does with documents.',
      },
      ...access,
      form: {
        type: 'boolean',
        title: 'As a form',
        'x-section': 'What is sent',
        default: false,
        description: 'Sends the document as a file of a form (multipart/form-data), for services that take uploads of browsers.',
      },
      fieldName: {
        type: 'string',
        title: 'Field of the form',
        showIf: { form: [true] },
        'x-section': 'What is sent',
        minLength: 1,
        maxLength: 100,
        default: 'file',
        description: 'The name of the field that holds the file.',
        'x-pattern-words': 'Write a name without quotes or control characters.',
        pattern: '^[^"\\u0000-\\u001f\\u007f]+$',
      },
      contentType: {
        type: 'string',
        title: 'Content type',
        'x-section': 'What is sent',
        maxLength: 200,
        default: '',
        description: 'For all documents. Empty: the type of each document.',
        'x-pattern-words': 'Write a content type such as application/octet-stream, or nothing.',
        pattern: '^(?:[A-Za-z0-9!#$&^_.+\\-]+/[A-Za-z0-9!#$&^_.+\\-]+(?:; ?[\\x21-\\x3a\\x3c-\\x7e]+)*)?$',
      },
      existing: {
        type: 'string',
        title: 'When the address has a document already',
        'x-section': 'What is sent',
        enum: ['replace', 'keep'],
        default: 'replace',
        'x-enum-words': { replace: 'Put the new one in its place', keep: 'Keep the one that is there' },
        description: 'To keep it, the service is asked to take a document only if there is none (If-None-Match: *).',
      },
      success: {
        type: 'string',
        title: 'Statuses of success',
        'x-section': 'What is sent',
        maxLength: 100,
        default: '2xx',
        description: 'Separated by commas, for example 200, 201, 409.',
        'x-pattern-words': 'Write statuses between 200 and 599, separated by commas; 2xx stands for all of them.',
        pattern: '^(?:2xx|[2-5][0-9]{2})(?: *, *(?:2xx|[2-5][0-9]{2}))*$',
      },
      connectionTest,
    },
  },
} as const satisfies ComponentType;

const pointer = {
  type: 'string',
  'x-section': 'List in JSON',
  maxLength: 200,
  'x-pattern-words': 'Write a JSON Pointer such as /data/items, or nothing.',
  pattern: JSON_POINTER_PATTERN,
} as const;

/** What the form of an HTTP source asks for. */
export const httpSourceType = {
  type: 'http-source',
  role: 'connector',
  title: 'HTTP source',
  description: 'Reads documents from an HTTP service: some addresses, or those that a list in JSON names.',
  schema: {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    additionalProperties: false,
    required: ['url'],
    allOf: whileAuthenticated,
    properties: {
      url: {
        type: 'string',
        title: 'URL',
        description: 'The address of the list; or, with paths, of the folder that they are in. Credentials do not belong here.',
        ...PLAIN_ADDRESS,
      },
      paths: {
        type: 'string',
        title: 'Paths',
        'x-section': 'Address',
        description: 'Of the documents, below the URL, separated by commas. Empty: the URL answers with a list in JSON.',
        maxLength: 10_000,
        default: '',
      },
      ...access,
      items: {
        ...pointer,
        title: 'Items',
        default: '',
        description: 'Where the list is in the answer: /data/items. Empty: it is the answer.',
      },
      itemUrl: {
        ...pointer,
        title: 'Address of an item',
        default: '/url',
        description: 'In each item. It may be relative to the list. Empty: the item is the address.',
      },
      itemName: {
        ...pointer,
        title: 'Name of an item',
        default: '/name',
        description: 'In each item. Where there is none: the path of its address.',
      },
      itemVersion: {
        ...pointer,
        title: 'Version of an item',
        default: '/version',
        description: 'In each item: what changes when the document does, such as its time of change.',
      },
      next: {
        ...pointer,
        title: 'Next page',
        default: '/next',
        description: 'Where the answer holds the address of the next page. The header Link with rel="next" works too.',
      },
    },
  },
} as const satisfies ComponentType;

/** What the form of an HTTP model asks for. */
export const httpModelType = {
  type: 'http-model',
  role: 'model',
  title: 'HTTP model',
  description: 'Has an inference service make something of each document: posts it, and keeps the answer as a document.',
  schema: {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    additionalProperties: false,
    required: ['url'],
    allOf: whileAuthenticated,
    properties: {
      url: {
        type: 'string',
        title: 'URL',
        description: 'Where the service takes a document. Credentials do not belong here.',
        ...PLAIN_ADDRESS,
      },
      ...access,
      send: {
        type: 'string',
        title: 'What is sent',
        'x-section': 'Request and answer',
        enum: ['document', 'text', 'base64'],
        default: 'document',
        'x-enum-words': { document: 'The document as it is', text: 'JSON with its text', base64: 'JSON with its bytes in base64' },
        description: 'The JSON has name, contentType, and text (of PDF, Word, HTML, plain text) or base64.',
      },
      answerSchema: {
        type: 'string',
        title: 'JSON Schema of the answer',
        'x-section': 'Request and answer',
        'x-lines': 8,
        contentMediaType: 'application/json',
        contentSchema: { type: ['object', 'boolean'] },
        maxLength: 20_000,
        default: '',
        description: 'Optional. An answer that does not fit is asked for once more; then the document fails.',
      },
      connectionTest,
    },
  },
} as const satisfies ComponentType;
