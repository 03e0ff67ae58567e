import { Readable } from 'node:stream';
import type { FetchInit } from '@holdfast/connector';
import { multipart } from './multipart.ts';

/**
 * A request goes out in pieces, so that how much of it was taken shows while it is: the slowest transfer that
 * is allowed takes one of this size in half of the time that it is watched for.
 */
const PIECE_BYTES = 16_384;
/**
 * As long as the other side takes them quickly they grow up to this size: each costs as much as its bytes.
 */
const QUICK_PIECE_BYTES = 262_144;
const QUICK_MILLISECONDS = 100;

export interface RequestBody {
  readonly body: Uint8Array | Readable | null;
  /** `undefined` when nobody knows it: it goes out in chunked encoding. */
  readonly length: number | undefined;
  /** For a request that names none. */
  readonly contentType: string | undefined;
}

/**
 * What undici is given for the body of a fetch. A large one goes out in pieces; its length is said where it
 * is known, so that it does not go out in chunked encoding, which some services refuse.
 *
 * @param declaredLength what the caller's headers say of a stream.
 * @throws TypeError for what is no text, bytes, URLSearchParams, FormData, Blob or async iterable.
 */
export function requestBody(body: FetchInit['body'], declaredLength: number | undefined): RequestBody {
  if (body === undefined || body === null) return { body: null, length: undefined, contentType: undefined };
  if (typeof body === 'string') return ofBytes(Buffer.from(body), 'text/plain;charset=UTF-8');
  if (body instanceof URLSearchParams) return ofBytes(Buffer.from(body.toString()), 'application/x-www-form-urlencoded;charset=UTF-8');
  if (body instanceof ArrayBuffer) return ofBytes(new Uint8Array(body), undefined);
  if (ArrayBuffer.isView(body)) return ofBytes(new Uint8Array(body.buffer, body.byteOffset, body.byteLength), undefined);
  if (body instanceof FormData) return ofBlob(multipart(body));
  if (body instanceof Blob) return ofBlob(body);
  if (Symbol.asyncIterator in body) return { body: inPieces(body), length: declaredLength, contentType: undefined };
  throw new TypeError('The body is of a kind that fetch does not know.');
}

function ofBytes(bytes: Uint8Array, contentType: string | undefined): RequestBody {
  return { body: bytes.length <= PIECE_BYTES ? bytes : inPieces([bytes]), length: bytes.length, contentType };
}

function ofBlob(blob: Blob): RequestBody {
  return { body: inPieces(blob.stream()), length: blob.size, contentType: blob.type || undefined };
}

function inPieces(source: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Readable {
  return Readable.from(pieces(source), { objectMode: false, highWaterMark: PIECE_BYTES });
}

async function* pieces(source: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let size = PIECE_BYTES;
  for await (const bytes of source) {
    for (let start = 0; start < bytes.length; ) {
      const given = performance.now();
      const piece = bytes.subarray(start, start + size);
      start += piece.length;
      yield piece;
      const taken = performance.now() - given;
      size = taken > QUICK_MILLISECONDS ? PIECE_BYTES : Math.min(QUICK_PIECE_BYTES, size * 2);
    }
  }
}
