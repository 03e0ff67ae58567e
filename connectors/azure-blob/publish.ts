import type { BlobServiceClient, BlockBlobClient, ContainerClient } from '@azure/storage-blob';
import { type ConnectorContext, ConnectorError, type InputDocument, onceForUse, type Publication } from '@holdfast/connector';
import { blobName } from './blob-name.ts';
import { permissionsOf, requireUsable } from './credentials.ts';
import { type Attempt, answerOf, containerMissing, explain, mayNotCreateContainer } from './failures.ts';
import type { AzureBlobOptions } from './options.ts';
import { publisherClient } from './publisher-client.ts';
import { BLOCK_BYTES, upload } from './upload.ts';

/** The blob's metadata says what it holds, so that the next run sees that it need not be sent again. */
const DIGEST_METADATA = 'holdfast_sha256';

/** What stands under the name already. `unreadable`: the credentials may write but not look. */
type Standing =
  | { readonly kind: 'absent' | 'no-container' | 'unreadable' }
  | {
      readonly kind: 'present';
      readonly etag: string;
      readonly size: number;
      readonly sha256: string | undefined;
      readonly contentType: string | undefined;
    };

/**
 * An unknown container is asked first, unless the document is so small that sending it in vain costs no more
 * than asking.
 */
const TRIED_UNKNOWN_BYTES = 64 * 1024;

/** What one use has learned so far. */
interface Known {
  readonly service: BlobServiceClient;
  readonly container: ContainerClient;
  /** Whether the credentials may send a document in blocks. */
  readonly mayStage: boolean;
  /**
   * Whether the document before this one was there already; most runs send documents that all are new, or
   * that all are there.
   */
  wasThere: boolean | undefined;
}

const knownOf = onceForUse((context, options: AzureBlobOptions): Known => {
  const service = publisherClient(options, context);
  return {
    service,
    container: service.getContainerClient(options.container),
    mayStage: permissionsOf(options.account).replace !== false,
    wasThere: undefined,
  };
});

/**
 * Whether a document is sent at once, for the service to refuse when something stands under its name: one
 * request for a new document in place of two.
 */
function isWorthTrying(item: InputDocument, { account }: AzureBlobOptions, { wasThere }: Known): boolean {
  if (item.size > BLOCK_BYTES || wasThere === true) return false;
  return wasThere === false || (item.size <= TRIED_UNKNOWN_BYTES && account.credential.kind === 'account-key');
}

const UNREADABLE_NOTE =
  'The credentials may write, not look: what is in the container already cannot be compared, so every document is sent.';

/**
 * Publishes a document as a block blob `folder/name`, with its SHA-256 as metadata. What stands there with
 * the same digest, size and content type is left as it is (`unchanged`); anything else by the option
 * “existing”. Repeating it after a failure is safe.
 *
 * @throws ConnectorError `upstream_credentials`, `upstream_not_found`, `upstream_refused`, or what
 *   `context.fetch` throws; `retryable` says whether trying again can help.
 * Source: learn.microsoft.com/rest/api/storageservices/put-blob
 */
export async function publish(item: InputDocument, options: AzureBlobOptions, context: ConnectorContext): Promise<Publication> {
  const name = blobName(options.folder, item.name);
  const attempt: Attempt = { account: options.account, container: options.container, blob: name };
  const publishedAs = `${options.container}/${name}`;
  requireUsable(options.account, new Date());
  const known = knownOf(context, options);
  const { service, container, mayStage } = known;
  const { signal } = context;
  const blob = container.getBlockBlobClient(name);
  const common = {
    abortSignal: signal,
    blobHTTPHeaders: { blobContentType: item.contentType },
    metadata: { [DIGEST_METADATA]: item.sha256 },
    ...(options.accessTier !== undefined && { tier: options.accessTier }),
  };
  try {
    if (isWorthTrying(item, options, known)) {
      if (await isCreated(upload(blob, item, { ...common, conditions: { ifNoneMatch: '*' } }, mayStage))) {
        known.wasThere = false;
        return { outcome: 'published', publishedAs };
      }
    }
    let standing = await lookAt(blob, signal);
    if (standing.kind === 'no-container') {
      await createContainer(service, options, attempt, signal);
      standing = { kind: 'absent' };
    }
    known.wasThere = standing.kind === 'unreadable' ? true : standing.kind === 'present';
    if (standing.kind === 'present') {
      if (standing.sha256 === item.sha256 && standing.size === item.size && standing.contentType === item.contentType) {
        return { outcome: 'unchanged', publishedAs };
      }
      if (options.existing === 'keep') return { outcome: 'unchanged', publishedAs };
      if (options.existing === 'fail') throw occupied(publishedAs);
    }
    const settings = { ...common, conditions: conditionsFor(standing, options.existing) };
    try {
      await upload(blob, item, settings, mayStage);
    } catch (error) {
      const { code } = answerOf(error) ?? {};
      if (standing.kind === 'unreadable') {
        if (options.existing !== 'replace' && isTaken(code)) {
          if (options.existing === 'fail') throw occupied(publishedAs);
          return { outcome: 'unchanged', publishedAs };
        }
        if (code === 'ContainerNotFound' && options.createContainer) {
          await createContainer(service, options, attempt, signal);
          await upload(blob, item, settings, mayStage);
          return { outcome: 'published', publishedAs, note: UNREADABLE_NOTE };
        }
      }
      throw error;
    }
    return { outcome: 'published', publishedAs, ...(standing.kind === 'unreadable' && { note: UNREADABLE_NOTE }) };
  } catch (error) {
    throw explain(await withReason(error, blob, signal), attempt);
  }
}

