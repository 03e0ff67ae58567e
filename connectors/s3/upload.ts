import { createHash } from 'node:crypto';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  type CompleteMultipartUploadCommandInput,
  CreateMultipartUploadCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { ConnectorError, type InputDocument } from '@holdfast/connector';

/**
 * Of a document, the part that is being sent is in memory, and the one that is filled meanwhile. More than
 * this only above {@link PARTS_MAXIMUM} parts: 78 GiB.
 */
export const PART_BYTES = 8 * 1024 * 1024;

/** docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
const PARTS_MAXIMUM = 10_000;

export type Target = Pick<PutObjectCommandInput, 'Bucket' | 'Key' | 'ContentType' | 'Metadata' | 'IfNoneMatch'> & {
  readonly Bucket: string;
  readonly Key: string;
};

/** What an upload is sent through. */
export interface UploadClients {
  readonly client: S3Client;
  /** Sends also after the signal of the upload was aborted. */
  readonly takingBack: () => S3Client;
}

/**
 * Sends a document byte for byte; one that fits into a part in one request, a larger one in parts. Each
 * request is signed with the SHA-256 of its bytes, which the service checks; the whole is checked against the
 * document's size and SHA-256 before it becomes visible under its name. Parts of an upload that failed are
 * taken back, where the credentials may.
 *
 * @throws ConnectorError `upstream_refused` with `documentOnly` for a document that changed meanwhile; else
 *   what the SDK or reading the document fails with, for `explain`.
 */
export async function upload(
  { client, takingBack }: UploadClients,
  document: InputDocument,
  target: Target,
  abortSignal: AbortSignal,
): Promise<void> {
  const partBytes = Math.max(PART_BYTES, Math.ceil(document.size / PARTS_MAXIMUM));
  const whole = createHash('sha256');
  const parts = inParts(document.read(), partBytes, (piece) => whole.update(piece));
  if (document.size <= partBytes) {
    const body = (await parts.next()).value ?? new Uint8Array(0);
    const { done } = await parts.next();
    refuseWhenChanged(document, done === true ? body.length : Number.NaN, whole.digest('hex'));
    await client.send(new PutObjectCommand({ ...target, Body: body, ContentLength: body.length }), { abortSignal });
    document.progress(body.length);
    return;
  }
  const { Bucket, Key, IfNoneMatch, ...settings } = target;
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key, ...settings }), { abortSignal });
  try {
    const Parts: { ETag: string | undefined; PartNumber: number }[] = [];
    let sent = 0;
    let underWay: Promise<void> | undefined;
    try {
      for await (const body of parts) {
        await underWay;
        const PartNumber = Parts.length + 1;
        const part = { ETag: undefined as string | undefined, PartNumber };
        Parts.push(part);
        const command = new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body: body, ContentLength: body.length });
        underWay = client.send(command, { abortSignal }).then(({ ETag }) => {
          part.ETag = ETag;
          sent += body.length;
          document.progress(sent);
        });
        underWay.catch(() => undefined);
      }
      await underWay;
    } finally {
      // Nothing goes on in the background after a failure.
      await Promise.allSettled([underWay]);
    }
    refuseWhenChanged(document, sent, whole.digest('hex'));
    await completeUpload(client, { Bucket, Key, UploadId, MultipartUpload: { Parts }, IfNoneMatch }, abortSignal);
  } catch (error) {
    // Also when the run was cancelled: parts that stay cost money.
    await takingBack()
      .send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }))
      .catch(() => undefined);
    throw error;
  }
}

/**
 * Puts the parts of an upload together. A service may answer 200 before it has done that, and say in the body
 * that it failed: only an answer with the object's ETag says that it is there.
 * docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html
 *
 * @throws ConnectorError `upstream_refused`, `retryable`, for an answer without one; else what the SDK fails
 *   with, for `explain`.
 */
export async function completeUpload(
  client: S3Client,
  upload: CompleteMultipartUploadCommandInput,
  abortSignal: AbortSignal,
): Promise<void> {
  const { ETag } = await client.send(new CompleteMultipartUploadCommand(upload), { abortSignal });
  if (ETag !== undefined) return;
  throw new ConnectorError('upstream_refused', `The service took all parts of “${upload.Key}”, and did not say that it is there.`, {
    remedy: 'Try it again; if it stays so, look into the log of the service.',
    retryable: true,
    documentOnly: true,
  });
}

/**
 * Parts of exactly `partBytes`, the last one shorter. No bytes give none. Two buffers take turns, so that no
 * part waits for the collector: a part holds until the next but one is asked for. What comes in one piece and
 * is shorter than a part is given as it came.
 */
export async function* inParts(
  read: AsyncIterable<Uint8Array>,
  partBytes: number,
  seen: (piece: Uint8Array) => void,
): AsyncGenerator<Uint8Array, undefined> {
  const buffers: Buffer[] = [];
  let number = 0;
  let length = 0;
  let only: Uint8Array | undefined;
  const filling = () => {
    buffers[number % 2] ??= Buffer.allocUnsafeSlow(partBytes);
    return buffers[number % 2] as Buffer;
  };
  function* filled(piece: Uint8Array): Generator<Uint8Array> {
    for (let from = 0; from < piece.length; ) {
      const taken = piece.subarray(from, from + partBytes - length);
      filling().set(taken, length);
      length += taken.length;
      from += taken.length;
      if (length < partBytes) continue;
      yield filling();
      number += 1;
      length = 0;
    }
  }
  let any = false;
  for await (const piece of read) {
    seen(piece);
    if (piece.length === 0) continue;
    if (!any && piece.length < partBytes) {
      any = true;
      only = piece;
      continue;
    }
    any = true;
    if (only !== undefined) yield* filled(only);
    only = undefined;
    yield* filled(piece);
  }
  if (only !== undefined) yield only;
  else if (length > 0) yield filling().subarray(0, length);
  return undefined;
}

function refuseWhenChanged(document: InputDocument, size: number, sha256: string): void {
  if (size === document.size && sha256 === document.sha256) return;
  throw new ConnectorError('upstream_refused', `“${document.name}” changed while it was being published; nothing of it was kept.`, {
    remedy: 'Start the run again when nobody writes to the document.',
    documentOnly: true,
  });
}
