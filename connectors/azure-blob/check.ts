import { randomBytes } from 'node:crypto';
import type { BlockBlobClient } from '@azure/storage-blob';
import type { ConnectorContext } from '@holdfast/connector';
import { permissionsOf, requireUsable } from './credentials.ts';
import { type Attempt, answerOf, containerMissing, explain, mayNotCreateContainer } from './failures.ts';
import type { AzureBlobOptions } from './options.ts';
import { publisherClient } from './publisher-client.ts';

/**
 * Tries what publishing does, and nothing else: a write, and a look at a blob, both of a name that nobody
 * has. Asking for the container's properties proves neither: no signature of a container or of objects may do
 * that, however much it may write.
 *
 * The write is made to fail: it is under the condition that the blob has a certain ETag (`If-Match`), which
 * one that does not exist never has. The service answers 403 when the credentials may not write, 404 when
 * there is no container, and 412 when nothing but the condition stood in the way; nothing is stored, and
 * nothing could be overwritten. (A block of our own would be left behind for a week, and takes Write, where
 * Create is enough to publish.)
 * learn.microsoft.com/rest/api/storageservices/specifying-conditional-headers-for-blob-service-operations
 *
 * @returns one sentence on what was found.
 * @throws ConnectorError `upstream_credentials`, before anything is sent for a signature that says itself
 *   that it is of no use; `upstream_not_found` without a container, unless it is to be created and may be;
 *   `upstream_refused`, or what `context.request` throws.
 */
export async function check(options: AzureBlobOptions, context: ConnectorContext): Promise<string> {
  requireUsable(options.account, new Date());
  const { account, container } = options;
  const probe = `${options.folder === '' ? '' : `${options.folder}/`}.holdfast-connection-test-${randomBytes(6).toString('hex')}`;
  const attempt: Attempt = { account, container };
  const blob = publisherClient(options, context).getContainerClient(container).getBlockBlobClient(probe);
  const made = options.signaturePerRun && account.credential.kind === 'account-key' ? ' by a signature made for this test' : '';
  const accepts = `The account “${account.name}” accepts the credentials${made}`;
  try {
    if ((await tryToWrite(blob)) === 'no-container') {
      if (!options.createContainer) throw containerMissing(attempt);
      if (!permissionsOf(account).createContainer) throw mayNotCreateContainer(attempt);
      return `${accepts}. The container “${container}” will be created by the first run.`;
    }
    const there = `${accepts}, and the container “${container}” is there.`;
    const mayLook = await tryToLook(blob);
    const { replace } = permissionsOf(account);
    if (replace === 'unknown')
      return `${there} They may write${mayLook ? ' and look' : ', not look'}, as far as their stored access policy permits.`;
    const mayReplace = replace;
    if (mayLook) return mayReplace ? `${there} They may write and look.` : `${there} They may create and look, not replace: ${CREATE_ONLY}`;
    return mayReplace
      ? `${there} They may write, not look: documents that are there already cannot be recognised, and each run sends all of them.`
      : `${there} They may create, not look and not replace: ${CREATE_ONLY}`;
  } catch (error) {
    throw explain(error, attempt);
  }
}

const CREATE_ONLY = 'a document whose name is there already fails, unless the component keeps what is there.';

async function tryToWrite(blob: BlockBlobClient): Promise<'allowed' | 'no-container'> {
  try {
    await blob.upload('', 0, { conditions: { ifMatch: '"0x8DFFFFFFFFFFFFF"' } });
    // A service that does not know conditions has stored it.
    await blob.deleteIfExists().catch(() => undefined);
    return 'allowed';
  } catch (error) {
    const answer = answerOf(error);
    if (answer?.code === 'ContainerNotFound') return 'no-container';
    if (answer?.status === 412 || answer?.code === 'BlobNotFound' || answer?.code === 'UnauthorizedBlobOverwrite') return 'allowed';
    throw error;
  }
}

async function tryToLook(blob: BlockBlobClient): Promise<boolean> {
  try {
    await blob.getProperties();
    return true;
  } catch (error) {
    const answer = answerOf(error);
    if (answer?.status === 404) return true;
    if (answer?.status === 403 && answer.code === 'AuthorizationPermissionMismatch') return false;
    throw error;
  }
}
