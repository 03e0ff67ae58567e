import { type ComponentType, existingDocument, storageFolder } from '@holdfast/configuration';

/** What the form of an Azure Blob publisher asks for. */
export const azureBlobType = {
  type: 'azure-blob-publisher',
  role: 'publisher',
  title: 'Azure Blob publisher',
  description: 'Puts each document of a run into a container of an Azure Storage account.',
  schema: {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    additionalProperties: false,
    required: ['connectionString', 'container'],
    properties: {
      connectionString: {
        type: 'string',
        title: 'Connection String',
        'x-section': 'Storage account',
        description: 'The SAS URL of the container (Shared access tokens), or a connection string of the storage account.',
        minLength: 1,
        'x-secret': true,
        'x-destination': true,
      },
      container: {
        type: 'string',
        title: 'Container',
        'x-section': 'Container',
        description: 'Lower-case letters, digits and single hyphens; 3 to 63 characters.',
        minLength: 3,
        maxLength: 63,
        // https://learn.microsoft.com/rest/api/storageservices/naming-and-referencing-containers--blobs--and-metadata#container-names
        'x-pattern-words': 'Use lower-case letters, digits and single hyphens; 3 to 63 characters.',
        pattern: '^(?:\\$root|\\$web|[a-z0-9](?:-?[a-z0-9])*)$',
      },
      signaturePerRun: {
        type: 'boolean',
        title: 'Sign in with a signature made for each run',
        'x-section': 'Storage account',
        description:
          'Of an account key: a signature of this container alone, for 15 minutes at a time, is made of it, and the key itself signs no request.',
        default: false,
      },
      createContainer: {
        type: 'boolean',
        title: 'Create the container when it does not exist',
        'x-section': 'Container',
        description: 'Needs credentials that may create containers.',
        default: false,
      },
      folder: { ...storageFolder, description: 'Put in front of each name, for example invoices/2026. Empty: the top of the container.' },
      existing: existingDocument,
      accessTier: {
        type: 'string',
        title: 'Access tier',
        'x-section': 'Documents',
        description: 'How readily the account keeps the documents: cooler tiers cost less to store and more to read.',
        enum: ['account-default', 'Hot', 'Cool', 'Cold'],
        'x-enum-words': { 'account-default': 'As the account is set up' },
        default: 'account-default',
      },
    },
  },
} as const satisfies ComponentType;

const { container } = azureBlobType.schema.properties;

/** What the form of an Azure Blob source asks for. */
export const azureBlobSourceType = {
  type: 'azure-blob-source',
  role: 'connector',
  title: 'Azure Blob source',
  description: 'Reads documents out of a container of an Azure Storage account.',
  schema: {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    additionalProperties: false,
    required: ['connectionString', 'container'],
    properties: {
      connectionString: {
        type: 'string',
        title: 'Connection String',
        'x-section': 'Storage account',
        description:
          'The SAS URL of the container with Read and List (Shared access tokens), or a connection string of the storage account.',
        minLength: 1,
        'x-secret': true,
        'x-destination': true,
      },
      container,
      folder: { ...storageFolder, description: 'Only what is below it, for example inbox/2026. Empty: all of the container.' },
    },
  },
} as const satisfies ComponentType;
