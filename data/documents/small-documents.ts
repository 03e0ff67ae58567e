import { hash } from 'node:crypto';

/** A document up to this size is kept in memory while its item is worked on. */
export const SMALL_BYTES = 256 * 1024;

/**
 * The beginning of a stream: all of it when it has no more than {@link SMALL_BYTES}, with its hash.
 */
export async function holdIfSmall(
  body: AsyncIterable<Uint8Array>,
): Promise<
  { readonly small: { size: number; sha256: string; read: () => AsyncIterable<Uint8Array> } } | { readonly rest: AsyncIterable<Uint8Array> }
> {
  const iterator = body[Symbol.asyncIterator]();
  const pieces: Uint8Array[] = [];
  let length = 0;
  while (length <= SMALL_BYTES) {
    const { done, value } = await iterator.next();
    if (done === true) {
      const bytes = Buffer.concat(pieces);
      return { small: { size: bytes.length, sha256: hash('sha256', bytes), read: () => inOnePiece(bytes) } };
    }
    pieces.push(value);
    length += value.length;
  }
  async function* rest(): AsyncGenerator<Uint8Array> {
    try {
      yield* pieces.splice(0);
      for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) yield next.value;
    } finally {
      await iterator.return?.();
    }
  }
  return { rest: rest() };
}

/** Nothing at all for no bytes. */
export async function* inOnePiece(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  if (bytes.length > 0) yield bytes;
}
