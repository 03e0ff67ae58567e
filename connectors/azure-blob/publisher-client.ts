import type { BlobServiceClient } from '@azure/storage-blob';
import type { ConnectorContext } from '@holdfast/connector';
import { mintedSignature } from './minted-signature.ts';
import type { AzureBlobOptions } from './options.ts';
import { serviceClient } from './service-client.ts';

/**
 * The client of a publisher, which signs in as the options say. What is a signature already is used as it is.
 */
export function publisherClient({ account, container, signaturePerRun }: AzureBlobOptions, context: ConnectorContext): BlobServiceClient {
  const { credential, endpoint } = account;
  if (!signaturePerRun || credential.kind !== 'account-key') return serviceClient(account, context);
  const { protect } = context;
  return serviceClient(account, context, { signature: mintedSignature({ credential, endpoint, container, protect }) });
}
