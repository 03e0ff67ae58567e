import { Readable } from 'node:stream';
import { HoldfastError } from '@holdfast/api';

export interface WholeLimits {
  readonly maximumBytes: number;
  /** For all of it, whatever its rate: who sends slowly holds a place meanwhile. */
  readonly milliseconds: number;
}

/**
 * All of a body. @throws HoldfastError `payload_too_large` or `request_timeout`
 *
 * @param announced its Content-Length.
 */
export async function readWhole(
  body: unknown,
  announced: string | undefined,
  { maximumBytes, milliseconds }: WholeLimits,
): Promise<Buffer> {
  const tooLarge = () =>
    new HoldfastError('payload_too_large', `A request to a webhook has at most ${maximumBytes.toLocaleString('en')} bytes.`);
  if (Number(announced ?? 0) > maximumBytes) throw tooLarge();
  if (!(body instanceof Readable)) return Buffer.alloc(0);
  const tooSlow = () =>
    body.destroy(new HoldfastError('request_timeout', `The body did not arrive within ${milliseconds / 1_000} seconds.`));
  const deadline = setTimeout(tooSlow, milliseconds);
  const pieces: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const piece of body as AsyncIterable<Buffer>) {
      bytes += piece.length;
      if (bytes > maximumBytes) throw tooLarge();
      pieces.push(piece);
    }
  } finally {
    clearTimeout(deadline);
  }
  return Buffer.concat(pieces);
}
