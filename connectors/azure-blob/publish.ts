import type { BlobServiceClient } from '@azure/storage-blob';
import { type ConnectorContext, ConnectorError, type Publication, type PublishableItem } from '@holdfast/connector';
import { blobName } from './blob-name.ts';
import { type Attempt, answerOf, containerMissing, explain } from './failures.ts';
import type { AzureBlobOptions } from './options.ts';
import { serviceClient } from './service-client.ts';
import { upload } from './upload.ts';

/** The blob's metadata says what it holds, so that the next run sees that it need not be sent again. */
const DIGEST_METADATA = 'holdfast_sha256';

/** What stands under the name already. `unreadable`: the credentials may write but not look. */
type Standing =
  | { readonly kind: 'absent' | 'no-container' | 'unreadable' }
  | { readonly kind: 'present'; readonly etag: string; readonly size: number; readonly sha256: string | undefined };

export async function publish(item: PublishableItem, options: AzureBlobOptions, context: ConnectorContext): Promise<Publication> {
  const name = blobName(options.folder, item.name);
  const attempt: Attempt = { account: options.account.name, container: options.container, blob: name };
  const publishedAs = `${options.container}/${name}`;
  try {
    const service = serviceClient(options.account, context.http, context.signal);
    const container = service.getContainerClient(options.container);
    const blob = container.getBlockBlobClient(name);
    let standing = await lookAt(service, options.container, name);
    if (standing.kind === 'no-container') {
      if (!options.createContainer) throw containerMissing(attempt);
      await container.createIfNotExists();
      standing = { kind: 'absent' };
    }
    if (standing.kind === 'present') {
      if (standing.sha256 === item.sha256 && standing.size === item.size) return { outcome: 'unchanged', publishedAs };
      if (options.existing === 'keep') return { outcome: 'unchanged', publishedAs };
      if (options.existing === 'fail') throw occupied(publishedAs);
    }
    await upload(blob, item, {
      blobHTTPHeaders: { blobContentType: item.contentType },
      metadata: { [DIGEST_METADATA]: item.sha256 },
      ...(options.accessTier !== undefined && { tier: options.accessTier }),
      conditions: conditionsFor(standing, options.existing),
    });
    return { outcome: 'published', publishedAs };
  } catch (error) {
    throw explain(error, attempt);
  }
}

/** Nobody else's change between looking and writing is overwritten. */
function conditionsFor(standing: Standing, existing: AzureBlobOptions['existing']): { ifMatch?: string; ifNoneMatch?: string } {
  if (standing.kind === 'present') return { ifMatch: standing.etag };
  if (standing.kind === 'unreadable' && existing === 'replace') return {};
  return { ifNoneMatch: '*' };
}

async function lookAt(service: BlobServiceClient, container: string, name: string): Promise<Standing> {
  try {
    const { etag, contentLength, metadata } = await service.getContainerClient(container).getBlockBlobClient(name).getProperties();
    return { kind: 'present', etag: etag ?? '*', size: contentLength ?? -1, sha256: metadata?.[DIGEST_METADATA] };
  } catch (error) {
    const answer = answerOf(error);
    if (answer?.code === 'ContainerNotFound') return { kind: 'no-container' };
    if (answer?.status === 404) return { kind: 'absent' };
    if (answer?.status === 403 && answer.code === 'AuthorizationPermissionMismatch') return { kind: 'unreadable' };
    throw error;
  }
}

function occupied(publishedAs: string): ConnectorError {
  return new ConnectorError('upstream_refused', `A different document is there already: “${publishedAs}”.`, {
    remedy: 'Rename the document, choose another folder, or let the component replace what is there.',
    documentOnly: true,
  });
}
