import { HeadObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { type ConnectorContext, ConnectorError, type InputDocument, type Publication } from '@holdfast/connector';
import { cleanupClientOf, clientOf } from './client.ts';
import { answerOf, explain, isDecided } from './failures.ts';
import { objectName } from './object-name.ts';
import type { PublisherOptions } from './options.ts';
import { type Target, upload } from './upload.ts';

/** The object's metadata says what it holds, so that the next run sees that it need not be sent again. */
export const DIGEST_METADATA = 'holdfast-sha256';

/** What stands under the name already. `unknown`: the service does not say. */
type Standing =
  | { readonly kind: 'absent' | 'unknown' }
  | { readonly kind: 'present'; readonly size: number; readonly sha256: string | undefined; readonly contentType: string | undefined };

const UNKNOWN_NOTE =
  'The credentials may write, not look: what may be in the bucket already cannot be compared, so it is sent. s3:GetObject and s3:ListBucket would let them look.';

/**
 * Publishes a document as the object `folder/name`, with its SHA-256 as metadata. What stands there with the
 * same digest, size and content type is left as it is (`unchanged`); anything else by the option “existing”.
 * Repeating it after a failure is safe. s3:PutObject is enough.
 *
 * @throws ConnectorError `upstream_credentials`, `upstream_not_found`, `upstream_refused`, or what
 *   `context.fetch` throws; `retryable` says whether trying again can help.
 * Source: docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html
 */
export async function publish(document: InputDocument, options: PublisherOptions, context: ConnectorContext): Promise<Publication> {
  const key = objectName(options.folder, document.name);
  const publishedAs = `${options.bucket}/${key}`;
  const client = clientOf(context, options);
  try {
    const standing = await lookAt(client, options.bucket, key, context.signal);
    if (standing.kind === 'present') {
      const { size, sha256, contentType } = standing;
      if (sha256 === document.sha256 && size === document.size && contentType === document.contentType) {
        return { outcome: 'unchanged', publishedAs };
      }
      if (options.existing === 'keep') return { outcome: 'unchanged', publishedAs };
      if (options.existing === 'fail') throw occupied(publishedAs);
    }
    const target: Target = {
      Bucket: options.bucket,
      Key: key,
      ContentType: document.contentType,
      Metadata: { [DIGEST_METADATA]: document.sha256 },
      // Nor is what somebody else wrote since we looked.
      ...(options.existing !== 'replace' && { IfNoneMatch: '*' }),
    };
    try {
      await upload({ client, takingBack: () => cleanupClientOf(context, options) }, document, target, context.signal);
    } catch (error) {
      if (options.existing === 'replace' || answerOf(error)?.code !== 'PreconditionFailed') throw error;
      if (options.existing === 'fail') throw occupied(publishedAs);
      return { outcome: 'unchanged', publishedAs };
    }
    return { outcome: 'published', publishedAs, ...(standing.kind === 'unknown' && { note: UNKNOWN_NOTE }) };
  } catch (error) {
    throw explain(error, { ...options, key, right: 's3:PutObject' });
  }
}

/**
 * An answer to HEAD has no body, so that it does not say why it is no: not to be looked at, not there (when
 * the credentials may not list), a wrong key. The write that follows says it.
 */
async function lookAt(client: S3Client, bucket: string, key: string, abortSignal: AbortSignal): Promise<Standing> {
  try {
    const head = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: key }), { abortSignal });
    const { ContentLength: size = -1, Metadata, ContentType: contentType } = head;
    return { kind: 'present', size, sha256: Metadata?.[DIGEST_METADATA], contentType };
  } catch (error) {
    const answer = answerOf(error);
    if (!isDecided(answer)) throw error;
    return { kind: answer.status === 404 ? 'absent' : 'unknown' };
  }
}

function occupied(publishedAs: string): ConnectorError {
  return new ConnectorError('upstream_refused', `A different document is there already: “${publishedAs}”.`, {
    remedy: 'Rename the document, choose another folder, or let the component replace what is there.',
    documentOnly: true,
  });
}
