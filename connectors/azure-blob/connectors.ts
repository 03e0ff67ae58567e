import {
  type ConnectorContext,
  destinationOfAddress,
  type Options,
  onceForUse,
  type PublisherConnector,
  type SourceConnector,
} from '@holdfast/connector';
import type { Account, Credential } from './connection-string.ts';
import { type AzureBlobOptions, readOptions, readSourceOptions, type SourceOptions } from './options.ts';
import { secretParts } from './shared-access-signature.ts';
import { azureBlobSourceType, azureBlobType } from './types.ts';

/**
 * Publishes to Azure Blob Storage: learn.microsoft.com/rest/api/storageservices/blob-service-rest-api. The
 * vendor's library is loaded at the first use: it takes more memory than the rest of an idle data plane's own
 * code.
 */
export const azureBlob: PublisherConnector = {
  role: 'publisher',
  type: azureBlobType,
  destinations: (options) => [destinationAt(readOptions(options).account)],
  async check(options, context) {
    const settings = readOptions(options);
    protectCredential(settings.account.credential, context.protect);
    const { check } = await import('./check.ts');
    return check(settings, context);
  },
  async publish(item, options, context) {
    const settings = settingsOf(context, options);
    publishing ??= await import('./publish.ts');
    return publishing.publish(item, settings, context);
  },
};

/** Reads out of Azure Blob Storage. */
export const azureBlobSource: SourceConnector = {
  role: 'connector',
  type: azureBlobSourceType,
  destinations: (options) => [destinationAt(readSourceOptions(options).account)],
  async check(options, context) {
    const settings = readSource(options, context.protect);
    return (await import('./source.ts')).checkSource(settings, context);
  },
  async *list(options, context) {
    const settings = readSource(options, context.protect);
    yield* (await import('./source.ts')).list(settings, context);
  },
  async read(reference, options, context) {
    const settings = readSource(options, context.protect);
    return (await import('./source.ts')).read(reference, settings, context);
  },
};

let publishing: typeof import('./publish.ts') | undefined;

/** They are the same for every document of a use. */
const settingsOf = onceForUse((context: ConnectorContext, options: Options): AzureBlobOptions => {
  const settings = readOptions(options);
  protectCredential(settings.account.credential, context.protect);
  return settings;
});

function readSource(options: Options, protect: (part: string) => void): SourceOptions {
  const settings = readSourceOptions(options);
  protectCredential(settings.account.credential, protect);
  return settings;
}

function destinationAt({ endpoint }: Account): string {
  return destinationOfAddress(new URL(endpoint), 'The address of the storage account');
}

function protectCredential(credential: Credential, protect: (part: string) => void): void {
  if (credential.kind === 'account-key') {
    protect(credential.accountKey);
    return;
  }
  for (const part of secretParts(credential.signature)) protect(part);
}
