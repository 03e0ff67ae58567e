import type { Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import type { ConnectorContext } from '@holdfast/connector';
import { type ClientPlace, createClient } from './client.ts';
import { explain } from './failures.ts';
import { completeUpload, inParts, PART_BYTES } from './upload.ts';

/** A bucket of the operator, and who asks for it. */
export interface StorePlace extends ClientPlace {
  readonly bucket: string;
}

/** A bucket in which the data plane keeps documents of its own. Every function throws ConnectorError. */
export interface ObjectStore {
  /**
   * Stores bytes of any length under a key, in parts of 8 MiB of which two are in memory; nothing is there
   * until all of it is, and nothing of it when `body` throws.
   */
  put(key: string, body: AsyncIterable<Uint8Array>, signal?: AbortSignal): Promise<void>;
  /** The bytes from one on, 0 being the first; `upstream_not_found` when the object is not there. */
  read(key: string, from?: number): AsyncIterable<Uint8Array>;
  /** Nothing happens to one that is not there. */
  remove(key: string): Promise<void>;
  /** Every object whose key begins so, 1,000 at a time. */
  list(prefix: string): AsyncIterable<{ readonly key: string; readonly modifiedAt: Date }>;
}

/**
 * The bucket through the egress of the data plane, with the rights s3:PutObject, s3:GetObject,
 * s3:DeleteObject, s3:ListBucket and s3:AbortMultipartUpload.
 *
 * @throws nothing by itself: the functions reject with ConnectorError `upstream_credentials`,
 *   `upstream_not_found`, `upstream_refused`, or what `ways.fetch` and `ways.fetchDocument` throw; `put` also
 *   with what its `body` throws, and when its signal is aborted.
 * Source: docs.aws.amazon.com/AmazonS3/latest/API
 */
export function createObjectStore(place: StorePlace, ways: Pick<ConnectorContext, 'fetch' | 'fetchDocument'>): ObjectStore {
  const { bucket: Bucket } = place;
  const client = createClient(place, ways);
  const failed = (error: unknown, right: 's3:PutObject' | 's3:GetObject' | 's3:ListBucket', key: string) =>
    explain(error, { ...place, right, key });
  return {
    async put(Key, body, signal) {
      const abortSignal = signal ?? new AbortController().signal;
      let broken: { readonly error: unknown } | undefined;
      async function* watched() {
        try {
          yield* body;
        } catch (error) {
          broken = { error };
          throw error;
        }
      }
      const parts = inParts(watched(), PART_BYTES, () => undefined);
      const first = (await parts.next()).value ?? Buffer.alloc(0);
      const second = first.length < PART_BYTES ? undefined : (await parts.next()).value;
      if (second === undefined) {
        // Its end was reached, so that nothing more can fail in the body.
        if (first.length < PART_BYTES) await parts.next();
        try {
          await client.send(new PutObjectCommand({ Bucket, Key, Body: first, ContentLength: first.length }), { abortSignal });
        } catch (error) {
          throw failed(error, 's3:PutObject', Key);
        }
        return;
      }
      async function* whole() {
        yield first;
        yield second as Buffer;
        yield* parts;
      }
      let UploadId: string | undefined;
      try {
        ({ UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key }), { abortSignal }));
        const Parts: { ETag: string | undefined; PartNumber: number }[] = [];
        let underWay: Promise<void> | undefined;
        try {
          for await (const part of whole()) {
            await underWay;
            const sent: { ETag: string | undefined; PartNumber: number } = { ETag: undefined, PartNumber: Parts.length + 1 };
            Parts.push(sent);
            const command = new UploadPartCommand({
              Bucket,
              Key,
              UploadId,
              PartNumber: sent.PartNumber,
              Body: part,
              ContentLength: part.length,
            });
            underWay = client.send(command, { abortSignal }).then(({ ETag }) => {
              sent.ETag = ETag;
            });
            underWay.catch(() => undefined);
          }
          await underWay;
        } finally {
          // Nothing goes on in the background after a failure.
          await Promise.allSettled([underWay]);
        }
        await completeUpload(client, { Bucket, Key, UploadId, MultipartUpload: { Parts } }, abortSignal);
      } catch (error) {
        if (UploadId !== undefined) await client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId })).catch(() => undefined);
        throw broken === undefined ? failed(error, 's3:PutObject', Key) : broken.error;
      }
    },
    async *read(Key, from = 0) {
      try {
        const { Body } = await client.send(new GetObjectCommand({ Bucket, Key, ...(from > 0 && { Range: `bytes=${from}-` }) }));
        yield* Body as Readable;
      } catch (error) {
        throw failed(error, 's3:GetObject', Key);
      }
    },
    async remove(Key) {
      try {
        await client.send(new DeleteObjectCommand({ Bucket, Key }));
      } catch (error) {
        throw failed(error, 's3:PutObject', Key);
      }
    },
    async *list(Prefix) {
      let ContinuationToken: string | undefined;
      do {
        try {
          const page = await client.send(
            new ListObjectsV2Command({ Bucket, Prefix, ...(ContinuationToken !== undefined && { ContinuationToken }) }),
          );
          for (const { Key, LastModified } of page.Contents ?? []) {
            if (Key !== undefined) yield { key: Key, modifiedAt: LastModified ?? new Date() };
          }
          ContinuationToken = page.IsTruncated === true ? page.NextContinuationToken : undefined;
        } catch (error) {
          throw failed(error, 's3:ListBucket', Prefix);
        }
      } while (ContinuationToken !== undefined);
    },
  };
}
