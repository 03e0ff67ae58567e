import type { PublisherConnector } from '@holdfast/connector';
import type { Credential } from './connection-string.ts';
import { readOptions } from './options.ts';
import { secretParts } from './shared-access-signature.ts';
import { azureBlobType } from './type.ts';

/**
 * Publishes to Azure Blob Storage: learn.microsoft.com/rest/api/storageservices/blob-service-rest-api. The
 * vendor's library is loaded at the first use: it takes more memory than the rest of an idle data plane's own
 * code.
 */
export const azureBlob: PublisherConnector = {
  role: 'publisher',
  type: azureBlobType,
  destinations(options) {
    const { protocol, hostname, port } = new URL(readOptions(options).account.endpoint);
    return [`${protocol}//${hostname}:${port || (protocol === 'https:' ? '443' : '80')}`];
  },
  async check(options, context) {
    const settings = readOptions(options);
    protectCredential(settings.account.credential, context.protect);
    const { check } = await import('./check.ts');
    return check(settings, context);
  },
  async publish(item, options, context) {
    const settings = readOptions(options);
    protectCredential(settings.account.credential, context.protect);
    const { publish } = await import('./publish.ts');
    return publish(item, settings, context);
  },
};

function protectCredential(credential: Credential, protect: (part: string) => void): void {
  if (credential.kind === 'account-key') {
    protect(credential.accountKey);
    return;
  }
  for (const part of secretParts(credential.signature)) protect(part);
}