/** Nobody else's change between looking and writing is overwritten. */
function conditionsFor(standing: Standing, existing: AzureBlobOptions['existing']): { ifMatch?: string; ifNoneMatch?: string } {
  if (standing.kind === 'present') return { ifMatch: standing.etag };
  if (standing.kind === 'unreadable' && existing === 'replace') return {};
  return { ifNoneMatch: '*' };
}

/** Answers to a write that is to create only. */
function isTaken(code: string | undefined): boolean {
  return code === 'BlobAlreadyExists' || code === 'UnauthorizedBlobOverwrite' || code === 'ConditionNotMet';
}

/** False when something is there already, or the container is not: what it is has to be looked at. */
async function isCreated(uploading: Promise<void>): Promise<boolean> {
  try {
    await uploading;
    return true;
  } catch (error) {
    const { status, code } = answerOf(error) ?? {};
    if (isTaken(code) || code === 'ContainerNotFound' || status === 409 || status === 412) return false;
    throw error;
  }
}

async function lookAt(blob: BlockBlobClient, abortSignal: AbortSignal): Promise<Standing> {
  try {
    const { etag, contentLength, contentType, metadata } = await blob.getProperties({ abortSignal });
    return { kind: 'present', etag: etag ?? '*', size: contentLength ?? -1, sha256: metadata?.[DIGEST_METADATA], contentType };
  } catch (error) {
    const answer = answerOf(error);
    if (answer?.code === 'ContainerNotFound') return { kind: 'no-container' };
    if (answer?.status === 404) return { kind: 'absent' };
    if (answer?.status === 403 && answer.code === 'AuthorizationPermissionMismatch') return { kind: 'unreadable' };
    throw error;
  }
}

async function createContainer(
  service: BlobServiceClient,
  options: AzureBlobOptions,
  attempt: Attempt,
  abortSignal: AbortSignal,
): Promise<void> {
  if (!options.createContainer) throw containerMissing(attempt);
  if (!permissionsOf(options.account).createContainer) throw mayNotCreateContainer(attempt);
  try {
    await service.getContainerClient(options.container).createIfNotExists({ abortSignal });
  } catch (error) {
    const code = answerOf(error)?.code ?? '';
    if (/^Authorization(?:Failure|PermissionMismatch|ResourceTypeMismatch)$/.test(code)) throw mayNotCreateContainer(attempt);
    throw error;
  }
}

/**
 * An answer to HEAD has no body. Why the credentials were refused stands in one: the same is asked with GET,
 * whose body is the error.
 */
async function withReason(error: unknown, blob: BlockBlobClient, abortSignal: AbortSignal): Promise<unknown> {
  const answer = answerOf(error);
  if (answer?.code !== 'AuthenticationFailed' || Object.values(answer.authentication).some(Boolean)) return error;
  try {
    await blob.download(0, 1, { abortSignal });
    return error;
  } catch (reason) {
    return answerOf(reason)?.code === 'AuthenticationFailed' ? reason : error;
  }
}

function occupied(publishedAs: string): ConnectorError {
  return new ConnectorError('upstream_refused', `A different document is there already: “${publishedAs}”.`, {
    remedy: 'Rename the document, choose another folder, or let the component replace what is there.',
    documentOnly: true,
  });
}
