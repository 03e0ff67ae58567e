import { randomBytes } from 'node:crypto';
import { AbortMultipartUploadCommand, CreateMultipartUploadCommand, HeadObjectCommand } from '@aws-sdk/client-s3';
import type { ConnectorContext } from '@holdfast/connector';
import { clientOf } from './client.ts';
import { answerOf, explain, isDecided } from './failures.ts';
import type { PublisherOptions } from './options.ts';

/**
 * Tries what publishing does, with s3:PutObject alone, and writes nothing: an upload in parts is begun under
 * a name that nobody has, and taken back before it has any part. No object comes of it, whatever the service
 * supports. A write under a condition that cannot hold, as for Azure, is not it: with If-Match AWS asks for
 * s3:GetObject too, and services that know no conditions would store it.
 *
 * Who began an upload may take it back, unless a policy says otherwise; the sentence says so then. A service
 * that is busy, or does not answer, has said nothing of that: the test fails with it.
 * docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html#mpuAndPermissions
 *
 * @returns one sentence on what was found.
 * @throws ConnectorError `upstream_credentials`, `upstream_not_found`, `upstream_refused`, or what
 *   `context.fetch` throws.
 */
export async function checkPublisher(options: PublisherOptions, context: ConnectorContext): Promise<string> {
  const client = clientOf(context, options);
  const Bucket = options.bucket;
  const Key = `${options.folder === '' ? '' : `${options.folder}/`}.holdfast-connection-test-${randomBytes(6).toString('hex')}`;
  const abortSignal = context.signal;
  try {
    const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key }), { abortSignal });
    const takenBack = await client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId })).then(
      () => true,
      (error) => decidedStatus(error) === 404,
    );
    const mayLook = await client.send(new HeadObjectCommand({ Bucket, Key }), { abortSignal }).then(
      () => true,
      (error) => decidedStatus(error) === 404,
    );
    const found = mayLook
      ? `The bucket “${Bucket}” accepts the credentials. They may write and look.`
      : `The bucket “${Bucket}” accepts the credentials. They may write; what is not there, and maybe what is, they may not see: documents that cannot be compared are sent again in each run.`;
    return takenBack
      ? found
      : `${found} They may not take back an upload in parts that failed: let a lifecycle rule of the bucket remove those.`;
  } catch (error) {
    throw explain(error, { ...options, right: 's3:PutObject' });
  }
}

/**
 * The status by which the service decided against what was asked.
 *
 * @throws what it failed with, when the service was busy or did not answer.
 */
function decidedStatus(error: unknown): number {
  const answer = answerOf(error);
  if (!isDecided(answer)) throw error;
  return answer.status;
}
